import { afterEach, expect, test } from 'vitest'
import type { Homeroom } from '../helpers/a-homeroom.ts'
import { isRunning } from '../../infra/is-running.ts'
import { aBusyHomeroom, aftermath, unharmed } from '../helpers/under-fault.ts'
import { until } from '../helpers/until.ts'

const MINUTE_MS = 60_000
const KILLS = 3

let homeroom: Homeroom
afterEach(() => homeroom.remove())

for (const victim of ['engine', 'processor'] as const) {
  test(
    `${KILLS} times kill -9 of the ${victim} while records come in: nothing acknowledged is lost or counted twice`,
    async () => {
      const busy = await aBusyHomeroom()
      homeroom = busy.homeroom
      const { sender } = busy
      const killed: number[] = []
      for (let kill = 0; kill < KILLS; kill++) {
        await homeroom.moreStored()
        const pid = (await homeroom.processes())[victim]
        process.kill(pid, 'SIGKILL')
        killed.push(pid)
        await until(() => !isRunning(pid), `the ${victim}, process ${pid}, is gone`)
        // Doors stay open without it: the log takes what comes.
        await sender.more(1000)
        await until(async () => (await homeroom.processes())[victim] !== pid, `another ${victim} is started`)
      }
      await sender.more(500)
      const { retries } = await sender.stop()
      await homeroom.caughtUp()
      expect(new Set(killed).size).toBe(KILLS)
      expect(await homeroom.stop()).toMatchObject({ code: 0, left: [] })

      const counts = await aftermath(homeroom, sender.acknowledged())
      console.log(`${KILLS} kills -9 of the ${victim}:`, { ...counts, retries })
      expect(counts).toMatchObject(unharmed(counts))
      expect(retries).toBe(0)
    },
    5 * MINUTE_MS,
  )
}
