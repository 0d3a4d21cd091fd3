import { html, type Html } from '../html.ts'
import { shownDifference, type Climate, type Question as SurveyQuestion } from '../pages/climate/climate-facts.ts'
import { FAVOURABLE, isLimited, VOICES } from '../pages/climate/climate-rows.ts'
import { responsesOf } from '../pages/climate/climate-response.ts'
import type { Row } from '../pages/connectedness/connectedness-of-unit.ts'
import { valueOf } from '../pages/growth/growth-rows.ts'
import { verdict } from '../pages/growth/growth-words.ts'
import { comparison, gradeName, type Figure } from '../wording.ts'
import type { Change } from './changes.ts'
import type { Facts } from './facts.ts'
import { shareOf, type Said } from './said.ts'
import {
  ADULT,
  asked,
  DAYS,
  favourable,
  grownOf,
  inDistrict,
  keyQuestion,
  LOGGING,
  now,
  PERCENTILE,
  SCHOOL_GROWTH,
  TOPICS,
  type Grown,
  type Topic,
} from './topics.ts'

/** How much stands behind a question: ranges settle it; something is not known; or it may always be asked. */
const [SETTLED, UNKNOWN, OPEN] = [3, 2, 1]
const HOW_MANY = 3

/** One question worth asking: of whom, by role, and the figures that it comes from. It asks; it does not say why. */
export type Question = { topic: Topic; weight: number; ask: Html | string; whom: string; because: Html | string }

/**
 * Three questions, chosen by rules: of each topic the first rule that fits, what ranges settle before what is not known
 * before what may always be asked; topics in their order.
 */
export function questionsOf(facts: Facts, changes: readonly Change[], said: Said): Question[] {
  const found = TOPICS.map(topic => RULES[topic](facts, changes, said))
  return found.toSorted((a, b) => b.weight - a.weight).slice(0, HOW_MANY)
}

export function questionsSection(questions: readonly Question[], { words }: Said): Html {
  return html`<section aria-labelledby="questions" class="report-questions">
    <h2 id="questions">${words.headings.questions}</h2>
    <ol>
      ${questions.map(
        ({ ask, whom, because }) =>
          html`<li>
            <p class="ask">${ask}</p>
            <p class="whom">
              <strong>${words.questions.whom}:</strong> ${whom}.${
                because && html` <span class="behind">${words.questions.because}: ${because}.</span>`
              }
            </p>
          </li>`,
      )}
    </ol>
  </section>`
}

type Rule = (facts: Facts, changes: readonly Change[], said: Said) => Question

const RULES: Readonly<Record<Topic, Rule>> = { growth, engagement, connectedness, climate }

function growth(facts: Facts, _changes: readonly Change[], said: Said): Question {
  const { words, numbers } = said
  const all = grownOf(facts)
  const q = words.questions
  const make = (weight: number, ask: string, whom: string, because: string): Question => ({ topic: 'growth', weight, ask, whom, because }) // prettier-ignore
  for (const grown of all) {
    const subject = words.subject(grown.subject)
    const low = quartersApart(grown, said)
    if (low !== null) return make(SETTLED, q.lowestQuarter(subject), q.team(subject), low)
  }
  for (const word of ['below typical', 'above typical'] as const) {
    for (const { newest, subject: name } of all) {
      const range = numbers.range(PERCENTILE, newest)
      if (range === null || verdict(newest!) !== word) continue
      const subject = words.subject(name)
      const ask = word === 'below typical' ? q.growthBelow(subject) : q.growthAbove(subject)
      return make(SETTLED, ask, q.team(subject), q.percentile(range))
    }
  }
  const [first] = all
  const range = numbers.range(PERCENTILE, first?.newest)
  const points = range === null && first?.points?.status === 'ok' ? first.points : null
  if (points && points.lo95 !== null && points.hi95 !== null && points.lo95 * points.hi95 > 0) {
    const subject = words.subject(first!.subject)
    const isMore = points.lo95 > 0
    const said = numbers.range(SCHOOL_GROWTH, isMore ? points : { ...points, lo95: -points.hi95, hi95: -points.lo95 })!
    const ask = isMore ? q.growthAbove(subject) : q.growthBelow(subject)
    return make(SETTLED, ask, q.team(subject), isMore ? q.pointsMore(said) : q.pointsLess(said))
  }
  if (range === null) return make(UNKNOWN, q.growthUnknown, q.tests, '')
  const subject = words.subject(first!.subject)
  return make(OPEN, q.growthOpen(subject), q.team(subject), q.percentile(range))
}

/** Where students who started lowest grew less than those who started highest, or less than is typical. */
function quartersApart({ quarters }: Grown, { words, numbers }: Said): string | null {
  const [low, high] = [quarters[0], quarters[3]]
  const [lowest, highest] = [low, high].map(figure => numbers.range(PERCENTILE, figure))
  if (!lowest) return null
  if (highest && comparison(low, high) === 'below') return words.questions.lowestAndHighest(lowest, highest)
  return verdict(low!) === 'below typical' ? words.questions.lowestAlone(lowest) : null
}

function engagement(facts: Facts, changes: readonly Change[], said: Said): Question {
  const { numbers, words } = said
  const q = words.questions
  const [own, district] = [now(facts, DAYS.id), inDistrict(facts, DAYS.id)]
  const make = (weight: number, ask: string, whom: string, because: string): Question => ({ topic: 'engagement', weight, ask, whom, because }) // prettier-ignore
  const range = shareOf(said, DAYS, own)
  if (range === null) return make(UNKNOWN, q.activityUnknown, q.platforms, '')
  const change = changes.find(({ topic }) => topic === 'engagement')
  // What fell in the whole district says nothing of this school.
  const isOwn = change?.direction === 'lower' && change.district !== 'lower'
  if (isOwn && facts.before !== null && facts.week !== null) {
    const ask = q.activityLower(numbers.day(facts.week), numbers.day(facts.before))
    return make(SETTLED, ask, q.gradeTeams, q.daysThen(range, numbers.range(DAYS, change.before)!))
  }
  if (comparison(own, district) === 'below')
    return make(SETTLED, q.activityBelow, q.gradeTeams, q.daysBeside(range, numbers.range(DAYS, district)!))
  return make(OPEN, q.activityOpen, q.council, q.days(range))
}

/** A school of which fewer advisers than that log meetings is not known (C2). */
const HALF = 0.5

function connectedness(facts: Facts, changes: readonly Change[], said: Said): Question {
  const { numbers, words } = said
  const q = words.questions
  const [own, district, logging] = [now(facts, ADULT.id), inDistrict(facts, ADULT.id), now(facts, LOGGING.id)]
  const make = (weight: number, ask: string, whom: string, because: string): Question => ({ topic: 'connectedness', weight, ask, whom, because }) // prettier-ignore
  const range = shareOf(said, ADULT, own)
  const logged = numbers.estimate(LOGGING, logging)
  if (range === null || (logging?.value ?? 1) < HALF)
    return make(UNKNOWN, q.logging, q.advisers, logged === null ? '' : q.logged(logged))
  const grade = gradeBelow(facts.contact, own)
  if (grade !== null) {
    const name = words.grade(gradeName(valueOf(grade.slice, 'grade')))
    const because = q.contactGrade(name, numbers.range(ADULT, grade)!, range)
    return make(SETTLED, q.gradeContact(name), q.advisersOf(name), because)
  }
  const change = changes.find(({ topic }) => topic === 'connectedness')
  if (change?.direction === 'lower' && change.district !== 'lower' && facts.before !== null) {
    const because = q.contactThen(range, numbers.range(ADULT, change.before)!)
    return make(SETTLED, q.contactLower(numbers.day(facts.before)), q.advisers, because)
  }
  if (comparison(own, district) === 'below')
    return make(SETTLED, q.contactBelow, q.advisers, q.contactBeside(range, numbers.range(ADULT, district)!))
  return make(OPEN, q.contactBelow, q.advisers, q.contact(range))
}

/** A grade whose range lies below the whole school's; of several the one whose range ends first. */
function gradeBelow(contact: readonly Row[], whole: Figure | undefined): Row | null {
  const below = contact.filter(
    row => row.indicator === ADULT.id && row.slice.startsWith('grade=') && comparison(row, whole) === 'below',
  )
  return below.toSorted((a, b) => a.hi95! - b.hi95!)[0] ?? null
}

function climate(facts: Facts, changes: readonly Change[], said: Said): Question {
  const { words } = said
  const q = words.questions
  const make = (weight: number, ask: Html | string, whom: string, because: Html | string): Question => ({ topic: 'climate', weight, ask, whom, because }) // prettier-ignore
  const key = keyQuestion(facts)
  if (key === null) return make(UNKNOWN, q.climateUnknown, q.councilAndFamilies, '')
  const { climate: of, question } = key
  const text = asked(said, question)
  const shares = words.list(told(of, question, said))
  const limited = of.window.voices.filter(voice => responsesOf(of, voice).some(isLimited))
  const change = changes.find(({ topic }) => topic === 'climate')
  if (change?.direction === 'lower')
    return make(SETTLED, q.climateLower(text, change.when), q.council, q.favourable(shares))
  const students = favourable(of, question, 'student')
  if (students?.status === 'ok' && students.hi95 !== null && students.hi95 < HALF)
    return make(SETTLED, q.climateHalf(text), q.council, q.favourable(shares))
  if (areApart(of, question)) return make(SETTLED, q.voicesApart(text), q.councilAndStaff, q.favourable(shares))
  if (limited.length > 0) {
    const names = words.list(limited.map(voice => words.ofVoices[voice])).text
    return make(UNKNOWN, q.climateLimited, q.councilAndFamilies, q.response(names))
  }
  return make(OPEN, q.climateOpen(text), q.council, q.favourable(shares))
}

function told(of: Climate, question: SurveyQuestion, said: Said): Html[] {
  return VOICES.flatMap(voice => {
    const share = shareOf(said, FAVOURABLE, favourable(of, question, voice))
    return share === null ? [] : [said.words.of(share, said.words.ofVoices[voice])]
  })
}

/** Whether the difference of students and staff lies beside 0 as a whole. */
function areApart(of: Climate, question: SurveyQuestion): boolean {
  const found = shownDifference(of, 'informant', `item=${question.item}`, ['student', 'staff'], question)
  return found !== null && !found.limited && (found.lo95 > 0 || found.hi95 < 0)
}
