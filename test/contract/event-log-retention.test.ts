import { expect, test } from 'vitest'
import { PROCESSORS_GROUP } from '../../infra/log/topics.ts'
import { keyed, onEveryLog } from './event-log-backends.ts'

onEveryLog('what is older than a time', on => {
  test('is counted and removed as far as the processors have handled it, and no further', async () => {
    const { log, collect, drained } = on()
    await log.append('records', keyed(0, 40))
    const { consumption } = await collect('records', PROCESSORS_GROUP)
    await drained('records', PROCESSORS_GROUP)
    await consumption.stop()
    await log.append('records', keyed(40, 80))
    const soon = Date.now() + 1000
    const handled = (await log.positions('records', PROCESSORS_GROUP)).reduce((sum, p) => sum + p.committed, 0)
    expect(await log.expiredBefore('records', 0)).toMatchObject({ messages: 0 })
    expect((await log.expiredBefore('records', soon)).messages).toBe(handled)
    expect(await log.removeBefore('records', soon)).toBe(handled)
    expect((await log.expiredBefore('records', soon)).messages).toBe(0)
    const later = await collect('records', 'later')
    await drained('records', 'later')
    expect(later.received.map(({ key }) => key).sort()).toEqual(
      keyed(40, 80)
        .map(({ key }) => key)
        .sort(),
    )
  })

  test('of a compacted topic is kept', async () => {
    const { log, collect, drained } = on()
    await log.append('identities', keyed(0, 5))
    const { consumption } = await collect('identities', PROCESSORS_GROUP)
    await drained('identities', PROCESSORS_GROUP)
    await consumption.stop()
    expect(await log.expiredBefore('identities', Date.now() + 1000)).toMatchObject({ messages: 0 })
    expect(await log.removeBefore('identities', Date.now() + 1000)).toBe(0)
  })
})
