import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { Homeroom } from '../helpers/a-homeroom.ts'
import { ownBroker, type OwnBroker } from '../helpers/kafka.ts'
import { aBusyHomeroom, aftermath, unharmed } from '../helpers/under-fault.ts'

const MINUTE_MS = 60_000
const KILLS = 2

const broker = await ownBroker()

describe.skipIf('available' in broker)('a broker that is killed under homeroom all', () => {
  const own = broker as OwnBroker
  let homeroom: Homeroom
  afterEach(() => homeroom.remove())
  afterAll(() => own.stop())

  test(
    `${KILLS} times kill -9 of the broker while records come in: nothing acknowledged is lost or counted twice`,
    { timeout: 5 * MINUTE_MS },
    async () => {
      const busy = await aBusyHomeroom({ kafka: own.brokers })
      homeroom = busy.homeroom
      const { sender } = busy
      // The first hits a processor that is starting, the second one in full work.
      for (let kill = 0; kill < KILLS; kill++) {
        await own.kill()
        await own.restart()
        await homeroom.moreStored()
        await sender.more(500)
      }
      const { retries } = await sender.stop()
      await homeroom.caughtUp(3 * MINUTE_MS)
      expect(await homeroom.stop()).toMatchObject({ code: 0, left: [] })

      const counts = await aftermath(homeroom, sender.acknowledged())
      console.log(`${KILLS} kills -9 of the broker:`, { ...counts, retries })
      expect(counts).toMatchObject(unharmed(counts))
    },
  )
})
