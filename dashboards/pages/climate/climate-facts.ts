import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import type { Snapshot } from '../../figures/figures.ts'
import { ITEM, SCORE, publishedRows, VOICES, type Asked, type ClimateRow, type Voice } from './climate-rows.ts'
import type { Visit } from '../parts/visit.ts'

/** A window of a survey, as its instrument says. */
export type SurveyWindow = z.infer<typeof SurveyWindow>
export type Question = {
  /** Names it in an address: the item, with its survey where another survey has a different question of that name. */
  key: string
  /** Item id: parallel questions of several surveys have the same one. */
  item: string
  domain: string
  kind: string
  min: number
  max: number
  /** As each voice was asked. */
  asked: Partial<Record<Voice, z.infer<typeof AskedQuestion>>>
}
export type ScaleFacts = z.infer<typeof ScaleFacts>
export type DifferenceRow = z.infer<typeof DifferenceRow>
/** A time in which surveys were asked, by its name, with the voices of which something is published. */
export type PublishedWindow = {
  id: string
  begin: string
  /** Day after the last. */
  end: string
  voices: readonly Voice[]
  /** Of a pulse alone: a survey that is asked so often that its windows are read as a line, not one by one. */
  isPulse: boolean
}

/** What is published of one unit, and what surveys asked in one window of it. */
export type Climate = {
  unit: Asked
  /** With something published, newest first. */
  windows: readonly PublishedWindow[]
  window: PublishedWindow
  /** What surveys are called, by instrument. */
  titles: ReadonlyMap<string, string>
  /** Instruments of pulses. */
  pulses: ReadonlySet<string>
  /** Of all windows. */
  rows: readonly ClimateRow[]
  questions: readonly Question[]
  scales: readonly ScaleFacts[]
  differences: readonly DifferenceRow[]
}

/**
 * How school feels, as far as it is published.
 *
 * @param wanted name of a window; default: the newest one in which most voices were asked
 * @returns null where nothing is published of the unit, or not of that window
 */
export async function climateOf(
  visit: Pick<Visit, 'warehouse'>,
  snapshot: Snapshot | undefined,
  unit: Asked,
  wanted?: string,
): Promise<Climate | null> {
  if (snapshot === undefined) return null
  const [found, declared] = await Promise.all([publishedRows(visit, snapshot.snapshot, unit), surveyWindows(visit)])
  const windows = windowsOf(found, declared)
  const window = wanted === undefined ? openingWindow(windows) : windows.find(({ id }) => id === wanted)
  if (window === undefined) return null
  const { warehouse } = visit
  const of = { window: window.id, unit_type: unit.type, unit_id: unit.type === 'district' ? '' : unit.id }
  const [questions, scales, differences] = await Promise.all([
    questionsIn(visit, window.id),
    warehouse.query(SCALES, of),
    warehouse.query(DIFFERENCES, of),
  ])
  return {
    unit,
    windows,
    window,
    titles: new Map(declared.map(({ instrument, title }) => [instrument, inEnglish(title)])),
    pulses: pulsesOf(declared),
    rows: found,
    questions,
    scales: rows(ScaleFacts, scales),
    differences: rows(DifferenceRow, differences),
  }
}

/** The questions of one window. */
export async function questionsIn({ warehouse }: Pick<Visit, 'warehouse'>, window: string): Promise<Question[]> {
  return questionsOf(rows(AskedQuestion, await warehouse.query(QUESTIONS, { window })))
}

export async function surveyWindows({ warehouse }: Pick<Visit, 'warehouse'>): Promise<SurveyWindow[]> {
  return rows(SurveyWindow, await warehouse.query(WINDOWS))
}

/** The figure of one voice in the window, or in another one; of a subject that two surveys of a voice have, one. */
export function figureOf(
  { rows: all, window }: Pick<Climate, 'rows' | 'window'>,
  voice: Voice,
  indicator: string,
  subject = '',
  { when = window.id, grade = '', instrument = '' } = {},
): ClimateRow | undefined {
  return all.find(
    row =>
      row.informant === voice &&
      row.indicator === indicator &&
      row.subject === subject &&
      row.window === when &&
      row.grade === grade &&
      (instrument === '' || row.instrument === instrument),
  )
}

/** What one voice said to a question; undefined where it was not asked. */
export function answerTo(
  climate: Pick<Climate, 'rows' | 'window'>,
  { item, asked }: Question,
  voice: Voice,
  indicator: string,
): ClimateRow | undefined {
  const instrument = asked[voice]?.instrument
  return instrument === undefined ? undefined : figureOf(climate, voice, indicator, `item=${item}`, { instrument })
}

/**
 * The difference of two published figures, with its interval. null unless both are shown and it is theirs: answers that
 * came since are in the stored difference, not in what is published.
 * @param of the question that it must be about, where the subject is one
 */
export function shownDifference(
  climate: Climate,
  kind: 'window' | 'informant',
  subject: string,
  voices: readonly [Voice, Voice],
  of?: Question,
): DifferenceRow | null {
  const indicator = subject.startsWith('item=') ? ITEM.id : SCORE.id
  for (const found of climate.differences) {
    if (found.kind !== kind || found.subject !== subject) continue
    const surveys = of && voices.map(voice => of.asked[voice]?.instrument)
    if (surveys && (found.instrument !== surveys[0] || found.other_instrument !== surveys[1])) continue
    const own = figureOf(climate, voices[0], indicator, subject, { instrument: found.instrument })
    const when = kind === 'window' ? found.other_window : climate.window.id
    const other = figureOf(climate, voices[1], indicator, subject, { when, instrument: found.other_instrument })
    if (own?.status !== 'ok' || other?.status !== 'ok') continue
    if (Math.abs(found.value - (own.value! - other.value!)) < SAME) return found
  }
  return null
}

const SAME = 1e-6

/** In English where there is English, else in the first language. */
export const inEnglish = (texts: Readonly<Record<string, string>>): string => texts.en ?? Object.values(texts)[0] ?? ''

/** The newest window of most voices: one that asks few does not hide the survey of all, and a pulse hides none. */
function openingWindow(windows: readonly PublishedWindow[]): PublishedWindow | undefined {
  const surveys = windows.filter(({ isPulse }) => !isPulse)
  const all = surveys.length > 0 ? surveys : windows
  const most = Math.max(...all.map(({ voices }) => voices.length))
  return all.find(({ voices }) => voices.length === most)
}

/** Surveys with more windows than that are pulses. */
const MOST_OF_A_SURVEY = 12

/** Surveys that are asked again and again, by instrument. */
export function pulsesOf(declared: readonly SurveyWindow[]): Set<string> {
  const byInstrument = Map.groupBy(declared, ({ instrument }) => instrument)
  return new Set([...byInstrument].flatMap(([instrument, of]) => (of.length > MOST_OF_A_SURVEY ? [instrument] : [])))
}

function windowsOf(found: readonly ClimateRow[], declared: readonly SurveyWindow[]): PublishedWindow[] {
  const pulses = pulsesOf(declared)
  return [...Map.groupBy(found, row => row.window)]
    .map(([id, of]): PublishedWindow => {
      const named = declared.filter(({ window }) => window === id)
      const days = named.length > 0 ? named : [{ begin: of[0]!.week, end: of[0]!.week }]
      return {
        id,
        begin: days.map(({ begin }) => begin).sort()[0]!,
        end: days
          .map(({ end }) => end)
          .sort()
          .at(-1)!,
        voices: VOICES.filter(voice => of.some(row => row.informant === voice)),
        isPulse: of.every(({ instrument }) => pulses.has(instrument)),
      }
    })
    .sort((a, b) => (a.end > b.end ? -1 : a.end < b.end ? 1 : a.id < b.id ? -1 : 1))
}

/** Parallel questions of several voices are one; those of two surveys of one voice never are. */
function questionsOf(found: readonly z.infer<typeof AskedQuestion>[]): Question[] {
  const questions: Question[] = []
  for (const one of found) {
    const { item, domain, kind, min, max, informant, instrument } = one
    const parallel = questions.find(
      other => other.item === item && other.domain === domain && other.kind === kind && !other.asked[informant],
    )
    if (parallel) parallel.asked[informant] = one
    else {
      const isTaken = questions.some(other => other.item === item)
      questions.push({ key: isTaken ? `${item} ${instrument}` : item, item, domain, kind, min, max, asked: { [informant]: one } }) // prettier-ignore
    }
  }
  return questions
}

const Texts = z
  .string()
  .transform(text => (text === '' ? {} : (JSON.parse(text) as unknown)))
  .pipe(z.record(z.string(), z.string()))
const Labels = z
  .string()
  .transform(text => (text === '' ? {} : (JSON.parse(text) as unknown)))
  .pipe(z.record(z.string(), z.array(z.string())))
const SurveyWindow = z.object({
  instrument: z.string(),
  informant: z.enum(VOICES),
  title: Texts,
  window: z.string(),
  begin: z.string(),
  end: z.string(),
})
const AskedQuestion = z.object({
  instrument: z.string(),
  informant: z.enum(VOICES),
  item: z.string(),
  position: z.number(),
  text: Texts,
  wordings: z.int(),
  domain: z.string(),
  kind: z.string(),
  min: z.int(),
  max: z.int(),
  labels: Labels,
  reverse: z.boolean(),
})
const Nullable = z.number().nullable()
const ScaleFacts = z.object({
  instrument: z.string(),
  scale: z.string(),
  contrary: z.array(z.string()),
  complete: z.int(),
  straight_lined: z.int(),
  alpha: Nullable,
  alpha_lo95: Nullable,
  alpha_hi95: Nullable,
  omega: Nullable,
  icc1: Nullable,
  status: z.string(),
  reason: z.string(),
})
const DifferenceRow = z.object({
  kind: z.string(),
  instrument: z.string(),
  other_instrument: z.string(),
  other_window: z.string(),
  subject: z.string(),
  value: z.number(),
  lo95: z.number(),
  hi95: z.number(),
  q: Nullable,
  limited: z.boolean(),
})

const WINDOWS = sql(new URL('./climate-windows.sql', import.meta.url))
const QUESTIONS = sql(new URL('./climate-questions.sql', import.meta.url))
const SCALES = sql(new URL('./climate-scales.sql', import.meta.url))
const DIFFERENCES = sql(new URL('./climate-differences.sql', import.meta.url))
