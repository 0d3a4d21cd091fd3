import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import { catalogue } from '../../../schemas/catalogue.ts'
import { Status } from '../../../schemas/indicator.ts'
import type { Day } from '../../../schemas/record.ts'
import type { Snapshot } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { addDays } from '../../weeks.ts'
import { count, gradeName, longDay, range, whyNot } from '../../wording.ts'
import { figureCell, scrolling, studentsCell } from '../parts/cells.ts'
import { advisersOfSchool } from './advisers-of-school.ts'
import { fewAs } from '../parts/few.ts'
import type { Visit } from '../parts/visit.ts'

type Unit = { type: 'school' | 'district'; id: string; tier: 'live' | 'published' }
export type Row = z.infer<typeof Row>

/**
 * Known by an adult, at home among peers: who is covered, by grade, how completely contact is logged, and whether students of
 * different starting points work together. A school's principal reads counts too, and what advisers carry.
 * @param unit of which the caller has asked what the reader may see
 */
export async function connectednessOfUnit(
  visit: Visit,
  unit: Unit,
  { snapshot, week }: { snapshot: Snapshot | undefined; week: Day },
): Promise<Html | null> {
  const found = await figuresOf(visit, unit, { snapshot, week })
  const of = (indicator: string, slice = ''): Row | undefined =>
    found.find(row => row.indicator === indicator && row.slice === slice)
  if (ADULT === undefined || of(ADULT.id) === undefined) return null
  const isOwn = unit.type === 'school' && unit.tier === 'live'
  return html`<section aria-labelledby="known">
    <h2 id="known">Known by an adult</h2>
    <p class="sentence">${sentence(unit, of, week)}</p>
    ${isOwn && (await counts(visit, unit.id, week))} ${byGrade(found)} ${halfLives(of)} ${mixing(of)}
    ${isOwn && (await advisersOfSchool(visit, unit.id, week))}
    <p class="marks">
      Sustained contact: about a quarter of an hour one to one every three weeks, in two or more of the last eight. Logs
      show contact, not how it was; what nobody logs is not seen. Each figure is read with how much is logged.
    </p>
  </section>`
}

const ADULT = catalogue.find(({ id }) => id === 'adult_contact')
const TWO = catalogue.find(({ id }) => id === 'adult_contact_two')
const LOGGING = catalogue.find(({ id }) => id === 'contact_logging')
const MIXING = catalogue.find(({ id }) => id === 'band_assortativity')

/** Figures of one week, whole and by grade, of a unit of which the caller has asked what the reader may see. */
export async function figuresOf(
  { warehouse }: Pick<Visit, 'warehouse'>,
  { type, id, tier }: Unit,
  { snapshot, week }: { snapshot: Snapshot | undefined; week: Day },
): Promise<Row[]> {
  const params = { unit_type: type, unit_id: type === 'district' && tier === 'published' ? '' : id, week }
  if (tier === 'live') return rows(Row, await warehouse.query(LIVE, params))
  return snapshot ? rows(Row, await warehouse.query(PUBLISHED, { ...params, snapshot: snapshot.snapshot })) : []
}

type Of = (indicator: string, slice?: string) => Row | undefined

/** The range first, then how much is logged behind it. */
function sentence({ type }: Unit, of: Of, week: Day): Html {
  const figure = of('adult_contact')
  const where = type === 'district' ? 'in the district' : 'here'
  const end = longDay(addDays(week, 6))
  const said = range(ADULT!, figure)
  if (said === null)
    return html`How many students ${where} have sustained contact with an adult cannot be said: ${whyNot(figure)}.`
  const two = TWO && range(TWO, of('adult_contact_two'))
  const logged = of('contact_logging')?.value
  return html`By ${end}, <strong>${said}</strong> of students ${where} had sustained contact with at least one
    adult${two && html`, ${two} with two or more`}.
    ${LOGGING && typeof logged === 'number' && `${Math.round(100 * logged)}% of advisers logged a meeting in the eight weeks before.`}`
}

/** To the principal as counts, and of few students not even that. */
async function counts({ warehouse }: Visit, school: string, week: Day): Promise<Html | null> {
  const [found] = rows(Counts, await warehouse.query(COUNTS, { school, week }))
  const { known, unheld, seen, alone } = found!
  if (known + seen === 0) return null
  return html`<dl class="prompts">
    ${known > 0 && fact('No sustained adult contact', fewAs(unheld), `of ${count(known)} of whom it can be said; their advisers see who`)}
    ${seen > 0 && fact('No logged peer tie', fewAs(alone), `of ${count(seen)} who were here on 20 school days or more`)}
  </dl>`
}

const fact = (term: string, said: string, note: string): Html =>
  html`<div>
    <dt>${term}</dt>
    <dd>${said} <span class="evidence">${note}</span></dd>
  </div>`

function byGrade(found: readonly Row[]): Html | null {
  const grades = found
    .filter(({ indicator, slice }) => indicator === 'adult_contact' && slice.startsWith('grade='))
    .map(({ slice }) => slice)
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  if (grades.length < 2) return null
  const of = (indicator: string, slice: string): Row | undefined =>
    found.find(row => row.indicator === indicator && row.slice === slice)
  const table = html`<table class="figures">
    <caption>
      95% interval and, in small, best estimate
    </caption>
    <thead>
      <tr>
        <th scope="col">Grade</th>
        <th scope="col">Students</th>
        <th scope="col">One adult or more</th>
        <th scope="col">Two or more</th>
      </tr>
    </thead>
    <tbody>
      ${grades.map(
        slice =>
          html`<tr>
            <th scope="row">${gradeName(slice.slice('grade='.length)) || 'not said'}</th>
            ${studentsCell([of('adult_contact', slice)])} ${figureCell(ADULT!, of('adult_contact', slice))}
            ${figureCell(TWO ?? ADULT!, of('adult_contact_two', slice))}
          </tr>`,
      )}
    </tbody>
  </table>`
  return html`<h3>By grade</h3>
    ${scrolling('Sustained adult contact by grade', table)}`
}

/** How much the figure depends on how fast contact is taken to fade. */
function halfLives(of: Of): Html | null {
  const said = [14, 28, 56].flatMap(days => {
    const text = range(ADULT!, of(days === 28 ? 'adult_contact' : `adult_contact_half_life_${days}`))
    return text === null ? [] : [`${text} with a half-life of ${days} days`]
  })
  if (said.length < 2) return null
  return html`<p class="how-to-read">
    Contact is taken to fade; how fast is our choice (28 days). With others the share would be: ${said.join('; ')}.
  </p>`
}

/** Words only where the interval settles it; 0 is what chance would give. */
function mixing(of: Of): Html | null {
  const figure = of('band_assortativity')
  if (MIXING === undefined || figure === undefined) return null
  const said = range(MIXING, figure)
  if (said === null)
    return html`<p>Whether students of different earlier scores work together cannot be said: ${whyNot(figure)}.</p>`
  const word =
    figure.lo95! > 0
      ? 'students with similar earlier scores choose each other more often than by chance'
      : figure.hi95! < 0
        ? 'students with different earlier scores choose each other more often than by chance'
        : 'not distinguishable from choosing by chance'
  return html`<p>
    Who works with whom by choice, across quarters of earlier scores: assortativity <strong>${said}</strong> (−1 to 1, 0
    as by chance): ${word}.
  </p>`
}

const Nullable = z.number().nullable()
const Row = z.object({
  indicator: z.string(),
  slice: z.string(),
  value: Nullable,
  lo95: Nullable,
  hi95: Nullable,
  n: z.int().nullable(),
  status: Status,
  reason: z.string(),
})
const Counts = z.object({ known: z.int(), unheld: z.int(), seen: z.int(), alone: z.int() })

const LIVE = sql(new URL('./live-connectedness.sql', import.meta.url))
const PUBLISHED = sql(new URL('./published-connectedness.sql', import.meta.url))
const COUNTS = sql(new URL('./school-contact.sql', import.meta.url))
