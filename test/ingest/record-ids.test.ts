import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { IdFilter } from '../../ingest/id-filter.ts'
import { ACCEPTED, IdTable } from '../../ingest/id-table.ts'
import { RecordIds, type RecordIdsOptions, type StoredRecords } from '../../ingest/record-ids.ts'
import { hashAt, idAt, writeHash, writeId } from '../../ingest/record-words.ts'
import { until } from '../helpers/until.ts'

const A = '11111111-1111-4111-8111-111111111111'
const B = '22222222-2222-4222-8222-222222222222'
const [ONE, TWO] = ['0000000000000001', '0000000000000002']

const wordsOf = (ids: readonly string[]): Uint32Array => {
  const words = new Uint32Array(ids.length * 4)
  ids.forEach((id, i) => writeId(id, words, i * 4))
  return words
}
const hashesOf = (hashes: readonly string[]): Uint32Array => {
  const words = new Uint32Array(hashes.length * 2)
  hashes.forEach((hash, i) => writeHash(hash, words, i * 2))
  return words
}

const opened: RecordIds[] = []
afterEach(() => opened.splice(0).forEach(ids => ids.stop()))

/** Stored records in memory, and how often they were asked for. */
function aStore(records: Record<string, string> = {}) {
  const asked: string[][] = []
  const stored: StoredRecords = {
    async *ids() {
      yield wordsOf(Object.keys(records))
    },
    count: async () => Object.keys(records).length,
    hashes: async ids => {
      asked.push([...ids])
      return new Map(ids.flatMap(id => (records[id] === undefined ? [] : [[id, records[id]]])))
    },
  }
  return { stored, asked }
}

async function loaded(stored: StoredRecords, options?: RecordIdsOptions): Promise<RecordIds> {
  const ids = new RecordIds(stored, { bits: 10, ...options })
  opened.push(ids)
  ids.start(error => expect.fail(String(error)))
  await until(() => ids.isLoaded, 'the ids are loaded')
  return ids
}

const claim = (ids: RecordIds, ...pairs: [id: string, hash: string][]) =>
  ids.claim(wordsOf(pairs.map(([id]) => id)), hashesOf(pairs.map(([, hash]) => hash)))

describe('ids as words', () => {
  test('an id and a hash come back as they were, the id in lower case', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.boolean(), fc.stringMatching(/^[0-9a-f]{16}$/), (id, isUpper, hash) => {
        expect(idAt(wordsOf([isUpper ? id.toUpperCase() : id]), 0)).toBe(id)
        expect(hashAt(hashesOf([hash]), 0)).toBe(hash)
      }),
    )
  })
})

describe('the table of recent ids', () => {
  test('it finds what was added and not removed, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(60), fc.boolean()), { maxLength: 150 }), fc.nat(), (steps, seed) => {
        const names = Array.from({ length: 61 }, (_, i) => `${String(i).padStart(8, '0')}-0000-4000-8000-000000000000`)
        const words = wordsOf(names)
        const hashes = hashesOf(names.map((_, i) => String(i).padStart(16, '0')))
        const table = new IdTable(8, seed)
        const model = new Map<number, number>()
        for (const [i, isRemoval] of steps) {
          const entry = table.find(words, i * 4)
          expect(entry >= 0).toBe(model.has(i))
          if (entry < 0) {
            table.add(words, i * 4, hashes, i * 2, i + 2)
            model.set(i, i + 2)
          } else if (isRemoval) {
            table.remove(entry)
            model.delete(i)
          } else {
            table.accept(entry)
            model.set(i, ACCEPTED)
          }
        }
        for (const [i, owner] of model) {
          const entry = table.find(words, i * 4)
          expect([table.ownerOf(entry), table.hasHash(entry, hashes, i * 2)]).toEqual([owner, true])
          expect(table.hasHash(entry, hashes, ((i + 1) % 61) * 2)).toBe(false)
        }
      }),
    )
  })
})

describe('the filter of all ids', () => {
  test('it holds every id that was added, over many layers, and of 100,000 others none', () => {
    const filter = new IdFilter([1, 2])
    filter.reserve(1000)
    const added = wordsOf(Array.from({ length: 300_000 }, () => randomUUID()))
    for (let at = 0; at < added.length; at += 4) filter.add(added, at)
    let held = 0
    for (let at = 0; at < added.length; at += 4) if (filter.mayHold(added, at)) held++
    expect([held, filter.count]).toEqual([300_000, 300_000])
    const others = wordsOf(Array.from({ length: 100_000 }, () => randomUUID()))
    let wrong = 0
    for (let at = 0; at < others.length; at += 4) if (filter.mayHold(others, at)) wrong++
    expect(wrong).toBe(0)
  })
})

describe('claims', () => {
  test('an accepted id with the same content is taken again, with other content it conflicts, and the warehouse is not asked', async () => {
    const { stored, asked } = aStore()
    const ids = await loaded(stored)
    const first = await claim(ids, [A, ONE])
    first.accept()
    expect((await claim(ids, [A, ONE])).conflicts).toEqual([])
    expect((await claim(ids, [B, ONE], [A, TWO])).conflicts).toEqual([1])
    expect(asked).toEqual([])
  })

  test('a request with a conflict holds none of its ids', async () => {
    const ids = await loaded(aStore().stored)
    const first = await claim(ids, [A, ONE])
    first.accept()
    await claim(ids, [B, ONE], [A, TWO])
    const other = await claim(ids, [B, TWO])
    expect(other.conflicts).toEqual([])
  })

  test('what is given up is free for another content', async () => {
    const ids = await loaded(aStore().stored)
    const given = await claim(ids, [A, ONE])
    given.release()
    expect((await claim(ids, [A, TWO])).conflicts).toEqual([])
  })

  test.each([
    ['is accepted', 'accept', [0]],
    ['is given up', 'release', []],
  ] as const)('a second content waits until the first %s', async (_what, how, conflicts) => {
    const ids = await loaded(aStore().stored)
    const first = await claim(ids, [A, ONE])
    let isSettled = false
    const second = claim(ids, [A, TWO]).finally(() => (isSettled = true))
    await new Promise(resolve => setImmediate(resolve))
    expect(isSettled).toBe(false)
    first[how]()
    expect((await second).conflicts).toEqual(conflicts)
  })

  test('two requests that hold what the other one wants do not wait for each other', async () => {
    const ids = await loaded(aStore().stored)
    const held = await claim(ids, [A, ONE])
    const both = [claim(ids, [B, ONE], [A, TWO]), claim(ids, [A, ONE], [B, TWO])]
    held.release()
    const settled = await Promise.all(
      both.map(async waiting => {
        const { conflicts, accept } = await waiting
        accept()
        return conflicts.length
      }),
    )
    expect(settled.sort()).toEqual([0, 2])
  })

  test('a stored id is asked for once for all that wait; its content decides', async () => {
    const { stored, asked } = aStore({ [A]: ONE })
    const ids = await loaded(stored)
    expect((await claim(ids, [A, TWO])).conflicts).toEqual([0])
    const same = await claim(ids, [A, ONE], [B, ONE])
    expect(same.conflicts).toEqual([])
    expect(asked).toEqual([[A], [A]])
  })

  test('until the stored ids are all here, every id is asked for', async () => {
    const { stored, asked } = aStore({ [A]: ONE })
    const ids = new RecordIds(stored)
    opened.push(ids)
    expect((await claim(ids, [A, TWO], [B, ONE])).conflicts).toEqual([0])
    expect(asked).toEqual([[A, B]])
  })

  test('a warehouse that fails or does not answer keeps nothing out, and is not asked again at once', async () => {
    let now = 0
    let count = 0
    for (const hashes of [() => Promise.reject(new Error('down')), () => new Promise<never>(() => {})]) {
      const ids = new RecordIds(
        { ...aStore({ [A]: ONE }).stored, hashes: () => (count++, hashes()) },
        { patience_ms: 10, clock: () => now },
      )
      opened.push(ids)
      count = 0
      ;(await claim(ids, [A, TWO])).accept()
      ;(await claim(ids, [B, TWO])).accept()
      expect(count).toBe(1)
      now += 5001
      await claim(ids, [randomUUID(), ONE])
      expect(count).toBe(2)
    }
  })

  test('an id stays known when the tables of recent ids are full', async () => {
    const records: Record<string, string> = {}
    const { stored } = aStore(records)
    const ids = await loaded(stored, { bits: 6 })
    for (let i = 0; i < 300; i++) {
      const id = randomUUID()
      const { accept } = await claim(ids, [id, ONE])
      accept()
      records[id] = ONE
    }
    for (const id of Object.keys(records)) expect((await claim(ids, [id, TWO])).conflicts).toEqual([0])
  })

  test('of any number of contents for one id, sent in any order and interleaving, exactly one is accepted', async () => {
    const ids = await loaded(aStore().stored)
    const request = fc.array(fc.tuple(fc.nat(5), fc.nat(2)), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 2, maxLength: 8 }), fc.scheduler(), async (requests, s) => {
        const names = Array.from({ length: 6 }, () => randomUUID())
        const won = new Map<string, Set<string>>()
        const work = requests.map(async (pairs, n) => {
          const unique = [...new Map(pairs)].map(([i, h]): [string, string] => [names[i]!, `${h}`.padStart(16, '0')])
          await s.schedule(Promise.resolve(), `begin ${n}`)
          const { conflicts, accept, release } = await claim(ids, ...unique)
          if (conflicts.length > 0) return
          await s.schedule(Promise.resolve(), `append ${n}`)
          if (n % 4 === 3) return release()
          accept()
          for (const [id, hash] of unique) won.set(id, (won.get(id) ?? new Set()).add(hash))
        })
        await s.waitFor(Promise.all(work))
        for (const contents of won.values()) expect(contents.size).toBe(1)
      }),
      { numRuns: 200 },
    )
  })
})
