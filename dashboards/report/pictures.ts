import type { Mark } from '../charts/marks.ts'
import { growthDots, type GrowthDot } from '../charts/growth-dots.ts'
import { points, scaleOf } from '../charts/series.ts'
import { voices, type VoiceMark } from '../charts/voices.ts'
import { weeklyTrend } from '../charts/weekly-trend.ts'
import { html, type Html } from '../html.ts'
import type { CatalogueEntry } from '../../schemas/catalogue.ts'
import type { Day } from '../../schemas/record.ts'
import type { FigureRow } from '../figures/figures.ts'
import { FAVOURABLE, isLimited, VOICES, type ClimateRow, type Voice } from '../pages/climate/climate-rows.ts'
import { responsesOf } from '../pages/climate/climate-response.ts'
import { domainName, domainOf } from '../pages/climate/climate-words.ts'
import { figureOf, type Climate, type Question } from '../pages/climate/climate-facts.ts'
import { marksOf } from '../pages/parts/notes.ts'
import { scrolling } from '../pages/parts/cells.ts'
import { valueOf } from '../pages/growth/growth-rows.ts'
import { gradeName, isShare } from '../wording.ts'
import type { Facts } from './facts.ts'
import { cell, insteadOf, shareOf, windowName, type Said } from './said.ts'
import {
  ADULT,
  asked,
  DAYS,
  domainIn,
  favourable,
  grownOf,
  keyQuestion,
  otherQuestions,
  PERCENTILE,
  type Grown,
} from './topics.ts'
import { bracketOf } from './why-not.ts'

/** A small picture a topic, each with its table; what cannot be drawn says so. */
export function pictures(facts: Facts, said: Said): Html {
  const { words } = said
  return html`<section aria-labelledby="figures" class="report-figures">
    <h2 id="figures">${words.headings.figures}</h2>
    <p class="how-to-read">${words.howToRead}</p>
    <div class="report-grid">
      ${growth(facts, said)} ${weekly(facts, said, 'engagement', DAYS)} ${weekly(facts, said, 'connectedness', ADULT)}
      ${climate(facts, said)}
    </div>
    ${notes(facts, said)}
  </section>`
}

/** `more`: beside the chart and its tables, where there is room for it. */
type Drawn = { id: string; name: Html | string; how: Html | string; chart: Html; tables: Html; more?: Html | null }

const figure = ({ id, name, how, chart, tables, more }: Drawn): Html =>
  html`<figure class="report-figure${more ? ' with-more' : ''}" aria-labelledby="${id}">
    <figcaption>
      <h3 id="${id}">${name}</h3>
      <p class="question">${how}</p>
    </figcaption>
    ${
      more
        ? html`<div>${chart} ${tables}</div>
            <div>${more}</div>`
        : html`${chart} ${tables}`
    }
  </figure>`

const missing = (id: string, { words }: Said, topic: 'growth' | 'engagement' | 'connectedness' | 'climate'): Html =>
  html`<div class="report-figure" id="${id}"><p class="none">${words.figures.missing(words.topics[topic])}</p></div>`

function growth(facts: Facts, said: Said): Html | Html[] {
  const known = grownOf(facts).filter(({ newest }) => newest?.status === 'ok')
  if (known.length === 0) return missing('figure-growth', said, 'growth')
  return known.map((grown, i) => ofSubject(grown, i, said))
}

function ofSubject({ subject, newest, quarters }: Grown, i: number, said: Said): Html {
  const { words, numbers } = said
  const rows = [newest, ...quarters].map((row, at) => ({
    name: at === 0 ? words.figures.all : words.figures.quarters[at - 1]!,
    row,
  }))
  const told = rows.filter(({ row }) => row !== undefined)
  const dots = told.flatMap(({ name, row }): GrowthDot[] =>
    row?.status === 'ok' && row.value !== null && row.lo95 !== null && row.hi95 !== null
      ? [{ name, value: row.value, lo95: row.lo95, hi95: row.hi95 }]
      : [],
  )
  const name = words.figures.growth(words.subject(subject), windowName(said, newest!.period))
  const spans = told.map(({ name: who, row }) => `${who} ${numbers.range(PERCENTILE, row) ?? insteadOf(said, row)}`)
  return figure({
    id: `figure-growth-${i}`,
    name,
    how: i === 0 ? words.figures.growthHow : '',
    chart: growthDots({ label: words.figures.label(name, spans.join('; ')), dots }),
    tables: table(name, ['', words.figures.students, words.figures.percentile], told.map(({ name: who, row }) => [html`<th scope="row">${who}</th>`, students(said, row), cell(said, PERCENTILE, row)])), // prettier-ignore
  })
}

const students = ({ numbers }: Said, row: { n: number | null } | undefined): Html =>
  row?.n ? html`<td class="figure">${numbers.count(row.n)}</td>` : html`<td class="none">–</td>`

function weekly(facts: Facts, said: Said, topic: 'engagement' | 'connectedness', entry: CatalogueEntry): Html {
  const { words, numbers } = said
  const { weeks, week, own, district } = facts
  const id = `figure-${topic}`
  const line = (day: Day): FigureRow | undefined => own(entry.id, day)
  const drawn = points(weeks, line)
  if (week === null || drawn.every(({ value }) => value === null)) return missing(id, said, topic)
  const behind = district && points(weeks, day => district(entry.id, day))
  const shown = told(weeks, week, day => line(day)?.status === 'ok')
  const spans = [shown[0]!, shown.at(-1)!].map(
    day => `${numbers.day(day)} ${numbers.range(entry, line(day)) ?? insteadOf(said, line(day))}`,
  )
  const name = words.figures[topic]
  const heads = [words.figures.week, words.figures.school, ...(district ? [words.figures.district] : [])]
  const rows = shown.map(day => [
    html`<th scope="row">${numbers.shortDay(day)}</th>`,
    cell(said, entry, line(day)),
    ...(district ? [cell(said, entry, district(entry.id, day))] : []),
  ])
  return figure({
    id,
    name,
    how: topic === 'engagement' ? words.figures.engagementHow : words.figures.connectednessHow,
    chart: weeklyTrend({
      label: words.figures.label(name, [...new Set(spans)].join('; ')),
      line: drawn,
      ...(behind && { district: behind, name: words.figures.school }),
      chosen: week,
      scale: scaleOf(isShare(entry), behind ? [drawn, behind] : [drawn]),
      marks: marksIn(facts, said),
      words: { district: words.figures.district, months: numbers.months, marked: words.figures.marked },
    }),
    tables: html`${table(`${name}: ${words.figures.lastOfMonths}`, heads, rows)}
    ${topic === 'connectedness' && byGrade(facts, said)}`,
  })
}

const marksIn = ({ notes, weeks }: Facts, { words }: Said): Mark[] =>
  marksOf({ type: 'school' }, notes, weeks, words.figures.ofDistrict)

/** The numbered texts of the weekly charts' marks. */
function notes(facts: Facts, said: Said): Html | null {
  const marks = marksIn(facts, said)
  if (marks.length === 0) return null
  const { words, numbers } = said
  const day = ({ from, to }: Mark): string => [...new Set([from, to])].map(one => numbers.day(one)).join(' – ')
  return html`<div class="notes">
    <h3>${words.figures.notes}</h3>
    <ol>
      ${marks.map(mark => html`<li><strong>${day(mark)}</strong>: ${mark.text}</li>`)}
    </ol>
  </div>`
}

/** Of every month the last week with a figure, and the week reported on. */
function told(weeks: readonly Day[], week: Day, isKnown: (day: Day) => boolean): Day[] {
  const known = weeks.filter(isKnown)
  return weeks.filter(
    day => day === week || (isKnown(day) && known.findLast(one => one.slice(0, 7) === day.slice(0, 7)) === day),
  )
}

function byGrade({ contact }: Facts, said: Said): Html | null {
  const { words } = said
  const rows = contact
    .filter(({ indicator, slice }) => indicator === ADULT.id && slice.startsWith('grade='))
    .toSorted((a, b) => a.slice.localeCompare(b.slice, 'en', { numeric: true }))
  if (rows.length < 2) return null
  const heads = [words.figures.grade, words.figures.students, words.figures.school]
  const body = rows.map(row => [
    html`<th scope="row">${gradeName(valueOf(row.slice, 'grade')) || '–'}</th>`,
    students(said, row),
    cell(said, ADULT, row),
  ])
  return table(words.figures.contactByGrade, heads, body)
}

function climate(facts: Facts, said: Said): Html {
  const { words } = said
  const key = keyQuestion(facts)
  if (key === null) return missing('figure-climate', said, 'climate')
  const { climate: of, question } = key
  const asking = VOICES.filter(voice => question.asked[voice])
  const marks = asking.flatMap(voice => markOf(words.voices[voice], favourable(of, question, voice)))
  const spans = asking.map(voice => `${words.voices[voice]} ${answer(said, favourable(of, question, voice))}`)
  const name = words.figures.climate(windowName(said, of.window.id))
  const withDistrict = facts.districtAnswers.length > 0
  const heads = [words.figures.who, words.figures.school, ...(withDistrict ? [words.figures.district] : [])]
  const rows = asking.map(voice => [
    html`<th scope="row">${words.voices[voice]}</th>`,
    answerCell(said, favourable(of, question, voice)),
    ...(withDistrict ? [districtCell(facts, of, question, voice, said)] : []),
  ])
  return figure({
    id: 'figure-climate',
    name,
    how: html`${words.figures.climateHow(words.quote(asked(said, question)))}
    ${marks.some(({ value }) => value === null) && words.figures.onlyBounds}`,
    chart:
      marks.length > 0
        ? voices({ label: words.figures.label(name, spans.join('; ')), names: asking.map(voice => words.voices[voice]), marks, ends: [0, 1] }) // prettier-ignore
        : html``,
    tables: table(name, heads, rows),
    more: otherTopics(of, said),
  })
}

/** Where fewer than half answered schools are not compared. */
function districtCell({ districtAnswers }: Facts, of: Climate, question: Question, voice: Voice, said: Said): Html {
  if (responsesOf(of, voice).some(isLimited)) return html`<td class="none">${said.words.figures.notCompared}</td>`
  const instrument = question.asked[voice]?.instrument ?? ''
  const all = { rows: districtAnswers, window: of.window }
  return answerCell(said, figureOf(all, voice, FAVOURABLE.id, `item=${question.item}`, { instrument }))
}

function otherTopics(of: Climate, said: Said): Html | null {
  const { words } = said
  const questions = otherQuestions(of)
  if (questions.length === 0) return null
  const heads = [words.figures.question, ...VOICES.map(voice => words.voices[voice])]
  const rows = questions.map(question => [
    html`<th scope="row" class="wrapping">
      ${domainIn(said, question, domainName(domainOf(question.domain)))}<span class="question"
        >${asked(said, question)}</span
      >
    </th>`,
    ...VOICES.map(voice => answerCell(said, favourable(of, question, voice), question.asked[voice] !== undefined)),
  ])
  return table(words.figures.otherTopics, heads, rows)
}

const answer = (said: Said, row: ClimateRow | undefined): string =>
  shareOf(said, FAVOURABLE, row) ?? insteadOf(said, row)

function answerCell(said: Said, row: ClimateRow | undefined, wasAsked = true): Html {
  return wasAsked ? cell(said, FAVOURABLE, row) : html`<td class="none">${said.words.figures.notAsked}</td>`
}

function markOf(name: string, row: ClimateRow | undefined): VoiceMark[] {
  if (row?.status === 'ok' && row.value !== null && row.lo95 !== null && row.hi95 !== null)
    return [{ name, value: row.value, lo95: row.lo95, hi95: row.hi95 }]
  const bracket = bracketOf(row)
  if (bracket === null) return []
  const [lo95, hi95] = bracket.side === 'at most' ? [0, bracket.share] : [bracket.share, 1]
  return [{ name, value: null, lo95, hi95 }]
}

function table(caption: string, heads: readonly string[], rows: readonly (readonly Html[])[]): Html {
  const body = html`<table class="figures">
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        ${heads.map(head => (head === '' ? html`<td></td>` : html`<th scope="col">${head}</th>`))}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        cells =>
          html`<tr>
            ${cells}
          </tr>`,
      )}
    </tbody>
  </table>`
  return scrolling(caption, body)
}
