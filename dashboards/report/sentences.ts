import { html, type Html } from '../html.ts'
import { isLimited, VOICES, type Voice } from '../pages/climate/climate-rows.ts'
import { responsesOf } from '../pages/climate/climate-response.ts'
import type { Climate } from '../pages/climate/climate-facts.ts'
import { verdict } from '../pages/growth/growth-words.ts'
import { addDays } from '../weeks.ts'
import { isBracket } from '../wording.ts'
import type { Facts } from './facts.ts'
import { besideDistrict, shareOf, windowName, type Said } from './said.ts'
import {
  ADULT,
  asked,
  CONTACT_MINUTES,
  DAYS,
  favourable,
  grownOf,
  inDistrict,
  keyQuestion,
  LOGGING,
  MINUTES,
  now,
  PERCENTILE,
  SCHOOL_GROWTH,
  TOPICS,
  type Grown,
  type Topic,
} from './topics.ts'
import { whyNot } from './why-not.ts'
import { FAVOURABLE, RESPONSE } from '../pages/climate/climate-rows.ts'

/** One topic in a sentence, and how many stand behind it. */
type Sentence = { said: Html; behind: string }

/** One sentence a topic: the range before the point, beside the district, how many stand behind it, what it cannot know. */
export function sentences(facts: Facts, said: Said): Html {
  const { words } = said
  return html`<dl class="report-topics">
    ${TOPICS.map(topic => {
      const { said: sentence, behind } = OF[topic](facts, said)
      return html`<div>
        <dt>${words.topics[topic]}</dt>
        <dd>
          <p class="sentence">${sentence}</p>
          <p class="behind">${behind} ${words.blind[topic]}</p>
        </dd>
      </div>`
    })}
  </dl>`
}

const OF: Readonly<Record<Topic, (facts: Facts, said: Said) => Sentence>> = {
  growth,
  engagement,
  connectedness,
  climate,
}

function growth(facts: Facts, said: Said): Sentence {
  const { words, numbers } = said
  const all = grownOf(facts)
  const parts = all.flatMap(({ subject, newest }) => {
    const range = numbers.range(PERCENTILE, newest)
    if (range === null || !newest) return []
    return [words.grew(range, words.subject(subject), windowName(said, newest.period), words.typical[verdict(newest)])]
  })
  if (parts.length === 0) {
    const beside = all.map(one => inPoints(one, said)).find(one => one !== null)
    if (beside) return beside
    const why = all[0]?.newest ? whyNot(all[0].newest) : 'no-scores'
    return { said: html`${words.unsaid.growth(words.why[why])}`, behind: '' }
  }
  const n = Math.max(...all.map(({ newest }) => (newest?.status === 'ok' ? (newest.n ?? 0) : 0)))
  return { said: words.growth(parts), behind: n > 0 ? words.behind(numbers.count(n)) : '' }
}

/** On the test's own scale beside the district, where the percentile is not known. */
function inPoints({ points, subject }: Grown, { words, numbers }: Said): Sentence | null {
  if (points?.status !== 'ok' || points.lo95 === null || points.hi95 === null) return null
  const { lo95, hi95 } = points
  const range = (low: number, high: number): string =>
    numbers.range(SCHOOL_GROWTH, { ...points, lo95: low, hi95: high })!
  const name = words.subject(subject)
  return {
    said:
      lo95 > 0
        ? words.points.more(range(lo95, hi95), name)
        : hi95 < 0
          ? words.points.less(range(-hi95, -lo95), name)
          : words.points.open(range(-lo95, -lo95), range(hi95, hi95), name),
    behind: points.n ? words.behind(numbers.count(points.n)) : '',
  }
}

function engagement(facts: Facts, said: Said): Sentence {
  const { words, numbers } = said
  const figure = now(facts, DAYS.id)
  const days = shareOf(said, DAYS, figure)
  if (days === null) {
    const contact = numbers.range(CONTACT_MINUTES, now(facts, CONTACT_MINUTES.id))
    const why = words.why[whyNot(figure)]
    return { said: html`${words.unsaid.engagement(why)}${contact && words.contactOnly(contact)}`, behind: '' }
  }
  const beside = besideDistrict(said, DAYS, figure, inDistrict(facts, DAYS.id))
  return {
    said: words.engagement(days, beside, numbers.range(MINUTES, now(facts, MINUTES.id))),
    behind: behind(said, figure?.n),
  }
}

function connectedness(facts: Facts, said: Said): Sentence {
  const { words, numbers } = said
  const figure = now(facts, ADULT.id)
  const share = shareOf(said, ADULT, figure)
  if (share === null || facts.week === null)
    return { said: html`${words.unsaid.connectedness(words.why[whyNot(figure)])}`, behind: '' }
  const beside = besideDistrict(said, ADULT, figure, inDistrict(facts, ADULT.id))
  const logged = numbers.estimate(LOGGING, now(facts, LOGGING.id))
  return {
    said: words.connectedness(numbers.day(addDays(facts.week, 6)), share, beside, logged),
    behind: behind(said, figure?.n),
  }
}

const behind = ({ words, numbers }: Said, n: number | null | undefined): string =>
  n ? words.behind(numbers.count(n)) : ''

function climate(facts: Facts, said: Said): Sentence {
  const { words } = said
  const key = keyQuestion(facts)
  if (key === null)
    return { said: html`${words.unsaid.climate(facts.climate ? words.tooFewAnswered : words.notAsked)}`, behind: '' }
  const { climate: of, question } = key
  const told = VOICES.flatMap(voice => {
    const share = shareOf(said, FAVOURABLE, favourable(of, question, voice))
    return share === null ? [] : [words.of(share, words.ofVoices[voice])]
  })
  const responses = VOICES.filter(voice => of.window.voices.includes(voice)).map(voice => response(of, voice, said))
  const counted = responses.length > 0 ? `${responses.join('; ')}.` : ''
  if (told.length === 0) return { said: html`${words.unsaid.climate(words.tooFewAnswered)}`, behind: counted }
  const quiet = of.window.voices
    .filter(voice => {
      const row = favourable(of, question, voice)
      return row !== undefined && row.status !== 'ok' && !isBracket(row)
    })
    .map(voice => words.ofVoices[voice])
  return {
    said: html`${words.climate(windowName(said, of.window.id), words.list(told), asked(said, question))}${
      quiet.length > 0 && words.quiet(words.list(quiet).text)
    }`,
    behind: counted,
  }
}

/** `Students who answered: 412 of 520 (79%)`, of the survey with most answers. */
function response(of: Climate, voice: Voice, said: Said): string {
  const { words, numbers } = said
  const name = words.voices[voice]
  const [row] = responsesOf(of, voice).toSorted((a, b) => (b.n ?? 0) - (a.n ?? 0))
  if (row === undefined || row.n === null || row.status === 'suppressed') return words.hiddenAnswers(name)
  const share = numbers.estimate(RESPONSE, row)
  const enrolled = row.enrolled === null ? null : numbers.count(row.enrolled)
  return words.answered(name, numbers.count(row.n), enrolled, share, isLimited(row))
}
