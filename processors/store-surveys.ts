import {
  arrowStream,
  dictionaryColumn,
  dictionaryListColumn,
  hexColumn,
  millisecondsColumn,
  nullableFloatColumn,
  textColumn,
  uuidColumn,
} from '../infra/warehouse/arrow-batch.ts'
import { columnsOf, daysColumn, uint64Column, uint8Column } from '../infra/warehouse/columns-of.ts'
import { contentOf, versionOf } from '../infra/warehouse/entry-version.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { NOBODY, type Day } from '../schemas/record.ts'
import type { Instrument, ResponseEntry, SurveyEntry } from '../schemas/survey.ts'
import { touchStages } from './touched-stages.ts'

type EntryOf<Type extends SurveyEntry['type']> = Extract<SurveyEntry, { type: Type }>

/** Inserted at once; each has as many answers as its survey has items. */
const RESPONSES = 2000

/**
 * Store instruments, responses and exports. Of each instrument version, response and answer the last stored entry wins, in
 * whatever order they come. Which responses count is decided when they are read (`survey_responses_counted`).
 *
 * The windows that are reached wait for the stage `climate`, after everything is stored.
 */
export async function storeSurveys(warehouse: Warehouse, entries: readonly SurveyEntry[]): Promise<void> {
  const of = <Type extends SurveyEntry['type']>(type: Type): EntryOf<Type>[] =>
    entries.filter((entry): entry is EntryOf<Type> => entry.type === type)
  const [instruments, responses, exports] = [of('instrument'), of('response'), of('export')]
  if (instruments.length > 0) await warehouse.insert('survey_instruments', instruments.map(instrumentRow))
  for (let from = 0; from < responses.length; from += RESPONSES) {
    const some = responses.slice(from, from + RESPONSES)
    // Answers first: a response that is there has its answers.
    await warehouse.insertArrow('survey_answers', answersStream(some))
    await warehouse.insertArrow('survey_responses', responsesStream(some))
  }
  if (exports.length > 0) await warehouse.insert('survey_exports', exports.map(exportRow))
  await touchStages(
    warehouse,
    ['climate'],
    await weeksOf(warehouse, [...instruments.flatMap(windowsOf), ...responses, ...exports]),
  )
}

type WindowOf = { instrument: string; window: string }

const windowsOf = ({ definition }: EntryOf<'instrument'>): WindowOf[] =>
  definition.windows.map(({ id }) => ({ instrument: definition.instrument, window: id }))

/** The weeks of the last days of windows: Mondays. A window of which no instrument is known yet waits for that. */
async function weeksOf(warehouse: Warehouse, windows: readonly WindowOf[]): Promise<Day[]> {
  if (windows.length === 0) return []
  const named = new Set(windows.map(({ instrument, window }) => JSON.stringify([instrument, window])))
  const pairs = [...named].map(name => JSON.parse(name) as [string, string])
  const found = await warehouse.query<{ week: Day }>(
    `select distinct toString(toMonday(day_after - 1)) as week
     from survey_instruments final array join window.id as name, window.end_day as day_after
     where (instrument, name) in arrayZip({instruments:Array(String)}, {windows:Array(String)})`,
    { instruments: pairs.map(([instrument]) => instrument), windows: pairs.map(([, window]) => window) },
  )
  return found.map(({ week }) => week)
}

function instrumentRow(entry: EntryOf<'instrument'>): object {
  const { instrument, version, title, informant, languages, items, windows } = entry.definition
  const scales = items.map(item => scaleOf(item, entry.definition))
  return {
    instrument,
    version,
    title: JSON.stringify(title),
    informant,
    languages,
    'item.id': items.map(({ id }) => id),
    'item.text': items.map(({ text }) => JSON.stringify(text)),
    'item.domain': items.map(({ domain }) => domain),
    'item.kind': items.map(({ scale }) => (scale === undefined ? 'text' : 'scale')),
    'item.min': scales.map(({ min }) => min),
    'item.max': scales.map(({ max }) => max),
    'item.labels': scales.map(({ labels }) => JSON.stringify(labels)),
    'item.reverse': items.map(({ reverse }) => reverse),
    'item.optional': items.map(({ optional }) => optional),
    'window.id': windows.map(({ id }) => id),
    'window.begin_day': windows.map(({ begin }) => begin),
    'window.end_day': windows.map(({ end }) => end),
    definition: JSON.stringify(entry.definition),
    source: entry.source,
    ver: String(versionOf(entry.storedAt, contentOf(entry))),
    deleted: entry.status === 'deleted' ? 1 : 0,
  }
}

const scaleOf = ({ scale }: Instrument['items'][number], { scales }: Instrument) =>
  (scale === undefined ? undefined : scales[scale]) ?? { min: 0, max: 0, labels: {} }

function exportRow({ source, instrument, window, since }: EntryOf<'export'>): object {
  return { source, instrument, window, since, ver: Date.parse(since) }
}

function responsesStream(responses: readonly ResponseEntry[]): Uint8Array {
  const column = columnsOf(responses)
  return arrowStream(responses.length, [
    column(dictionaryColumn, 'instrument', x => x.instrument),
    column(uuidColumn, 'response_id', x => x.id),
    column(dictionaryColumn, 'version', x => x.version),
    column(dictionaryColumn, 'window', x => x.window),
    column(hexColumn, 'person_id', x => x.respondent ?? NOBODY),
    column(hexColumn, 'student_id', x => x.student ?? NOBODY),
    column(dictionaryColumn, 'role', x => x.role),
    column(dictionaryColumn, 'school_id', x => x.school),
    column(dictionaryColumn, 'grade', x => x.grade),
    column(textColumn, 'groups', x => JSON.stringify(x.groups)),
    column(dictionaryColumn, 'language', x => x.language),
    column(daysColumn, 'local_day', x => Date.parse(`${x.day}T00:00:00Z`) / 86_400_000),
    column(millisecondsColumn, 'answered_at', x => (x.answeredAt === null ? 0 : Date.parse(x.answeredAt))),
    column(dictionaryListColumn, 'not_asked', x => x.notAsked),
    column(dictionaryColumn, 'source', x => x.source),
    column(millisecondsColumn, 'stored_at', x => Date.parse(x.storedAt)),
    column(uint64Column, 'ver', x => versionOf(x.storedAt, x.hash)),
    column(uint8Column, 'deleted', x => x.status === 'deleted'),
  ])
}

function answersStream(responses: readonly ResponseEntry[]): Uint8Array {
  const rows = responses.flatMap(response => response.answers.map(answer => ({ response, answer })))
  const column = columnsOf(rows)
  return arrowStream(rows.length, [
    column(dictionaryColumn, 'instrument', x => x.response.instrument),
    column(uuidColumn, 'response_id', x => x.response.id),
    column(dictionaryColumn, 'item_id', x => x.answer.item),
    column(hexColumn, 'person_id', x => x.response.respondent ?? NOBODY),
    column(hexColumn, 'student_id', x => x.response.student ?? NOBODY),
    column(dictionaryColumn, 'state', x => x.answer.state),
    column(nullableFloatColumn, 'value', x => x.answer.value ?? null),
    column(textColumn, 'sealed_text', x => x.answer.text ?? ''),
    column(uint64Column, 'ver', x => versionOf(x.response.storedAt, x.response.hash)),
  ])
}
