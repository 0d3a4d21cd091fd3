import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lookUpVerbs } from '../../infra/commands/doctor-verbs.ts'
import { find } from '../../infra/commands/doctor.ts'
import type { EventLog, LogAdmin } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { NO_VOCABULARY, readVocabulary, type Vocabulary } from '../../infra/vocabulary/vocabulary.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { forgetDerived } from '../../processors/replay.ts'
import { isCaughtUp, startProcessor } from '../../processors/run.ts'
import type { LearningRecord } from '../../schemas/record.ts'
import { aRecord, person, store, ZONE } from '../helpers/records.ts'
import { until } from '../helpers/until.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'

const emptied = emptiedWarehouse()

const JUGGLED = 'https://example.org/verbs/juggled'
const WATCHED = 'https://example.org/verbs#Watched'
const CLUB = 'https://example.org/types/club'
const COMPLETED = 'http://adlnet.gov/expapi/verbs/completed'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-verbs-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function vocabularyOf(name: string, text: string): Promise<Vocabulary> {
  const path = join(folder, name)
  await writeFile(path, text)
  return readVocabulary(path)
}

const unmapped = (verb: string, rest: Partial<Parameters<typeof aRecord>[0]> = {}): LearningRecord =>
  aRecord({ kind: 'other', verb, ...rest })

test('unknown verbs are listed, the most frequent first, with when and from where they came', async () => {
  const warehouse = await emptied()
  await store(warehouse, [
    unmapped(JUGGLED, { source: 'lms', storedAt: '2026-03-05T08:00:00.000Z' }),
    unmapped(JUGGLED, { source: 'forum', storedAt: '2026-03-04T08:00:00.000Z', others: ['ben', 'cleo'] }),
    unmapped(WATCHED, { objectType: CLUB }),
    aRecord(),
  ])
  const { unknown, more, awaitReplay } = await lookUpVerbs(warehouse, NO_VOCABULARY)
  expect({ more, awaitReplay }).toEqual({ more: 0, awaitReplay: 0 })
  expect(unknown).toEqual([
    {
      verb: JUGGLED,
      activityType: '',
      records: 2,
      firstSeen: '2026-03-04T08:00:00Z',
      lastSeen: '2026-03-05T08:00:00Z',
      sources: ['forum', 'lms'],
      line: `${JUGGLED},,KIND`,
    },
    // The word is that of a verb of ours; the type is left out, because the verb comes with one only.
    expect.objectContaining({ verb: WATCHED, activityType: CLUB, records: 1, line: `${WATCHED},,viewed` }),
  ])
})

test('the line is in the format of the file, with the type where the verb has several', async () => {
  const warehouse = await emptied()
  await store(warehouse, [
    unmapped(WATCHED, { objectType: CLUB }),
    unmapped(WATCHED, { objectType: 'urn:a,b' }),
    unmapped(WATCHED),
  ])
  const lines = async (vocabulary: Vocabulary): Promise<string[]> =>
    (await lookUpVerbs(warehouse, vocabulary)).unknown.map(({ line }) => line).sort()
  const columns = await vocabularyOf('lines.csv', 'profile,kind,verb,mode,activityType\n')
  expect(await lines(columns)).toEqual([
    `,viewed,${WATCHED},,`,
    `,viewed,${WATCHED},,"urn:a,b"`,
    `,viewed,${WATCHED},,${CLUB}`,
  ])
  expect(await lines(await vocabularyOf('lines.json', '[]'))).toEqual([
    `{"verb":"${WATCHED}","activityType":"${CLUB}","kind":"viewed"}`,
    `{"verb":"${WATCHED}","activityType":"urn:a,b","kind":"viewed"}`,
    `{"verb":"${WATCHED}","kind":"viewed"}`,
  ])
})

test('fifty verbs are listed, the others counted', async () => {
  const warehouse = await emptied()
  await store(
    warehouse,
    Array.from({ length: 53 }, (_, i) => unmapped(`urn:verb:${i}`)),
  )
  const { unknown, more } = await lookUpVerbs(warehouse, NO_VOCABULARY)
  expect({ listed: unknown.length, more }).toEqual({ listed: 50, more: 3 })
  const findings = await find({ warehouse, vocabulary: NO_VOCABULARY })
  expect(findings.filter(({ verb }) => verb !== undefined)).toHaveLength(50)
  const sentences = findings.map(({ sentence }) => sentence).join('\n')
  expect(sentences).toContain('3 more verbs that nothing maps')
  expect(sentences).toContain(
    'put the lines into a file with the header verb,activityType,kind, and name it in HOMEROOM_VOCABULARY',
  )
})

test('a district without unknown verbs hears nothing of them', async () => {
  const warehouse = await emptied()
  await store(warehouse, [aRecord()])
  const findings = await find({ warehouse, vocabulary: NO_VOCABULARY })
  expect(findings.filter(({ what }) => what.includes('verbs'))).toEqual([])
})

test('the line that doctor prints is taken, and a replay gives the old records their kind', async () => {
  const warehouse = await emptied()
  const log = await openLog({ data: folder, district: 'verbs', kafka: null })
  try {
    await log.createTopics()
    const records = [
      unmapped(WATCHED, { durationMs: 600_000 }),
      aRecord({ kind: 'completed', mode: 'individual', verb: COMPLETED, at: '2026-03-03T10:00:00-05:00' }),
    ]
    await log.append(
      'records',
      records.map(record => ({ key: record.actor.id, value: JSON.stringify(record) })),
    )
    await process(log, warehouse, NO_VOCABULARY)
    expect(await kinds(warehouse)).toEqual(['completed', 'other'])
    expect(await learningDays(warehouse)).toEqual(['2026-03-03'])

    const { line } = (await lookUpVerbs(warehouse, NO_VOCABULARY)).unknown[0]!
    const text = `${NO_VOCABULARY.columns!.join(',')}\n${line}\n${COMPLETED},,noted\n`
    const vocabulary = await vocabularyOf('lines.csv', text)
    expect(await lookUpVerbs(warehouse, vocabulary)).toEqual({ unknown: [], more: 0, awaitReplay: 2 })
    expect((await find({ warehouse, vocabulary })).map(({ sentence }) => sentence).join()).toContain(
      '2 records were stored before the line that maps their verb; homeroom replay',
    )

    await forgetDerived(warehouse, log)
    await process(log, warehouse, vocabulary)
    expect(await kinds(warehouse)).toEqual(['noted', 'viewed'])
    expect(await learningDays(warehouse)).toEqual(['2026-03-02'])
    expect(await lookUpVerbs(warehouse, vocabulary)).toEqual({ unknown: [], more: 0, awaitReplay: 0 })
  } finally {
    await log.close()
  }
})

async function process(log: EventLog & LogAdmin, warehouse: Warehouse, vocabulary: Vocabulary): Promise<void> {
  const failures: unknown[] = []
  const config = { timeZone: ZONE, district: 'verbs' }
  const processor = await startProcessor({ log, warehouse, config, vocabulary, onError: error => failures.push(error) })
  await until(() => isCaughtUp(log, warehouse), 'everything is stored and computed')
  await processor.stop()
  expect(failures).toEqual([])
}

async function kinds(warehouse: Warehouse): Promise<string[]> {
  const rows = await warehouse.query<{ kind: string }>('select kind from events final order by kind')
  return rows.map(({ kind }) => kind)
}

async function learningDays(warehouse: Warehouse): Promise<string[]> {
  const rows = await warehouse.query<{ days: string[] }>(
    'select learning_days as days from student_week final where not deleted and student_id = unhex({ada:String})',
    { ada: person('ada') },
  )
  return rows.flatMap(({ days }) => days)
}
