import { beforeEach, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'
import { Stages, type Stage } from '../../processors/stages.ts'
import { isStageWaiting, touchStages } from '../../processors/touched-stages.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'

const emptied = emptiedWarehouse()
const config = { timeZone: 'America/New_York', district: 'demo' }
/** Of which these stages ask nothing. */
const log = { append: async () => undefined, positions: async () => [] }

let warehouse: Warehouse
let ran: { stage: string; weeks: Day[] }[]

beforeEach(async () => {
  warehouse = await emptied()
  ran = []
})

const stage =
  (name: string, during: () => Promise<boolean> = async () => true) =>
  (): Stage => ({
    run: async weeks => {
      ran.push({ stage: name, weeks: [...weeks] })
      return during()
    },
  })

test('each stage gets its weeks once', async () => {
  const stages = new Stages({ warehouse, config, log }, { first: stage('first'), second: stage('second') })
  await touchStages(warehouse, ['first', 'second'], ['2026-03-09'])
  await touchStages(warehouse, ['first'], ['2026-03-02', '2026-03-09'])
  expect(await stages.run()).toBe(true)
  expect(ran.toSorted((a, b) => a.stage.localeCompare(b.stage))).toEqual([
    { stage: 'first', weeks: ['2026-03-02', '2026-03-09'] },
    { stage: 'second', weeks: ['2026-03-09'] },
  ])
  expect(await isStageWaiting(warehouse)).toBe(false)
  ran = []
  expect(await stages.run()).toBe(true)
  expect(ran).toEqual([])
})

test('a week that is touched while its stage runs waits again', async () => {
  const touchedMeanwhile = async () => {
    if (ran.length === 1) await touchStages(warehouse, ['first'], ['2026-03-02'])
    return true
  }
  const stages = new Stages({ warehouse, config, log }, { first: stage('first', touchedMeanwhile) })
  await touchStages(warehouse, ['first'], ['2026-03-02'])
  await stages.run()
  expect(await isStageWaiting(warehouse)).toBe(true)
  await stages.run()
  expect(ran.map(({ weeks }) => weeks)).toEqual([['2026-03-02'], ['2026-03-02']])
  expect(await isStageWaiting(warehouse)).toBe(false)
})

test('a stage that fails or is stopped is given its weeks again', async () => {
  const answers = [() => Promise.reject(new Error('engine away')), () => Promise.resolve(false)]
  const stages = new Stages(
    { warehouse, config, log },
    { first: stage('first', async () => (await answers.shift()?.()) ?? true) },
  )
  await touchStages(warehouse, ['first'], ['2026-03-02'])
  await expect(stages.run()).rejects.toThrow('engine away')
  expect(await stages.run()).toBe(false)
  expect(await stages.run()).toBe(true)
  expect(ran.length).toBe(3)
})

test('a week that retention has frozen is cleared and given to no stage', async () => {
  await warehouse.command(`insert into retired (name, month) values ('events', 202603)`)
  const stages = new Stages({ warehouse, config, log }, { first: stage('first') })
  await touchStages(warehouse, ['first'], ['2026-03-02', '2026-04-06'])
  await stages.run()
  expect(ran).toEqual([{ stage: 'first', weeks: ['2026-04-06'] }])
  expect(await isStageWaiting(warehouse)).toBe(false)
})
