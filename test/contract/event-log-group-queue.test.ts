import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openGroupQueue } from '../../infra/log/group-queue.ts'

const fulfilled = <T>(value: T) => ({ status: 'fulfilled', value }) as const

test('items are worked on once, in order, in groups within the limit, one group at a time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 30 }), { maxLength: 80 }), async sizes => {
      const groups: number[][] = []
      let running = 0
      const queue = openGroupQueue<number, number>(20, async group => {
        expect(++running).toBe(1)
        groups.push(group)
        await Promise.resolve()
        running--
        return group.map(i => fulfilled(i * 2))
      })
      const outcomes = await Promise.all(sizes.map((size, i) => queue.add(i, size)))
      expect(outcomes).toEqual(sizes.map((_, i) => i * 2))
      expect(groups.flat()).toEqual(sizes.map((_, i) => i))
      const sums = groups.map(group => group.reduce((sum, i) => sum + sizes[i]!, 0))
      expect(groups.every((group, g) => group.length === 1 || sums[g]! <= 20)).toBe(true)
      expect(queue.pending()).toBe(0)
    }),
    { seed: 20260302 },
  )
})

test('what is added at once is one group; what is added while it is worked on is the next', async () => {
  const groups: string[][] = []
  const begun = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const queue = openGroupQueue<string, string>(100, async group => {
    groups.push(group)
    begun.resolve()
    await release.promise
    return group.map(fulfilled)
  })
  const first = ['a', 'b'].map(item => queue.add(item, 1))
  await begun.promise
  const second = ['c', 'd'].map(item => queue.add(item, 1))
  expect(queue.pending()).toBe(4)
  release.resolve()
  await Promise.all([...first, ...second])
  expect(groups).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ])
})

test('one item that fails does not fail its neighbours; work that throws fails its whole group and no other', async () => {
  const queue = openGroupQueue<string, string>(1, async ([item]) => {
    if (item === 'thrown') throw new Error('work failed')
    return [item === 'bad' ? { status: 'rejected', reason: new Error('bad item') } : fulfilled(item!)]
  })
  const outcomes = await Promise.allSettled(['good', 'bad', 'thrown', 'after'].map(item => queue.add(item, 1)))
  expect(outcomes.map(o => (o.status === 'fulfilled' ? o.value : String(o.reason)))).toEqual([
    'good',
    'Error: bad item',
    'Error: work failed',
    'after',
  ])
  expect(queue.pending()).toBe(0)
})

test('what waits can be given up; what has begun ends by itself', async () => {
  const begun = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const queue = openGroupQueue<string, string>(100, async group => {
    begun.resolve()
    await release.promise
    return group.map(fulfilled)
  })
  const first = queue.add('first', 1)
  await begun.promise
  const second = queue.add('second', 1)
  queue.rejectWaiting(new Error('given up'))
  await expect(second).rejects.toThrow('given up')
  expect(queue.pending()).toBe(1)
  release.resolve()
  expect(await first).toBe('first')
  await queue.idle()
  expect(queue.pending()).toBe(0)
})
