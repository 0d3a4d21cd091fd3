import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { restoreErasures } from '../../infra/commands/erase-person.ts'
import { readConfig } from '../../infra/config.ts'
import { Erased, erasedHash } from '../../infra/erased.ts'
import { rememberedErasures, rememberErasure } from '../../infra/erasures-file.ts'
import { openLog } from '../../infra/log/open-log.ts'
import type { EventLog } from '../../infra/log/event-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { lettersWith, textsOf } from '../../ingest/erase.ts'
import { deadLetterMaker } from '../../ingest/dead-letters.ts'
import { Intake } from '../../ingest/intake.ts'
import { openResources } from '../../ingest/lrs/store.ts'
import { heldIn } from '../../processors/erase.ts'
import { insertErasures, storedErasures, storeErasures } from '../../processors/store-erasures.ts'
import { storeDeadLetters } from '../../processors/store-dead-letters.ts'
import { DeadLetter } from '../../schemas/dead-letter.ts'
import { ERASED, type Erasure } from '../../schemas/erasure.ts'
import { entriesOf } from '../helpers/figures.ts'
import { aRecord, aSchool, enrol, person, store } from '../helpers/records.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { SECRETS } from './start-ingest.ts'

const emptied = emptiedWarehouse()

let folder: string
let warehouse: Warehouse
let log: EventLog
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-erased-'))
  warehouse = await emptied()
  log = await openLog({ data: folder, district: 'd', kafka: null })
})
afterEach(async () => {
  await log.close()
  await rm(folder, { recursive: true, force: true })
})

const anErasure = (pseudonyms: string[], more: Partial<Erasure> = {}): Erasure => ({
  type: 'erasure',
  id: '6b7f0d3a-58c1-4c4e-9a55-0000000000e1',
  storedAt: '2026-03-02T10:00:00.000Z',
  identifiers: pseudonyms.map(erasedHash),
  letters: [],
  doneAt: null,
  counts: { events: 3 },
  signature: 'a'.repeat(64),
  ...more,
})

test('a running ingest writes no agent and no salt of somebody who was erased a moment ago, nor uses the old one', async () => {
  const erased = new Erased(warehouse)
  await erased.refresh()
  const intake = new Intake({ log, config: readConfig({}, { data: folder }), secrets: SECRETS, erased })
  const zyx = intake.pseudonymise('mbox', 'zyx@example.org')
  const ann = intake.pseudonymise('mbox', 'ann@example.org')
  const sealed = (who: string): string => {
    intake.identities.known({ mbox: `mailto:${who}@example.org` }, () => (who === 'zyx' ? zyx : ann))
    return intake.identities.seal('text', who === 'zyx' ? zyx : ann).split('.')[0]!
  }
  const saltsBefore = [sealed('zyx'), sealed('ann')]
  intake.writeIdentities()
  await intake.durable.settled(0)
  expect(await entriesOf(log, 'identities')).toHaveLength(4)

  await insertErasures(warehouse, [anErasure([zyx])])
  await erased.refresh()
  const [zyxSalt, annSalt] = [sealed('zyx'), sealed('ann')]
  expect(zyxSalt).not.toBe(saltsBefore[0])
  intake.writeIdentities()
  await intake.durable.settled(0)
  const keys = (await entriesOf(log, 'identities')).map(({ key }) => key)
  expect(keys).toContain(`salt|${annSalt}`)
  expect(keys).not.toContain(`salt|${zyxSalt}`)
})

test('an erasure is stored once, begun and done, as it was written', async () => {
  const begun = anErasure(['b'.repeat(64)])
  const done = { ...begun, doneAt: '2026-03-02T10:05:00.000Z' }
  await insertErasures(warehouse, [begun])
  expect(await storedErasures(warehouse)).toEqual([begun])
  await insertErasures(warehouse, [done, begun])
  expect(await storedErasures(warehouse)).toEqual([done])
})

test('documents and attachments of an erased person are counted, removed, and not taken again; those of others stay', async () => {
  const [zyx, ann] = ['b'.repeat(64), 'c'.repeat(64)]
  const erased = new Erased(warehouse)
  const resources = openResources({ data: folder }, SECRETS, erased)
  const place = (agent: string) => ({ kind: 'agent-profile' as const, agent })
  const document = { contentType: 'text/plain', etag: 'e', updated_ms: 1, content: Buffer.from('text') }
  for (const agent of [zyx, ann]) {
    await resources.documents.change(place(agent), 'd', () => document)
    await resources.putAttachments([{ actor: agent, sha2: 'ab', contentType: 'text/plain', body: Buffer.from('x') }])
  }
  expect(resources.people().toSorted()).toEqual([zyx, ann])
  expect(resources.count(zyx)).toEqual({ documents: 1, attachments: 1 })
  await insertErasures(warehouse, [anErasure([zyx])])
  await erased.refresh()
  for (const person of resources.people()) if (erased.has(person)) await resources.erasePerson(person)
  await expect(resources.documents.change(place(zyx), 'd', () => document)).rejects.toMatchObject({
    code: 'PERSON_ERASED',
  })
  await resources.putAttachments([{ actor: zyx, sha2: 'ab', contentType: 'text/plain', body: Buffer.from('x') }])
  expect(resources.people()).toEqual([ann])
  await resources.close()
})

test('dead letters are found by an identifier or a whole name, not by a part of a longer word', async () => {
  const make = deadLetterMaker(SECRETS)
  const letter = (original: string): DeadLetter => {
    const storedAt = new Date().toISOString()
    const refused = {
      source: 'sis',
      door: 'oneroster',
      place: 'x',
      code: 'ROW_INVALID',
      reason: 'x',
      original,
    } as const
    return DeadLetter.parse(JSON.parse(make(refused, storedAt).value!))
  }
  const texts = textsOf(
    [{ givenName: 'Zyx', familyName: 'Quill', email: 'zyx.quill@example.org', sourcedId: '1042' }],
    [
      JSON.stringify({
        objectType: 'Agent',
        name: 'Zyx',
        account: { homePage: 'https://lms.example.org', name: 'zq1' },
      }),
      JSON.stringify({ objectType: 'Agent', name: 'Zyx Quill', mbox: 'mailto:zyx.quill@example.org' }),
    ],
    ['zq1'],
  )
  expect(texts.toSorted()).toEqual(['1042', 'Zyx Quill', 'zq1', 'zyx.quill@example.org'].toSorted())
  const theirs = ['a,1042,b', '{"mbox":"mailto:ZYX.QUILL@example.org"}', 'Quill, Zyx', '"name": "zq1"'].map(letter)
  const others = ['a,91042,b', 'zq12', 'Zyx Other', '{"mbox":"mailto:ann@example.org"}'].map(letter)
  await storeDeadLetters(warehouse, [...theirs, ...others])
  expect((await lettersWith(warehouse, SECRETS, texts)).toSorted()).toEqual(theirs.map(({ id }) => id).toSorted())
})

test('a data folder that is older than an erasure learns of it from the file beside the secrets', async () => {
  const config = { secretsFile: join(folder, 'keys', 'secrets.json') }
  await mkdir(join(folder, 'keys'))
  expect(rememberedErasures(config)).toEqual([])
  const erasure = anErasure(['b'.repeat(64)])
  rememberErasure(config, erasure)
  await appendFile(join(folder, 'keys', 'erasures.jsonl'), '{"type":"era')
  expect(rememberedErasures(config)).toEqual([erasure])
  const restore = () => restoreErasures({ warehouse, config: readConfig({}, { data: folder, ...config }) })
  expect(await restore()).toEqual([erasure])
  const erased = new Erased(warehouse)
  await erased.refresh()
  expect(erased.has('b'.repeat(64))).toBe(true)
  expect(await restore()).toEqual([])
})

test('an erasure that comes with the log takes what a restored warehouse has of the person', async () => {
  await enrol(warehouse, ...aSchool('oak', { 'hr-1': ['zyx', 'ann'] }))
  await store(warehouse, [aRecord({ actor: 'zyx', others: ['ann'], kind: 'met' }), aRecord({ actor: 'ann' })])
  const zyx = [erasedHash(person('zyx'))]
  expect((await heldIn(warehouse, zyx)).map(({ table }) => table)).toEqual(
    expect.arrayContaining(['events', 'persons', 'enrolments', 'originals', 'record_index', 'touched']),
  )
  const done = anErasure([person('zyx')], { doneAt: '2026-03-02T10:05:00.000Z' })
  const delivered = { key: `erasure|${done.id}`, value: JSON.stringify(done), partition: 0, offset: 0, index: 0 }
  const erased = new Erased(warehouse)
  await storeErasures(warehouse, [delivered], erased)
  expect(await heldIn(warehouse, zyx)).toEqual([])
  expect(erased.has(person('zyx'))).toBe(true)
  const [ann] = await warehouse.query<{ with: string[] }>(
    "select arrayMap(x -> lower(hex(x)), counterparts) as with from events final where kind = 'met'",
  )
  expect(ann).toEqual({ with: [ERASED] })
})
