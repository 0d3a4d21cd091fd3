import { afterEach, expect, test } from 'vitest'
import { readLock } from '../../infra/warehouse/engine/lock-file.ts'
import { aHomeroom, type Homeroom } from '../helpers/a-homeroom.ts'
import { isRunning } from '../../infra/is-running.ts'
import { aBusyHomeroom, aftermath, unharmed } from '../helpers/under-fault.ts'
import { until } from '../helpers/until.ts'

const MINUTE_MS = 60_000
const KILLS = 3
/** Orchestrators give a process ten seconds or more between SIGTERM and SIGKILL. */
const ORDERLY_MS = 8_000

let homeroom: Homeroom
afterEach(() => homeroom.remove())

test(
  `${KILLS} times kill -9 of homeroom all, started again at once: nothing acknowledged is lost or counted twice`,
  { timeout: 5 * MINUTE_MS },
  async () => {
    const busy = await aBusyHomeroom()
    homeroom = busy.homeroom
    const { sender } = busy
    for (let kill = 0; kill < KILLS; kill++) {
      await homeroom.moreStored()
      await sender.more(1000)
      const { processor, engine } = await homeroom.kill()
      await homeroom.start()
      await sender.more(500)
      await until(() => ![processor, engine].some(isRunning), 'the old processor and the old engine are gone')
    }
    const { retries } = await sender.stop()
    await homeroom.caughtUp()
    expect(await homeroom.stop()).toMatchObject({ code: 0, left: [] })

    const counts = await aftermath(homeroom, sender.acknowledged())
    console.log(`${KILLS} kills -9 of homeroom all:`, { ...counts, retries })
    expect(counts).toMatchObject(unharmed(counts))
    // Each of the sender's connections was broken by each kill, so that the retries are those of the faults.
    expect(retries).toBeGreaterThanOrEqual(KILLS)
  },
)

test(
  'kill -9 of homeroom all leaves no process behind, also while its processor starts',
  { timeout: 4 * MINUTE_MS },
  async () => {
    homeroom = await aHomeroom()
    for (const ready of [() => homeroom.caughtUp(), () => undefined]) {
      await homeroom.start()
      await ready()
      const { processor, engine } = await homeroom.kill()
      await until(() => ![processor, engine].some(isRunning), 'processor and engine end by themselves')
      expect(await readLock(homeroom.config.data)).toBeNull()
    }
  },
)

test('a command that cannot start ends by itself and disturbs nobody', { timeout: 4 * MINUTE_MS }, async () => {
  homeroom = await aHomeroom()
  await homeroom.start()
  const before = await homeroom.processes()
  for (const command of ['all', 'process']) {
    await expect(homeroom.command(command)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('EADDRINUSE'),
    })
  }
  await homeroom.caughtUp()
  expect(await homeroom.processes()).toEqual(before)
  expect(await homeroom.stop()).toMatchObject({ code: 0, left: [] })
})

test(
  'SIGTERM while records come in: an orderly end in seconds, exit code 0, nothing left behind, nothing lost',
  { timeout: 5 * MINUTE_MS },
  async () => {
    const busy = await aBusyHomeroom()
    homeroom = busy.homeroom
    const { sender } = busy
    await homeroom.moreStored()
    await sender.more(1000)
    const ended = await homeroom.stop()
    expect(ended).toMatchObject({ code: 0, signal: null, left: [] })
    expect(ended.ms).toBeLessThan(ORDERLY_MS)

    await homeroom.start()
    await sender.more(500)
    const { retries } = await sender.stop()
    await homeroom.caughtUp()
    const idle = await homeroom.stop()
    expect(idle).toMatchObject({ code: 0, signal: null, left: [] })

    const counts = await aftermath(homeroom, sender.acknowledged())
    console.log(`SIGTERM under load: ended after ${ended.ms} ms, idle after ${idle.ms} ms:`, { ...counts, retries })
    expect(counts).toMatchObject(unharmed(counts))
    // Requests in flight were answered before the end: what was sent again was sent afterwards.
    expect(counts.again).toBe(0)
  },
)
