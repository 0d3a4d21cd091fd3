import {
  arrowStream,
  boolColumn,
  dictionaryColumn,
  hexColumn,
  hexUint64Column,
  millisecondsColumn,
  nullableFloatColumn,
  textColumn,
  uuidColumn,
} from '../infra/warehouse/arrow-batch.ts'
import { columnsOf, daysColumn, uint64Column, uint8Column } from '../infra/warehouse/columns-of.ts'
import { contentOf, scoreContent, versionOf } from '../infra/warehouse/entry-version.ts'
import { settingsFor, uuidSet } from '../infra/warehouse/uuid-set.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { Score, ScoreEntry } from '../schemas/score.ts'
import type { Placed } from './parse-entries.ts'
import { newTouch } from './touched.ts'
import { EVERY_STUDENT, EVERYTHING, touchScores, type ScoreCohort } from './touched-scores.ts'

type EntryOf<T extends ScoreEntry['type']> = Extract<ScoreEntry, { type: T }>

export type StoredScores = {
  /** Scores that the warehouse did not have, or had with other content. */
  stored: number
  /** Second deliveries of the same content. */
  duplicates: number
}

/**
 * Store entries of the topic `scores` and touch what they change. The last stored entry about a score wins, in whatever
 * order they come; a second delivery of the same content touches nothing. Safe to repeat: a batch that was cut off anywhere
 * gives the same rows and touches.
 */
export async function storeScores(warehouse: Warehouse, batch: readonly Placed<ScoreEntry>[]): Promise<StoredScores> {
  const of = <T extends ScoreEntry['type']>(type: T) =>
    batch.flatMap(({ value }) => (value.type === type ? [value as EntryOf<T>] : []))
  const rows = batch.flatMap(({ value, position }) =>
    value.type === 'score' || value.type === 'withdrawal' ? [rowOf(value, position)] : [],
  )
  const changed = await changedIn(warehouse, rows)
  const [items, terms, lists] = [of('item'), of('term'), of('list')]
  if (rows.length > 0) {
    await warehouse.insertArrow('score_firsts', firstsStream(rows))
    await warehouse.insertArrow('scores', scoresStream(rows))
  }
  if (items.length > 0) await warehouse.insertArrow('score_items', itemsStream(items))
  if (terms.length > 0) await warehouse.insert('score_terms', terms.map(termRow))
  if (lists.length > 0) await warehouse.insertArrow('score_lists', listsStream(lists))
  const cohorts = [
    ...changed.filter(({ deleted }) => !deleted).map(({ score }) => cohortOf(score)),
    ...(await cohortsLeft(
      warehouse,
      changed.map(({ score }) => score.id),
    )),
  ]
  const isAll = items.length + terms.length + lists.length > 0
  await touchScores(warehouse, isAll ? [...cohorts, EVERYTHING] : cohorts, newTouch())
  return { stored: changed.length, duplicates: rows.length - changed.length }
}

/** A score as it is stored; of one that was taken back only id and source are known. */
type Row = { score: Score; deleted: boolean; position: string; content: string; ver: bigint }
type KnownScore = ScoreCohort & { content: string; position: string }

function rowOf(entry: EntryOf<'score' | 'withdrawal'>, position: string): Row {
  const deleted = entry.type === 'withdrawal'
  const score = deleted ? withdrawn(entry) : entry
  const content = scoreContent(score, deleted)
  return { score, deleted, position, content: content.slice(0, 16), ver: versionOf(score.storedAt, content) }
}

function withdrawn({ id, source, storedAt }: EntryOf<'withdrawal'>): Score {
  const nothing = { test: '', subject: '', window: '', grade: '', score: null, counts: false, list: '' }
  const nobody = { student: EVERY_STUDENT, date: '1970-01-01', kind: 'assessment' as const }
  return { type: 'score', id, source, storedAt, ...nothing, ...nobody }
}

const cohortOf = ({ test, subject, window, student }: ScoreCohort): ScoreCohort => ({ test, subject, window, student })
const isSame = (a: ScoreCohort, b: ScoreCohort): boolean =>
  a.test === b.test && a.subject === b.subject && a.window === b.window && a.student === b.student

/**
 * The rows that say something new. The cohorts that their scores leave are written down first: after the scores are stored,
 * nobody could tell them any more.
 */
async function changedIn(warehouse: Warehouse, rows: readonly Row[]): Promise<Row[]> {
  const known = await knownScores(warehouse, [...new Set(rows.map(({ score }) => score.id))])
  const changed: Row[] = []
  const left: (ScoreCohort & { id: string })[] = []
  for (const row of rows) {
    const { id } = row.score
    const before = known.get(id)
    // The same place in the log is a repeated batch: its touches may not have been stored.
    if (before?.content === row.content && before.position !== row.position) continue
    changed.push(row)
    if (before !== undefined && before.student !== EVERY_STUDENT && (row.deleted || !isSame(before, row.score)))
      left.push({ id, ...cohortOf(before) })
    known.set(id, { ...cohortOf(row.score), content: row.content, position: row.position })
  }
  if (left.length > 0) await warehouse.insertArrow('score_cohorts_left', leftStream(left))
  return changed
}

async function knownScores(warehouse: Warehouse, ids: readonly string[]): Promise<Map<string, KnownScore>> {
  if (ids.length === 0) return new Map()
  const found = await warehouse.query<KnownScore & { id: string }>(
    `select toString(score_id) as id, leftPad(lower(hex(content)), 16, '0') as content, position, test, subject, window,
       lower(hex(student_id)) as student
     from scores where score_id in ${uuidSet(ids)} order by ver desc limit 1 by score_id`,
    {},
    settingsFor(ids),
  )
  return new Map(found.map(({ id, ...score }) => [id, score]))
}

async function cohortsLeft(warehouse: Warehouse, ids: readonly string[]): Promise<ScoreCohort[]> {
  if (ids.length === 0) return []
  return await warehouse.query<ScoreCohort>(
    `select distinct test, subject, window, lower(hex(student_id)) as student from score_cohorts_left
     where score_id in ${uuidSet(ids)}`,
    {},
    settingsFor(ids),
  )
}

function leftStream(left: readonly (ScoreCohort & { id: string })[]): Uint8Array {
  const column = columnsOf(left)
  return arrowStream(left.length, [
    column(uuidColumn, 'score_id', x => x.id),
    column(hexColumn, 'student_id', x => x.student),
    column(dictionaryColumn, 'test', x => x.test),
    column(dictionaryColumn, 'subject', x => x.subject),
    column(dictionaryColumn, 'window', x => x.window),
  ])
}

function firstsStream(rows: readonly Row[]): Uint8Array {
  const column = columnsOf(rows)
  return arrowStream(rows.length, [
    column(uuidColumn, 'score_id', x => x.score.id),
    column(hexUint64Column, 'content', x => x.content),
    column(millisecondsColumn, 'stored_at', x => Date.parse(x.score.storedAt)),
  ])
}

function scoresStream(rows: readonly Row[]): Uint8Array {
  const column = columnsOf(rows)
  return arrowStream(rows.length, [
    column(uuidColumn, 'score_id', x => x.score.id),
    column(hexColumn, 'student_id', x => x.score.student),
    column(dictionaryColumn, 'kind', x => x.score.kind),
    column(dictionaryColumn, 'test', x => x.score.test),
    column(dictionaryColumn, 'subject', x => x.score.subject),
    column(dictionaryColumn, 'window', x => x.score.window),
    column(dictionaryColumn, 'grade', x => x.score.grade),
    column(daysColumn, 'day', x => Date.parse(`${x.score.date}T00:00:00Z`) / 86_400_000),
    column(nullableFloatColumn, 'score', x => x.score.score),
    column(nullableFloatColumn, 'csem', x => x.score.csem ?? null),
    column(nullableFloatColumn, 'percentile', x => x.score.percentile ?? null),
    column(dictionaryColumn, 'level', x => x.score.level ?? ''),
    column(boolColumn, 'counts', x => x.score.counts),
    column(textColumn, 'school_id', x => x.score.school ?? ''),
    column(hexColumn, 'teacher_id', x => x.score.teacher ?? EVERY_STUDENT),
    column(textColumn, 'item_id', x => x.score.item ?? ''),
    column(textColumn, 'scale_id', x => x.score.scale ?? ''),
    column(textColumn, 'list', x => x.score.list),
    column(dictionaryColumn, 'source', x => x.score.source),
    column(millisecondsColumn, 'stored_at', x => Date.parse(x.score.storedAt)),
    column(hexUint64Column, 'content', x => x.content),
    column(textColumn, 'position', x => x.position),
    column(uint64Column, 'ver', x => x.ver),
    column(uint8Column, 'deleted', x => x.deleted),
  ])
}

function itemsStream(items: readonly EntryOf<'item'>[]): Uint8Array {
  const column = columnsOf(items)
  return arrowStream(items.length, [
    column(dictionaryColumn, 'source', x => x.source),
    column(textColumn, 'item_id', x => x.id),
    column(dictionaryColumn, 'kind', x => x.kind),
    column(textColumn, 'title', x => x.title),
    column(textColumn, 'category_id', x => x.category),
    column(textColumn, 'class_id', x => x.class),
    column(textColumn, 'session_id', x => x.period),
    column(textColumn, 'scale_id', x => x.scale),
    column(nullableFloatColumn, 'low', x => x.min),
    column(nullableFloatColumn, 'high', x => x.max),
    column(uint64Column, 'ver', versionOfEntry),
    column(uint8Column, 'deleted', x => x.status === 'deleted'),
  ])
}

function listsStream(lists: readonly EntryOf<'list'>[]): Uint8Array {
  const column = columnsOf(lists)
  return arrowStream(lists.length, [
    column(dictionaryColumn, 'source', x => x.source),
    column(textColumn, 'list', x => x.id),
    column(millisecondsColumn, 'since', x => Date.parse(x.since)),
  ])
}

function termRow(term: EntryOf<'term'>): object {
  const { source, of: kind, id, title, values, status } = term
  const ver = String(versionOfEntry(term))
  return { source, kind, term_id: id, title, values, ver, deleted: status === 'deleted' ? 1 : 0 }
}

const versionOfEntry = (entry: EntryOf<'item' | 'term'>): bigint => versionOf(entry.storedAt, contentOf(entry))
