import { HomeroomError } from '../../infra/errors.ts'
import { denied, mayAdvise, type Unit } from '../access.ts'
import { relationshipMap, type MapNode, type MapTie } from '../charts/relationship-map.ts'
import { html, type Html } from '../html.ts'
import { classPath } from '../layout.ts'
import { nameOf, studentPath, type NamedStudent } from '../people/names.ts'
import { addDays } from '../weeks.ts'
import { counted, longDay } from '../wording.ts'
import { scrolling } from './parts/cells.ts'
import { mapFacts, type MapFacts, type MapRow } from './connectedness/map-facts.ts'
import type { Content, Visit } from './parts/visit.ts'

/**
 * Who is in contact with whom in an advisory: a drawing, and the same as a table. By name, so for its adviser alone.
 * @throws HomeroomError SCOPE_DENIED for everybody else, whether it exists or not; NOT_FOUND
 */
export async function mapPage(visit: Visit, id: string): Promise<Content> {
  const unit: Unit = { type: 'advisory', id }
  if (!mayAdvise(visit.reader, unit)) throw denied(visit.reader, unit)
  const [group, named] = await Promise.all([visit.figures.group(id), visit.names.studentsOf(visit.reader, unit)])
  if (!group) throw new HomeroomError('NOT_FOUND', `The roster has no advisory ${JSON.stringify(id)} any more`)
  const students = named ?? []
  const facts = await mapFacts(visit, students, id)
  const title = `Relationship map: ${group.label}`
  return {
    title,
    body: html`<header class="opening">
        <h1>Relationships in advisory ${group.label}</h1>
        <p class="lead">${sentence(facts)}</p>
        <p><a href="${classPath(id)}">The advisory</a></p>
      </header>
      ${facts.week === null ? html`<p>Nothing has been computed yet; look again in a minute.</p>` : drawn(group.label, facts)}`,
    seen: [unit, ...students.map(({ student }) => ({ type: 'student' as const, id: student }))],
  }
}

function sentence({ students, rows, week }: MapFacts): Html | string {
  if (week === null) return `${counted(students.length, 'student')}.`
  const end = longDay(addDays(week, 6))
  const known = [...rows.values()].some(({ adults_known }) => adults_known)
  if (!known)
    return `The school logs too few check-ins to say who has sustained contact with an adult. The map shows what is logged up to ${end}.`
  const alone = students.filter(({ student }) => rows.get(student)?.sustained === 0)
  const tied = students.filter(({ student }) => (rows.get(student)?.sustained ?? 0) > 0)
  return html`By what is logged up to ${end},
    <strong>${tied.length} of ${counted(students.length, 'student')}</strong> have sustained contact with an
    adult.${alone.length > 0 && html` No sustained adult contact is logged of ${namesOf(alone)}.`}`
}

const namesOf = (students: readonly NamedStudent[]): Html =>
  html`${students.map(
    (one, i) => html`${i > 0 && ', '}<a href="${studentPath(one.student)}/brief">${nameOf(one)}</a>`,
  )}`

function drawn(label: string, facts: MapFacts): Html {
  const nodes = nodesOf(facts)
  const ties = tiesOf(facts)
  const peers = ties.filter(({ kind }) => kind === 'by-choice' || kind === 'as-assigned').length
  const said = `Relationship map of advisory ${label}: ${counted(facts.students.length, 'student')}, ${counted(peers, 'tie')} between them. The table below says the same in words.`
  const map = relationshipMap({ label: said, nodes, ties, teams: facts.teams })
  return html`<section aria-labelledby="map">
      <h2 id="map" class="unseen">Map</h2>
      ${scrolling(`Relationship map of ${label}`, map)}
      <p class="map-key">
        <span class="key-point"></span>student <span class="key-point unheld"></span>student without sustained adult
        contact <span class="key-adult"></span>adviser <span class="key-tie held"></span>sustained contact
        <span class="key-tie contact"></span>some contact <span class="key-tie by-choice"></span>work together by choice
        <span class="key-tie as-assigned"></span>only as assigned. Wider lines: more contact.
        ${facts.teams.length > 0 && 'Soft shapes: project teams.'}
      </p>
      ${homeBase(facts)}
      <p class="marks">
        Lines show logged contact of the last weeks, which fades with time. Who is not tied here may well have friends:
        tools do not see the break, the bus or the team.
      </p>
    </section>
    <section aria-labelledby="table">
      <h2 id="table">The same as a table</h2>
      ${scrolling(`Relationships in ${label}`, table(facts))}
    </section>`
}

function homeBase({ homeBase: base }: MapFacts): Html | null {
  if (!base || base.status !== 'ok' || base.density === null) return null
  const pairs = (base.members * (base.members - 1)) / 2
  if (base.ties === 0)
    return html`<p>
      No work together of two students of this advisory is logged. Ties with students of others are in the table.
    </p>`
  return html`<p>
    ${base.ties} of ${pairs} possible pairs work together (density ${base.density.toFixed(2)});
    ${base.components === 1 ? 'all hang together' : `they form ${base.components} parts, the largest of ${base.largest} students`}${
      base.alone > 0 && `; ${counted(base.alone, 'student')} without a tie inside the advisory`
    }.
  </p>`
}

/** Given names; where two share one, the first letters of the family name too. */
export function shortNames(students: readonly NamedStudent[]): Map<string, string> {
  const given = students.map(one => one.given || nameOf(one))
  const twice = new Set(given.filter((name, i) => given.indexOf(name) !== i))
  return new Map(
    students.map((one, i) => [
      one.student,
      twice.has(given[i]!) ? `${given[i]!} ${one.family.slice(0, 2)}.` : given[i]!,
    ]),
  )
}

function nodesOf({ students, rows, advisers }: MapFacts): MapNode[] {
  const names = shortNames(students)
  return [
    ...[...advisers].map(([id, name]) => ({ id, name, adviser: true, held: true })),
    ...students.map(({ student }) => {
      const row = rows.get(student)
      const held = !row || !row.adults_known || row.sustained > 0
      return { id: student, name: names.get(student)!, adviser: false, held }
    }),
  ]
}

function tiesOf({ rows, advisers }: MapFacts): MapTie[] {
  const ties: MapTie[] = []
  for (const [student, row] of rows) {
    for (const [adult, , weight, , sustained] of row.adults) {
      if (advisers.has(adult) && weight >= 0.05)
        ties.push({ a: adult, b: student, weight, kind: sustained ? 'held' : 'contact' })
    }
    // Both rows name the tie; one of them draws it.
    for (const [peer, weight, kind] of row.peers)
      if (student < peer) ties.push({ a: student, b: peer, weight, kind: kind === 2 ? 'by-choice' : 'as-assigned' })
  }
  return ties
}

function table({ students, rows, advisers, teams }: MapFacts): Html {
  const names = new Map(students.map(one => [one.student, nameOf(one)]))
  const line = (one: NamedStudent): Html => {
    const row = rows.get(one.student)
    const inTeams = teams.filter(({ members }) => members.includes(one.student)).map(({ name }) => name)
    return html`<tr>
      <th scope="row"><a href="${studentPath(one.student)}">${nameOf(one)}</a></th>
      <td>${row ? adultsSaid(row) : 'not computed'}</td>
      <td>${row ? adviserSaid(row, advisers) : ''}</td>
      <td>${row ? peersSaid(row, names) : ''}</td>
      <td class="figure">${row?.peers_known ? row.outside : '–'}</td>
      <td>${inTeams.join(', ') || '–'}</td>
    </tr>`
  }
  return html`<table class="units">
    <caption>
      By family name
    </caption>
    <thead>
      <tr>
        ${[
          'Student',
          'Adults with sustained contact',
          'Adviser',
          'Works with, in this advisory',
          'Others elsewhere',
          'Teams',
        ].map(head => html`<th scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${students.map(line)}
    </tbody>
  </table>`
}

function adultsSaid({ sustained, adults_known }: MapRow): string {
  if (sustained > 0) return counted(sustained, 'adult')
  return adults_known ? 'none logged' : 'not known'
}

function adviserSaid({ adults }: MapRow, advisers: MapFacts['advisers']): string {
  const own = adults.filter(([id]) => advisers.has(id))
  if (own.length === 0) return 'no contact logged'
  const last = own
    .map(([, , , day]) => day)
    .toSorted()
    .at(-1)!
  return `${own.some(([, , , , sustained]) => sustained) ? 'sustained contact' : 'some contact'}, last ${longDay(last)}`
}

function peersSaid({ peers, peers_known, peer_ties, seen_days }: MapRow, names: ReadonlyMap<string, string>): string {
  if (!peers_known) return 'not known'
  if (peers.length > 0)
    return peers
      .map(([id]) => names.get(id) ?? 'a student')
      .toSorted()
      .join(', ')
  return peer_ties === 0 && seen_days >= 20 ? 'no logged peer tie' : 'nobody here'
}
