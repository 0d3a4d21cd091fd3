import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadFiles, type LoadDeps, type LoadSummary } from '../../ingest/load/load.ts'
import { Mapping } from '../../ingest/load/mapping.ts'
import { rowsTogether } from '../../ingest/load/rows-together.ts'
import type { TableRow } from '../../ingest/load/table.ts'
import { HeldIntake } from '../../ingest/held-intake.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { deadLetterKey, decrypt } from '../../infra/seal.ts'
import { tryAgain } from '../../ingest/redrive-doors.ts'
import type { StoredRecords } from '../../ingest/record-ids.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

let ingest: Ingest
let folder: string
beforeEach(async () => {
  ingest = await startIngest()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-mapping-'))
})
afterEach(async () => {
  await ingest.close()
  await rm(folder, { recursive: true, force: true })
})

const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')
const idOf = (name: string): string => pseudonymise('sourcedId', name)

type Block = Record<string, unknown>
const STUDENT = { id: '{student}', idType: 'sourcedId', role: 'student' }
const BLOCK: Block = { files: ['log.csv'], time: { text: '{at}' }, kind: 'met', participants: [STUDENT] }

async function load(block: Block, csv: string, deps: Partial<LoadDeps> = {}): Promise<LoadSummary> {
  const mapping = { source: 'log', interactions: [{ ...BLOCK, ...block }] }
  await writeFile(join(folder, 'mapping.json'), JSON.stringify(mapping))
  await writeFile(join(folder, 'log.csv'), csv)
  const common = { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => NOW }
  return loadFiles([join(folder, 'mapping.json')], { ...common, ...deps })
}

const times = async (): Promise<string[]> => (await ingest.records()).map(({ occurredAt }) => occurredAt)

test.each([
  ['y-m-d', '2026-02-27', '', '2026-02-27T17:00:00.000Z'],
  ['m/d/y', '2/27/2026', '2:05 PM', '2026-02-27T19:05:00.000Z'],
  ['m/d/y', '2/27/2026', '12:30 am', '2026-02-27T05:30:00.000Z'],
  ['m/d/y', '2/27/26 2:05 PM', '', '2026-02-27T19:05:00.000Z'],
  ['d/m/y', '27.02.2026', '14:05', '2026-02-27T19:05:00.000Z'],
  ['y-m-d', '2025-07-01T14:05:10', '', '2025-07-01T18:05:10.000Z'],
  ['yyyymmdd', '20260227', '8:15', '2026-02-27T13:15:00.000Z'],
])('a local date written %s as %s, at "%s", is %s', async (dateFormat, date, at, instant) => {
  const csv = `day,clock,student\n${date},${at},s-1\n`
  await load({ time: { date: '{day}', dateFormat, at: '{clock}' } }, csv)
  expect(await times()).toEqual([instant])
})

test.each(['2/30/2026', '27/02/2026', '2/27/2026 25:00', '2/27/2026 2:05 XM', 'Friday'])(
  'a date that reads %s is a dead letter',
  async date => {
    const csv = `day,student\n${date},s-1\n`
    expect(await load({ time: { date: '{day}', dateFormat: 'm/d/y' } }, csv)).toMatchObject({ stored: 0, dead: 1 })
  },
)

test('a time without a zone is refused, not taken for another one', async () => {
  const csv = 'at,student\n2026-02-27T14:05:00,s-1\n2026-02-27T14:05:00-05:00,s-1\n'
  expect(await load({}, csv)).toMatchObject({ stored: 1, dead: 1 })
  expect(await times()).toEqual(['2026-02-27T19:05:00.000Z'])
})

test('where begin and end are told, the duration follows; an end before the begin is a dead letter', async () => {
  const csv =
    'day,from,to,student\n2/27/2026,2:00 PM,2:25 PM,s-1\n2/27/2026,2:30 PM,2:25 PM,s-1\n2/27/2026,2:25 PM,2:25 PM,s-2\n'
  const at = (column: string): object => ({ date: '{day}', dateFormat: 'm/d/y', at: `{${column}}` })
  expect(await load({ time: at('to'), began: at('from') }, csv)).toMatchObject({ stored: 2, dead: 1 })
  const [first, second] = (await ingest.records()).sort((a, b) => (b.durationMs ?? 0) - (a.durationMs ?? 0))
  expect(first).toMatchObject({ durationMs: 25 * 60_000, occurredAt: '2026-02-27T19:25:00.000Z' })
  expect(second).not.toHaveProperty('durationMs')
})

test('several people in one field are parted, and a field of somebody who need not be there may be empty', async () => {
  const participants = [
    { id: '{tutor}', idType: 'email', role: 'tutor' },
    { id: '{students}', idType: 'sourcedId', role: 'student', separator: ';' },
    { id: '{second}', idType: 'email', role: 'teacher', optional: true },
  ]
  const csv =
    'at,tutor,students,second\n2026-02-27T14:05:00Z,t@example.org,s-1; s-2 ;;s-3,\n2026-02-27T14:05:00Z,t@example.org,,\n'
  expect(await load({ participants }, csv)).toMatchObject({ stored: 1, dead: 1 })
  const [record] = await ingest.records()
  expect(record!.counterparts.map(({ id }) => id).sort()).toEqual(['s-1', 's-2', 's-3'].map(idOf).sort())
})

test('a row that is no event is counted under its reason', async () => {
  const leaveOut = { from: '{state}', map: { cancelled: 'sessions that were called off', 'no show': 'nobody came' } }
  const row = (state: string): string => `2026-02-27T14:05:00Z,s-1,${state}\n`
  const summary = await load({ leaveOut }, `at,student,state\n${['held', 'cancelled', 'no show'].map(row).join('')}`)
  expect(summary).toMatchObject({ read: 3, stored: 1, dead: 0, nobody: 2 })
  expect(summary.files[0]!.nobody).toEqual({ 'sessions that were called off': 1, 'nobody came': 1 })
})

test('a code that the mapping does not have is told, not called missing', async () => {
  const kind = { from: '{code}', map: { A: 'absent', P: 'attended', '-': '' } }
  const csv = 'at,student,code\n2026-02-27T14:05:00Z,s-1,A\n2026-02-27T14:05:00Z,s-1,QX\n'
  const summary = await load({ kind }, csv)
  expect(summary).toMatchObject({ stored: 1, dead: 1 })
  expect(summary.faults.first[0]).toMatchObject({ field: 'kind', rule: 'allowed' })
  expect(summary.faults.first[0]!.got).not.toBe('missing')
})

const TEAM: Block = {
  together: ['{team}', '{at}'],
  kind: 'collaborated',
  team: '{team}',
  participants: [STUDENT, { id: '{lead}', idType: 'sourcedId', role: 'teacher', optional: true }],
}
const HEADER = 'team,at,student,lead\n'
const member = (team: string, student: string, lead = ''): string => `${team},2026-02-27T14:05:00Z,${student},${lead}\n`

test('rows of one team are one event of all of them, wherever in the file they stand', async () => {
  const csv = HEADER + member('a', 's-1', 't-1') + member('b', 's-3') + member('a', 's-2', 't-1') + member('b', 's-4')
  expect(await load(TEAM, csv)).toMatchObject({ read: 4, stored: 4, dead: 0, records: 2 })
  const records = await ingest.records()
  const [first] = records.filter(({ team }) => team === 'a')
  expect([first!.actor, ...first!.counterparts].map(({ id }) => id).sort()).toEqual(
    ['s-1', 's-2', 't-1'].map(idOf).sort(),
  )
  expect(records.filter(({ team }) => team === 'b')).toMatchObject([
    { mode: 'peer', counterparts: [{ role: 'student' }] },
  ])
})

test('who was not there is no part of the event', async () => {
  const leaveOut = { from: '{lead}', map: { absent: 'students who were not there' } }
  const csv = HEADER + member('a', 's-1') + member('a', 's-2', 'absent') + member('a', 's-3')
  const block = { ...TEAM, leaveOut, participants: [STUDENT] }
  expect(await load(block, csv)).toMatchObject({ read: 3, stored: 2, nobody: 1, records: 1 })
  expect((await ingest.records())[0]!.counterparts).toHaveLength(1)
})

test('an event of rows that is stored already is as many duplicates as it has rows', async () => {
  const csv = HEADER + member('a', 's-1') + member('a', 's-2') + member('b', 's-3')
  await load(TEAM, csv)
  const known = new Map((await ingest.records()).map(({ id, hash }) => [id, hash]))
  const hashes = async (ids: readonly string[]) => new Map([...known].filter(([id]) => ids.includes(id)))
  const stored: Pick<StoredRecords, 'hashes'> = { hashes }
  expect(await load(TEAM, csv, { stored: stored as StoredRecords })).toMatchObject({
    read: 3,
    stored: 0,
    duplicate: 3,
    dead: 0,
    records: 0,
  })
})

test('a bad row of an event keeps its others waiting, one letter has them all, and the corrected file stores them', async () => {
  const csv = (second: string): string => HEADER + member('a', 's-1') + member('a', second) + member('b', 's-3')
  const summary = await load(TEAM, csv(''))
  expect(summary).toMatchObject({ read: 3, stored: 1, dead: 2, records: 1 })
  expect(summary.faults.first).toMatchObject([{ row: '3', field: 'participants[0].id' }])
  expect(summary.faults.first[0]!.consequence).toContain('nor do the 1 others of its event')
  expect(await ingest.deadLetters()).toHaveLength(1)
  expect(await load(TEAM, csv('s-2'))).toMatchObject({ dead: 0 })
  expect((await ingest.records()).find(({ team }) => team === 'a')!.counterparts).toHaveLength(1)
})

test('an event is the same record in whichever order its rows stand, and in whichever load', async () => {
  const rows = ['s-1', 's-2', 's-3'].flatMap(student => [member('a', student, 't-1'), member('b', student)])
  const shapes = fc.sample(fc.shuffledSubarray(rows, { minLength: rows.length }), { numRuns: 6, seed: 20260302 })
  for (const order of shapes) await load(TEAM, HEADER + order.join(''))
  const found = new Set((await ingest.records()).map(({ id, hash, actor }) => `${id} ${hash} ${actor.id}`))
  expect(found.size).toBe(2)
})

test('rows of one event that lie too far apart are two, and the second is a contradiction that is told', async () => {
  const row = (k: string, i: number): TableRow => ({ row: i, place: `row ${i}`, text: `${k}${i}`, values: { k } })
  const rows = (async function* () {
    for (const [i, k] of ['a', 'b', 'a', 'c', 'd', 'a'].entries()) yield row(k, i)
  })()
  const found: string[] = []
  for await (const { text, others = [] } of rowsTogether(rows, { key: ['{k}'] }, 3))
    found.push([text, ...others.map(other => other.text)].join(' '))
  expect(found).toEqual(['a0 a2', 'b1', 'c3', 'd4', 'a5'])
  await load(TEAM, HEADER + member('a', 's-1') + member('a', 's-2'))
  const [{ id, hash } = { id: '', hash: '' }] = await ingest.records()
  const stored: Pick<StoredRecords, 'hashes'> = { hashes: async () => new Map([[id, hash]]) }
  const summary = await load(TEAM, HEADER + member('a', 's-3'), { stored: stored as StoredRecords })
  expect(summary).toMatchObject({ stored: 0, dead: 1 })
  expect(summary.faults.first).toMatchObject([{ rule: 'unique', field: 'id' }])
})

test('a letter with the rows of an event is redriven as one event, once its mapping is mended', async () => {
  const participants = [{ id: '{student}', idType: 'sourcedId', role: 'studnet' }]
  expect(await load({ ...TEAM, participants }, HEADER + member('a', 's-1') + member('a', 's-2'))).toMatchObject({
    dead: 2,
  })
  const [letter] = await ingest.deadLetters()
  const [month, sealed] = letter!.original.split('.')
  const text = decrypt(deadLetterKey(SECRETS.deadLetterSecret, month!), sealed!)
  const intake = new HeldIntake({ log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => NOW })
  const mappings = [Mapping.parse({ source: 'log', interactions: [{ ...BLOCK, ...TEAM }] })]
  expect(await tryAgain(letter!, text, intake, { homePage: null, mappings })).toBe('given')
  await intake.release(intake.take())
  expect((await ingest.records()).map(({ counterparts }) => counterparts.length)).toEqual([1])
})

test('a row without what would put it together with others is a dead letter', async () => {
  expect(await load(TEAM, HEADER + member('', 's-1') + member('a', 's-2'))).toMatchObject({ stored: 1, dead: 1 })
})
