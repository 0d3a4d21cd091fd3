import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deadLetterKey, forgetEndedKeys, keyEnds, oldestKeptMonth } from '../../infra/dead-letter-keys.ts'
import { readSecrets } from '../../infra/secrets.ts'
import { deadLetterMaker, letterOpener } from '../../ingest/dead-letters.ts'
import { DeadLetter } from '../../schemas/dead-letter.ts'

let folder: string
let secretsFile: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-keys-'))
  secretsFile = join(folder, 'secrets.json')
})
afterEach(() => rm(folder, { recursive: true }))

const NOW = new Date('2026-11-22T08:00:00.000Z')
const REFUSED = {
  source: 'lms',
  door: 'xapi',
  place: 'statement',
  code: 'RECORD_INVALID',
  reason: 'x',
  original: 'sent',
} as const

const sealedIn = (secrets: ReturnType<typeof readSecrets>, storedAt: string): DeadLetter =>
  DeadLetter.parse(JSON.parse(deadLetterMaker(secrets)(REFUSED, storedAt).value!))

test('a key lives 90 days beyond the end of its month', () => {
  expect(keyEnds('2026-03')).toEqual(new Date('2026-06-30T00:00:00.000Z'))
  expect(keyEnds('2025-12')).toEqual(new Date('2026-04-01T00:00:00.000Z'))
  expect(oldestKeptMonth(new Date('2026-06-29T23:59:59.999Z'))).toBe('2026-03')
  expect(oldestKeptMonth(new Date('2026-06-30T00:00:00.000Z'))).toBe('2026-04')
})

test('every month has a key of its own, made of the one before, and not the other way round', () => {
  const secret = Buffer.alloc(32, 7)
  const keys = ['2026-01', '2026-02', '2027-02'].map(month => deadLetterKey(secret, month).toString('hex'))
  expect(new Set(keys).size).toBe(3)
  expect(() => deadLetterKey(secret, '2026-01', '2026-02')).toThrow('forgotten')
})

test('once ended keys are forgotten what they sealed is opened by nobody, and what is younger still is', async () => {
  const before = readSecrets({ secretsFile })
  const [old, young] = [sealedIn(before, '2026-05-10T00:00:00.000Z'), sealedIn(before, '2026-09-10T00:00:00.000Z')]
  expect(forgetEndedKeys(secretsFile, NOW)).toEqual({ since: '2026-08', forgotten: true })
  const after = readSecrets({ secretsFile })
  expect({ ...after, deadLetterSecret: null }).toEqual({
    ...before,
    deadLetterSecret: null,
    deadLetterSince: '2026-08',
  })
  // Whatever the clock says.
  const open = letterOpener(after, () => Date.parse('2026-05-11T00:00:00.000Z'))
  expect(open(old.original)).toEqual({ closed: 'the key of 2026-05 ended on 2026-08-30' })
  expect(open(young.original)).toEqual({ text: 'sent' })
  // A process that runs on with the older secret and one with the newer understand each other.
  expect(letterOpener(before, () => NOW.getTime())(sealedIn(after, NOW.toISOString()).original)).toEqual({
    text: 'sent',
  })
  expect(sealedIn(after, NOW.toISOString()).id).toBe(sealedIn(before, NOW.toISOString()).id)
  expect(forgetEndedKeys(secretsFile, NOW)).toEqual({ since: '2026-08', forgotten: false })
  expect((await stat(secretsFile)).mode & 0o777).toBe(0o600)
})

test('the secret of an older month is not in the file any more', async () => {
  readSecrets({ secretsFile })
  const secret = (JSON.parse(await readFile(secretsFile, 'utf8')) as { deadLetterSecret: string }).deadLetterSecret
  forgetEndedKeys(secretsFile, NOW)
  expect(await readFile(secretsFile, 'utf8')).not.toContain(secret)
})

test('a file that is no secrets file is left as it is', async () => {
  await writeFile(secretsFile, '{"deadLetterSecret": 7')
  expect(() => forgetEndedKeys(secretsFile, NOW)).toThrow()
  expect(await readFile(secretsFile, 'utf8')).toBe('{"deadLetterSecret": 7')
})
