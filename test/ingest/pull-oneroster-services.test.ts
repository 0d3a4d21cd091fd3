import { afterEach, beforeEach, expect, test } from 'vitest'
import { aRosterPuller, failure, loadedFromFiles, only, said, type RosterPuller } from './a-roster-service.ts'

const DAY_MS = 86_400_000

let puller: RosterPuller
beforeEach(async () => {
  puller = await aRosterPuller()
})
afterEach(() => puller.close())

test.each([
  ['total'],
  ['links'],
  ['fields'],
  ['sort'],
  ['total', 'links'],
  ['fields', 'sort', 'total', 'links'],
] as const)('a service that lacks %s is read whole all the same', async (...lacks) => {
  for (const lack of lacks) puller.service.lacks.add(lack)
  expect(await puller.pull()).toMatchObject({ complete: true, dead: 0 })
  expect(said(await puller.stored())).toEqual(said(await loadedFromFiles(puller.warehouse)))
})

test('a service that gives fewer than it is asked for is read to its end', async () => {
  puller.service.most = 1
  await puller.pull()
  expect(said(await puller.stored())).toEqual(said(await loadedFromFiles(puller.warehouse)))
})

test('a service that knows no offset is told of, instead of asked for ever', async () => {
  puller.service.lacks.add('offset').add('links')
  expect(await failure(puller.pull())).toMatchObject({ code: 'SOURCE_INVALID' })
})

test('what a service does not offer is left out and named', async () => {
  puller.service.lacks.add('demographics').add('gradebook')
  const { notOffered, dead } = await puller.pull()
  expect(dead).toBe(0)
  expect(notOffered).toEqual([
    'demographics',
    'categories',
    'scoreScales',
    'lineItems',
    'results',
    'assessmentLineItems',
    'assessmentResults',
  ])
  expect(only(await puller.stored(), 'person')).toHaveLength(3)
})

test('a token is used until a minute before it ends, and renewed when it is taken back', async () => {
  await puller.pull()
  expect(puller.service.tokens).toBe(1)
  puller.service.expiresIn_s = 90
  puller.service.onAsked = () => puller.goOn(1000)
  puller.goOn(8 * DAY_MS)
  const { requests } = await puller.pull()
  expect(puller.service.tokens).toBe(2 + Math.floor((requests - 2) / 45))
  puller.service.onAsked = url => void (url.pathname.endsWith('/classes') && puller.service.revoke())
  puller.goOn(8 * DAY_MS)
  puller.service.expiresIn_s = 3600
  // Taken back at every page of classes: renewed once, and then it is refused.
  expect((await failure(puller.pull())).message).toContain('the question for classes with status 401')
})

test('wrong credentials are told without them', async () => {
  const other = await aRosterPuller('v1p2', { clientSecret: 'wrong' })
  try {
    const error = await failure(other.pull())
    expect(error).toMatchObject({ code: 'SOURCE_REFUSED' })
    expect(error.message).toMatch(/access token with status 401 \(invalid_client\)/)
    expect(error.message).not.toMatch(/wrong|homeroom:/)
  } finally {
    await other.close()
  }
})

test('a service that is busy is left alone for as long as it says', async () => {
  puller.service.troubles = [{ status: 429, headers: { 'retry-after': '7' } }, { status: 503 }]
  expect(await puller.pull()).toMatchObject({ complete: true, retries: 2 })
  expect(puller.pauses).toEqual([7000, 1500])
})

test('a bad object is a dead letter that names it as the row of a file, and the others go on', async () => {
  puller.service.collections.users!.push({
    sourcedId: 's-9',
    status: 'active',
    roles: [{ roleType: 'primary', role: 'wizard' }],
  })
  expect(await puller.pull()).toMatchObject({ dead: 1, complete: true })
  const [letter] = await puller.ingest.deadLetters()
  expect(letter).toMatchObject({ source: 'sis', door: 'oneroster', code: 'ROW_INVALID' })
  expect(letter!.place).toMatch(/^users\.csv row \d field role$/)
})

test('names, addresses and ids of people stand in no roster entry', async () => {
  await puller.pull()
  expect(await puller.ingest.text('rosters')).not.toMatch(/Kim|kim|Terry|s-1|9001|@/)
})
