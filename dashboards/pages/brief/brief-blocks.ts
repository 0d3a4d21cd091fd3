import { html, type Html } from '../../html.ts'
import type { UsualWeek } from '../../usual.ts'
import { addDays } from '../../weeks.ts'
import { count, counted, longDay, shortDay } from '../../wording.ts'
import type { BriefFacts } from './brief-facts.ts'
import { KINDS, NEXT_STEPS, TOPICS } from './conversation-words.ts'
import { capital, line, lines, readable } from './evidence.ts'
import { short } from './question.ts'

/** What fits on one sheet. */
const [MOST_GOALS, MOST_PEOPLE, MOST_PROUD] = [4, 4, 4]
/** So far back something to be proud of may lie. */
const PROUD_DAYS = 90

/** What changed since the last meeting, beside what is usual for this student; nobody else is in it. */
export function sinceBlock({ talks, weeks, absent, goals, reflections, since }: BriefFacts): Html {
  const [said] = talks
  const set = goals.filter(({ set_day }) => set_day > since)
  const ended = goals.filter(({ isOpen, closed_day }) => !isOpen && closed_day > since)
  const wrote = reflections.filter(({ day }) => day > since)
  const found = [
    said && line(`You talked about ${topicsOf(said)}`, [longDay(said.day), agreed(said)]),
    activityLine(weeks),
    absent.length > 0 &&
      line(`Absent on ${counted(absent.length, 'school day')}`, [absent.slice(0, 4).map(shortDay).join(', ')]),
    set.length > 0 && line(`Set ${counted(set.length, 'new goal')}`, [`the last on ${longDay(set[0]!.set_day)}`]),
    ended.length > 0 &&
      line(`${capital(counted(ended.length, 'goal'))} came to an end`, [
        `the last on ${longDay(ended[0]!.closed_day)}`,
      ]),
    wrote.length > 0 && line(`Wrote ${counted(wrote.length, 'reflection')}`, [`the last on ${longDay(wrote[0]!.day)}`]),
  ].filter(one => one !== false && one !== null && one !== undefined)
  return lines(found, 'Nothing new is recorded.')
}

type Talk = BriefFacts['talks'][number]

function topicsOf({ topics, strengths, interests, needs }: Talk): string {
  const tags = [...strengths, ...interests, ...needs].slice(0, 4)
  const about = topics.map(topic => TOPICS[topic].toLowerCase()).join(', ')
  return (
    [about, tags.length > 0 && `noted: ${tags.join(', ')}`].filter(Boolean).join('; ') || 'what the private note says'
  )
}

const agreed = ({ next_steps, nextStep }: Talk): string => {
  const steps = [...next_steps.map(step => NEXT_STEPS[step].toLowerCase()), nextStep ?? ''].filter(Boolean)
  return steps.length === 0 ? '' : `agreed: ${short(steps.join('; '))}`
}

/** The newest known week beside the middle half of the eight before it. */
function activityLine(weeks: readonly UsualWeek[]): Html | null {
  const last = weeks.find(({ value }) => value !== null)
  if (!last) return null
  const minutes = Math.round(last.value!)
  const said = `${count(minutes)} minutes of learning activity in the week of ${shortDay(last.week)}`
  if (last.usual === null) return line(said, ['connected tools; too few earlier weeks to say what is usual'])
  const [low, high] = [Math.round(last.usual.low), Math.round(last.usual.high)]
  const word = minutes < low ? 'less than' : minutes > high ? 'more than' : 'within'
  return line(`${said}, ${word} the usual ${low === high ? count(low) : `${count(low)} to ${count(high)}`}`, [
    'connected tools; usual: half of the eight weeks before',
  ])
}

/** The student's own words first, then what was reached, noted and learned. */
export function proudBlock({ reflections, goals, talks, skills, day }: BriefFacts): Html {
  const from = addDays(day, -PROUD_DAYS)
  const wrote = reflections.filter(one => one.day >= from).slice(0, 1)
  const reached = goals.filter(({ status, closed_day }) => status === 'attained' && closed_day >= from).slice(0, 2)
  const noted = talks.find(talk => talk.strengths.length > 0 && talk.day >= from)
  const named = skills.flatMap(skill => {
    const name = readable(skill.skill)
    return name === '' ? [] : [{ ...skill, name }]
  })
  const found = [
    ...wrote.map(one => line(html`<q>${short(one.text, 180)}</q>`, ['In their own words', longDay(one.day)])),
    ...reached.map(goal => line(`Reached: ${short(goal.title)}`, [longDay(goal.closed_day)])),
    ...(noted ? [line(`${KINDS.strength.title}: ${noted.strengths.join(', ')}`, [`Noted ${longDay(noted.day)}`])] : []),
    ...named
      .slice(0, 2)
      .map(skill =>
        line(`Learned: ${skill.name}`, [counted(skill.responses, 'answer'), 'by answers in connected tools']),
      ),
  ]
  return lines(found.slice(0, MOST_PROUD), 'The records of the last three months name nothing; the student may.')
}

export function goalsBlock({ goals, day }: BriefFacts): Html {
  const open = goals.filter(({ isOpen }) => isOpen)
  const shown = open.slice(0, MOST_GOALS).map(goal => {
    const due =
      goal.due_day !== '' && (goal.due_day < day ? `was due ${longDay(goal.due_day)}` : `due ${longDay(goal.due_day)}`)
    return line(html`<q>${short(goal.title, 120)}</q>`, [
      `Set ${longDay(goal.set_day)}`,
      due,
      goal.horizon === 'long' && 'long-term',
    ])
  })
  const more = open.length - shown.length
  return html`${lines(shown, 'No goal is open.')}${more > 0 && html`<p class="marks">and ${counted(more, 'more open goal')}</p>`}`
}

export function peopleBlock({ ties: [now], adults, student }: Pick<BriefFacts, 'ties' | 'adults' | 'student'>): Html {
  if (!now) return html`<p class="none">Nothing has been computed yet.</p>`
  const held = now.adults.filter(([, , , , sustained]) => sustained)
  const others = now.adults.filter(([, , , , sustained]) => !sustained)
  const who = student.given || 'The student'
  const known = now.adults_known
    ? held.length === 0 && line('No sustained adult contact is logged', [othersSaid(others, adults)])
    : line('The school logs too little contact of adults to say who knows the student', [])
  const found = [
    ...held
      .slice(0, MOST_PEOPLE)
      .map(([id, role, , last]) =>
        line(`Sustained contact with ${adults.get(id) ?? `a ${role}`}${adults.has(id) ? ` (${role})` : ''}`, [
          `last ${longDay(last)}`,
        ]),
      ),
    known,
    peersLine(now, who),
  ].filter(one => one !== false)
  return lines(found, '')
}

function othersSaid(others: BriefFacts['ties'][number]['adults'], adults: BriefFacts['adults']): string {
  const [latest] = others.toSorted((a, b) => (a[3] < b[3] ? 1 : -1))
  return latest
    ? `last logged contact: ${adults.get(latest[0]) ?? `a ${latest[1]}`}, ${longDay(latest[3])}`
    : 'no contact at all is logged'
}

function peersLine({ peers, peers_known, peer_ties }: BriefFacts['ties'][number], who: string): Html {
  if (!peers_known) return line('The school logs too little contact between students to say with whom', [])
  const chosen = peers.filter(([, , kind]) => kind === 2).length
  if (peer_ties === 0)
    return line('No logged peer tie', ['the last eight weeks; friends outside the tools are not seen'])
  return line(`${who} works with ${counted(peer_ties, 'other student')}`, [
    chosen === peer_ties ? 'by their own choice' : `${chosen} of them by their own choice, the others as assigned`,
  ])
}
