import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FROZEN } from '../../infra/warehouse/engine/freeze.ts'
import { isReading } from '../../infra/warehouse/engine/standstill.ts'
import { startEngine, type Engine } from '../../infra/warehouse/engine/start-engine.ts'

let data: string
let other: string
let engine: Engine
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'homeroom-freeze-a-'))
  other = await mkdtemp(join(tmpdir(), 'homeroom-freeze-b-'))
  engine = (await startEngine(data, null))!
}, 60_000)
afterAll(async () => {
  await engine.stop()
  await Promise.all([data, other].map(folder => rm(folder, { recursive: true, force: true })))
})

async function ask(sql: string, at = engine, path = '/'): Promise<string> {
  const authorization = `Basic ${Buffer.from(`default:${at.address.password}`).toString('base64')}`
  const url = `http://127.0.0.1:${at.address.port}${path}`
  const answer = await fetch(url, { method: 'POST', body: sql, headers: { authorization } })
  return `${answer.status} ${(await answer.text()).trim()}`
}

test('what is frozen is the moment between the writes before and those after, whole', { timeout: 60_000 }, async () => {
  await ask('create database d')
  await ask('create table d.t (x UInt32) engine = ReplacingMergeTree order by x partition by x % 3')
  await ask('create table d.empty (x UInt32) engine = ReplacingMergeTree order by x')
  await ask('create view d.v as select x from d.t where x < 5')
  const ended: string[] = []
  const during = async (name: string, work: Promise<string>): Promise<void> => {
    expect(await work).toMatch(/^200/)
    ended.push(name)
  }
  // Each row takes 10 ms: it is under way when the freeze is asked for.
  const before = during(
    'before',
    ask('insert into d.t select number + sleepEachRow(0.01) from numbers(100) settings max_block_size = 5'),
  )
  await expect
    .poll(() => ask("select count() from system.processes where query like '%insert into d.t%'"))
    .not.toBe('200 1')
  const freezing = during('freeze', ask('', engine, '/freeze?name=one'))
  const after = during('after', ask('insert into d.t values (1000)'))
  const reading = during('reading', ask('select count() from d.t'))
  await Promise.all([before, freezing, after, reading])
  expect(ended).toEqual(['reading', 'before', 'freeze', 'after'])
  expect(await ask('select count(), max(x) from d.t')).toBe('200 101\t1000')

  await cp(join(data, FROZEN, 'one'), join(other, 'engine', 'store'), { recursive: true, verbatimSymlinks: true })
  const restored = (await startEngine(other, null))!
  try {
    expect(await ask('select count(), max(x) from d.t', restored)).toBe('200 100\t99')
    expect(await ask('select count() from d.v', restored)).toBe('200 5')
    expect(await ask('select count() from d.empty', restored)).toBe('200 0')
    await ask('insert into d.t values (7), (8)', restored)
    await ask('optimize table d.t final', restored)
    expect(await ask('select count() from d.t', restored)).toBe('200 100')
  } finally {
    await restored.stop()
  }
})

test('a name that is taken or leads elsewhere is refused, and nothing is left of it', async () => {
  expect(await ask('', engine, '/freeze?name=one')).toMatch(/^400 .*there is a freeze one already/)
  expect(await ask('', engine, '/freeze?name=..%2Fone')).toMatch(/^400 /)
  expect(await readdir(join(data, FROZEN))).toEqual(expect.arrayContaining(['one']))
  expect(await ask('insert into d.t values (9)')).toBe('200 ')
})

test('only what surely writes nothing goes on', () => {
  const reads = [
    'select 1',
    ' -- why\n/* how */ SELECT 1',
    '(select 1)',
    'with 1 as x select x',
    'show tables',
    'explain select 1',
  ]
  const writes = [
    'insert into t select 1',
    'with 1 as x insert into t select x',
    'alter table t delete where 1',
    'truncate table t',
    '--x\ndrop table t',
    '',
    'optimize table t',
  ]
  expect(reads.filter(sql => !isReading(sql))).toEqual([])
  expect(writes.filter(isReading)).toEqual([])
})
