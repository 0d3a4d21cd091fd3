import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { HomeroomError } from '../../infra/errors.ts'
import { readSources, sourceNamed } from '../../ingest/pull/source.ts'

const LMS = { url: 'https://lrs.example.org/xapi/', user: 'homeroom', password: 'hush hush' }

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-sources-'))
  file = join(folder, 'sources.json')
})
afterEach(() => rm(folder, { recursive: true }))

async function described(sources: unknown, mode = 0o600): Promise<string> {
  await writeFile(file, typeof sources === 'string' ? sources : JSON.stringify(sources))
  await chmod(file, mode)
  return file
}

async function complaint(sources: unknown, mode?: number): Promise<string> {
  const error = await readSources(await described(sources, mode)).then(
    () => null,
    (reason: HomeroomError) => reason,
  )
  expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
  expect(error!.message).not.toContain('hush')
  return error!.message
}

test('a source is an endpoint and credentials; everything else has a usual value', async () => {
  expect(await readSources(await described({ lms: LMS }))).toEqual([
    {
      kind: 'xapi',
      name: 'lms',
      url: 'https://lrs.example.org/xapi',
      authorization: `Basic ${Buffer.from('homeroom:hush hush').toString('base64')}`,
      since: null,
      overlap_ms: 600_000,
      pageSize: 500,
      attachments: true,
      version: null,
      timeLimit_ms: 60_000,
    },
  ])
})

test('a token goes as Bearer; the address may be that of the Statements resource', async () => {
  const url = 'https://lrs.example.org/xapi/statements/'
  expect(await readSources(await described({ lms: { url, token: 'hush' } }))).toMatchObject([
    { url: 'https://lrs.example.org/xapi', authorization: 'Bearer hush' },
  ])
})

test.each([
  ['a property that does not exist', { ...LMS, pasword: 'hush' }, 'lms: Unrecognized key: "pasword"'],
  ['a user without a password', { url: LMS.url, user: 'homeroom' }, 'user and password go together'],
  ['two kinds of credentials', { ...LMS, token: 'hush' }, 'either user and password, or token'],
  ['an address that is none', { ...LMS, url: 'lrs' }, 'lms: url: Invalid URL'],
  ['credentials in the address', { url: 'https://homeroom:hush@lrs.example.org/xapi' }, 'has credentials, a query'],
  ['credentials over http', { ...LMS, url: 'http://lrs.example.org/xapi' }, 'is not https'],
  ['a time that is none', { ...LMS, since: 'yesterday' }, 'since: expected an ISO 8601 date and time'],
])('%s is refused, and no secret repeated', async (_, source, told) => {
  expect(await complaint({ lms: source })).toContain(told)
})

test('http is taken to this machine, and elsewhere if the file says so', async () => {
  const sources = {
    here: { ...LMS, url: 'http://127.0.0.1:8100/xAPI' },
    there: { ...LMS, url: 'http://lrs.example.org/xapi', insecure: true },
  }
  expect(await readSources(await described(sources))).toHaveLength(2)
})

test('a name that could be a path is refused', async () => {
  expect(await complaint({ '../lms': LMS })).toContain('letters, digits, - and _')
})

test('credentials that every user of the machine may read are refused', async () => {
  expect(await complaint({ lms: LMS }, 0o644)).toContain('run chmod 600')
  await expect(readSources(await described({ lms: { url: LMS.url } }, 0o644))).resolves.toHaveLength(1)
})

test('a file that is no JSON is told by its place, not by what stands there', async () => {
  expect(await complaint('{"lms": {"password": "hush"')).toContain('is not JSON at position 27')
})

test('an unknown name is told with those that there are', async () => {
  await expect(sourceNamed('lrs', await described({ lms: LMS, portfolio: LMS }))).rejects.toThrow(
    'describes no source lrs; it describes lms, portfolio',
  )
})
