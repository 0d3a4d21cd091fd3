import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadFiles, type LoadSummary } from '../../ingest/load/load.ts'
import { pseudonymsOf } from '../../ingest/people.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import type { AliasEntry } from '../../schemas/roster.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

let ingest: Ingest
let folder: string
beforeEach(async () => {
  ingest = await startIngest()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-aliases-'))
})
afterEach(async () => {
  await ingest.close()
  await rm(folder, { recursive: true, force: true })
})

const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')
const id = (text: string): string => pseudonymsOf(text, pseudonymise, [])[0]!

/** The example of ingest/README.md: its mapping file and its table. */
async function example(): Promise<{ mapping: string; table: string }> {
  const readme = await readFile(new URL('../../ingest/README.md', import.meta.url), 'utf8')
  const section = readme.slice(readme.indexOf('## Who is who'))
  const block = (kind: string): string => new RegExp(`\`\`\`${kind}\\n([^]*?)\`\`\``).exec(section)![1]!
  return { mapping: block('json'), table: block('csv') }
}

async function load(mapping: string, table: string): Promise<LoadSummary> {
  await writeFile(join(folder, 'ids.json'), mapping)
  await writeFile(join(folder, 'ids.csv'), table)
  const { log, config } = ingest
  return loadFiles([join(folder, 'ids.json')], { log, config, secrets: SECRETS, clock: () => NOW })
}

async function pairs(): Promise<string[][]> {
  const aliases = (await ingest.rosters()).filter((entry): entry is AliasEntry => entry.type === 'alias')
  expect(aliases.every(({ link, source }) => link === 'same' && source === 'ids')).toBe(true)
  return aliases.map(entry => [entry.id, entry.person])
}

test('the example of the README pairs every identifier of a row with its first, the address in all its forms', async () => {
  const { mapping, table } = await example()
  expect(await load(mapping, table)).toMatchObject({ read: 2, stored: 2, dead: 0 })
  const [kim, lee] = [id('identifier:9001'), id('identifier:9002')]
  const forms = pseudonymsOf('email:kim@example.org', pseudonymise, [])
  expect((await pairs()).sort()).toEqual(
    [...forms.map(form => [form, kim]), [id('portal:0417'), kim], [id('portal:0418'), lee]].sort(),
  )
})

test('a row with one identifier is a dead letter by file, row and field, and the others are loaded', async () => {
  const { mapping, table } = await example()
  expect(await load(mapping.replace('0{portal}', '{portal}'), `${table}9003,,\n`)).toMatchObject({
    read: 3,
    stored: 2,
    dead: 1,
  })
  expect(await ingest.deadLetters()).toMatchObject([
    { door: 'mapping', place: 'ids.csv row 4 field identifiers', code: 'ROW_INVALID' },
  ])
})

test('a mapping file that names one identifier, or a column that the table lacks, is refused', async () => {
  const { mapping, table } = await example()
  const reasons = async (text: string): Promise<unknown> =>
    load(text, table).then(
      ({ refused }) => JSON.stringify(refused),
      (error: Error) => error.message,
    )
  expect(await reasons('{ "source": "ids", "aliases": [{ "files": ["ids.csv"], "identifiers": [] }] }')).toContain(
    'identifiers',
  )
  expect(await reasons(mapping.replace('{mail}', '{e-mail}'))).toContain('e-mail')
})

test('an address is the same however it is written, other identifiers are not', () => {
  expect(id('email: Kim@Example.org ')).toBe(id('email:kim@example.org'))
  expect(id('email:mailto:kim@example.org')).toBe(id('email:kim@example.org'))
  expect(id('sha1:AB')).toBe(id('sha1:ab'))
  expect(id('identifier: 0417')).toBe(id('identifier:0417'))
  expect(id('identifier:417')).not.toBe(id('identifier:0417'))
  expect(id('username:Kim')).not.toBe(id('username:kim'))
})

test('an address is also its SHA-1, and a login the accounts that HOMEROOM_ACCOUNTS makes of it', () => {
  const rule = { homePage: 'https://lms.example.org', field: 'username' as const }
  expect(pseudonymsOf('username:kim', pseudonymise, [rule])).toEqual([
    id('username:kim'),
    id('account:https://lms.example.org|kim'),
    id('caliper:https://lms.example.org/users/kim'),
  ])
  // sha1sum of mailto:kim@example.org
  const sha1 = '6904e804b52c4237744800d8dfa6e44af92315f1'
  expect(pseudonymsOf('email:kim@example.org', pseudonymise, [])).toEqual([
    id('email:kim@example.org'),
    id(`sha1:${sha1}`),
  ])
})
