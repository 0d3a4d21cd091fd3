import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EventLog, LogAdmin } from '../../../infra/log/event-log.ts'
import { openLog } from '../../../infra/log/open-log.ts'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { endedWindows } from '../../../processors/climate/ended-windows.ts'
import { isCaughtUp, startProcessor } from '../../../processors/run.ts'
import { clearStage, pendingStages } from '../../../processors/touched-stages.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { ZONE } from '../../helpers/records.ts'
import { until } from '../../helpers/until.ts'
import { aDistrict, anInstrument, aResponse, gradedSchool } from './a-window.ts'

/** A district in which nothing happens any more. */
const emptied = emptiedWarehouse()
const STUDENTS = [...Array(12).keys()].map(i => `oak${i}`)

let warehouse: Warehouse
let district: ReturnType<typeof aDistrict>
let folder: string
let log: EventLog & LogAdmin
beforeEach(async () => {
  warehouse = await emptied()
  district = aDistrict(warehouse)
  folder = await mkdtemp(join(tmpdir(), 'homeroom-silent-'))
  log = await openLog({ data: folder, district: 'silent', kafka: null })
  await log.createTopics()
})
afterEach(async () => {
  await log.close()
  await rm(folder, { recursive: true, force: true })
})

test('a window has its figures on the day after its last, with no further record', async () => {
  await district.enrol(...gradedSchool('oak', STUDENTS))
  await district.store(anInstrument(), ...STUDENTS.map((who, at) => aResponse({ who, answers: { S1: 1 + (at % 4) } })))
  // The evening of its last day in New York, when another day has begun in London.
  let now = '2026-03-14T02:00:00Z'
  const failures: unknown[] = []
  const config = { timeZone: ZONE, district: 'demo' }
  const processor = await startProcessor({
    log,
    warehouse,
    config,
    clock: () => new Date(now),
    onError: error => failures.push(error),
  })
  const computed = async () => (await warehouse.query('select 1 from climate_windows final')).length
  await until(() => isCaughtUp(log, warehouse), 'all that waited is computed', 60_000, 50)
  expect(await computed()).toBe(0)
  now = '2026-03-14T04:00:01Z'
  await until(async () => (await computed()) === 1, 'the window that has ended is computed', 60_000, 50)
  await until(() => isCaughtUp(log, warehouse), 'nothing waits', 60_000, 50)
  expect(
    (await district.figures()).get('survey_response oak informant=student,instrument=climate-student'),
  ).toMatchObject({ n: 12, value: 1 })
  await processor.stop()
  expect(failures).toEqual([])
})

test('the warehouse is asked once a day, and again if it was away', async () => {
  await district.store(anInstrument())
  await clearStage(warehouse, 'climate', (await pendingStages(warehouse)).get('climate')!)
  let [now, asked, isAway] = ['2026-03-14T12:00:00Z', 0, true]
  const watched: Pick<Warehouse, 'command'> = {
    command: async (...given) => {
      asked++
      if (isAway) throw new Error('away')
      return warehouse.command(...given)
    },
  }
  const run = endedWindows({
    warehouse: watched as Warehouse,
    config: { timeZone: ZONE, district: 'demo' },
    clock: () => new Date(now),
  })
  await expect(run()).rejects.toThrow('away')
  isAway = false
  await run()
  await run()
  expect(asked).toBe(2)
  expect((await pendingStages(warehouse)).get('climate')!.weeks).toEqual(['2026-03-09'])
  now = '2026-03-15T12:00:00Z'
  await run()
  expect(asked).toBe(3)
})
