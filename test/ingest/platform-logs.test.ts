import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { readConfig } from '../../infra/config.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { loadFiles } from '../../ingest/load/load.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { isCaughtUp, startProcessor } from '../../processors/run.ts'
import { until } from '../helpers/until.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { NOW, SECRETS } from './start-ingest.ts'

const at = (path: string): string => fileURLToPath(new URL(`../reference/${path}`, import.meta.url))
const OPENEDX = at('openedx/tracking.log')
const CANVAS = at('canvas/live-events.jsonl')

/** Kim is s-1 to the district and to Canvas, and `kim` to Open edX. */
const ROSTER = {
  'orgs.csv': 'sourcedId,name,type\nschool-1,Oak,school\n',
  'classes.csv': 'sourcedId,title,classType,schoolSourcedId\nc-7,Seven,homeroom,school-1\n',
  'users.csv':
    'sourcedId,role,username,givenName,familyName,grades\ns-1,student,kim,Kim,Example,07\ns-2,student,lee,Lee,Example,07\nt-1,teacher,mx.oak,Mx,Oak,\n',
  'enrollments.csv':
    'sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate,endDate\n' +
    ['s-1', 's-2', 't-1']
      .map(id => `e-${id},c-7,school-1,${id},${id === 't-1' ? 'teacher' : 'student'},2026-02-02,2026-06-30\n`)
      .join(''),
}

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function district() {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-platforms-'))
  closing.push(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'roster'))
  for (const [name, text] of Object.entries(ROSTER)) await writeFile(join(folder, 'roster', name), text)
  const warehouse = await freshWarehouse()
  const config = readConfig(
    { HOMEROOM_ACCOUNTS: 'https://courses.example.org=username,canvas-sis=sourcedId' },
    { data: folder, district: warehouse.database },
  )
  const log = await openLog(config)
  closing.push(() => log.close())
  await log.createTopics()
  const processor = await startProcessor({
    log,
    warehouse,
    config,
    onError: error => expect.unreachable(String(error)),
    clock: () => new Date(NOW),
  })
  closing.push(() => processor.stop())
  const load = async (path: string) => {
    const summary = await loadFiles([path], { log, config, secrets: SECRETS, clock: () => NOW })
    await until(() => isCaughtUp(log, warehouse), 'everything loaded is in the figures')
    return summary
  }
  const person = (id: string) => pseudonymiser(SECRETS.pseudonymKey, config.district)('sourcedId', id)
  return { warehouse, load, stats: processor.stats, person, roster: join(folder, 'roster') }
}

const COUNTS = `
  select standard, toUInt32(uniqExact(record_id)) as records, toUInt32(uniqExactIf(record_id, kind = 'other')) as unknown,
    toUInt32(uniqExactIf(record_id, is_actor and person = {person:String})) as own
  from events final
  left any join (select identifier, lower(hex(person_id)) as person from person_of final) as p on p.identifier = events.person_id
  group by standard order by standard`

test('what a student does in Open edX and in Canvas is one person’s, and counts once however often it is loaded', async () => {
  const { warehouse, load, stats, person, roster } = await district()
  await load(OPENEDX)
  // Whose the accounts are may be said later.
  await load(roster)
  await load(CANVAS)
  const counts = [
    { standard: 'canvas', records: 24, unknown: 1, own: 11 },
    { standard: 'openedx', records: 34, unknown: 1, own: 28 },
  ]
  for (const duplicates of [0, 58]) {
    expect(stats()).toMatchObject({ stored: 58, duplicates, conflicts: 0, unreadable: 0 })
    expect(await warehouse.query(COUNTS, { person: person('s-1') })).toEqual(counts)
    await load(OPENEDX)
    await load(CANVAS)
  }
  // 24 of the 28 and 7 of the 11 are learning: not what is noted, said to others or unknown.
  const weeks = await warehouse.query(
    `select toString(week) as week, arrayMap(day -> toString(day), learning_days) as days, events from student_week final
     where student_id = unhex({person:String})`,
    { person: person('s-1') },
  )
  expect(weeks).toEqual([{ week: '2026-03-02', days: ['2026-03-02'], events: 24 + 7 }])
})
