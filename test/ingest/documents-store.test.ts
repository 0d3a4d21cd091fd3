import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HomeroomError } from '../../infra/errors.ts'
import { etagOf, type Change, type Place } from '../../ingest/lrs/documents-store.ts'
import { openResources, type Resources } from '../../ingest/lrs/store.ts'
import { NOW, SECRETS } from './start-ingest.ts'

const [KIM, LEE] = ['ab'.repeat(32), 'cd'.repeat(32)]
const ACTIVITY = 'https://lms.example.org/marked-activity'
const STATE: Place = { kind: 'state', agent: KIM, activity: ACTIVITY, registration: null }

let folder: string
let resources: Resources

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-resources-'))
  resources = openResources({ data: folder }, SECRETS)
})
afterEach(async () => {
  await resources.close()
  await rm(folder, { recursive: true, force: true })
})

function aDocument(text: string, updated_ms = NOW): NonNullable<Change> {
  const content = Buffer.from(text)
  return { contentType: 'text/plain', etag: etagOf(content), updated_ms, content }
}

const put = (place: Place, id: string, text: string): Promise<void> =>
  resources.documents.change(place, id, () => aDocument(text))

test('what is stored is there when the file is opened again', async () => {
  await put(STATE, 'bookmark', 'page 7')
  await resources.putAttachments([{ actor: KIM, sha2: 'F0', contentType: 'text/plain', body: Buffer.from('essay') }])
  await resources.close()
  resources = openResources({ data: folder }, SECRETS)
  expect(resources.documents.read(STATE, 'bookmark')).toEqual({ id: 'bookmark', ...aDocument('page 7') })
  expect(resources.attachment(KIM, 'f0')).toEqual({ contentType: 'text/plain', body: Buffer.from('essay') })
  expect(resources.attachment(LEE, 'f0')).toBeNull()
})

test('nothing on disk tells who, about what, or what', async () => {
  const places: Place[] = [
    { ...STATE, registration: '6f0a0b3c-7ad0-4bd7-8f0f-0b4b5b0e8a01' },
    { kind: 'agent-profile', agent: KIM },
    { kind: 'activity-profile', activity: ACTIVITY },
  ]
  for (const place of places) await put(place, 'marked-id', 'marked-content'.repeat(1000))
  const body = Buffer.from('marked-attachment'.repeat(1000))
  const sha2 = '495395e777cd98da653df9615d09c0fd6bb2f8d4788394cd53c56a3bfdcd848a'
  await resources.putAttachments([{ actor: KIM, sha2, contentType: 'text/marked', body }])
  await resources.close()
  const files = await readdir(join(folder, 'xapi'))
  const bytes = Buffer.concat(await Promise.all(files.map(file => readFile(join(folder, 'xapi', file)))))
  // The pseudonym is in the key: so this does look into the right file.
  expect(bytes.includes(KIM)).toBe(true)
  for (const secret of ['marked', '6f0a0b3c', '495395e7', 'lms.example', 'text/plain', etagOf(body)])
    expect([secret, bytes.includes(secret)]).toEqual([secret, false])
  resources = openResources({ data: folder }, SECRETS)
})

test('another master secret opens nothing', async () => {
  await put(STATE, 'bookmark', 'page 7')
  await resources.close()
  resources = openResources({ data: folder }, { ...SECRETS, masterSecret: Buffer.alloc(32, 9) })
  expect(() => resources.documents.read(STATE, 'bookmark')).toThrow(HomeroomError)
})

test('erasing a person removes all documents and attachments of that person and of nobody else', async () => {
  const profile: Place = { kind: 'activity-profile', activity: ACTIVITY }
  await put(STATE, 'a', '1')
  await put({ ...STATE, registration: '6f0a0b3c-7ad0-4bd7-8f0f-0b4b5b0e8a01' }, 'a', '2')
  await put({ kind: 'agent-profile', agent: KIM }, 'a', '3')
  await put({ ...STATE, agent: LEE }, 'a', '4')
  await put(profile, 'a', '5')
  const essay = { sha2: 'f0', contentType: 'text/plain', body: Buffer.from('essay') }
  await resources.putAttachments([
    { actor: KIM, ...essay },
    { actor: LEE, ...essay },
  ])
  expect(await resources.erasePerson(KIM)).toEqual({ documents: 3, attachments: 1 })
  expect(resources.documents.list(STATE)).toEqual([])
  expect(resources.documents.read(STATE, 'a')).toBeNull()
  expect(resources.documents.read({ kind: 'agent-profile', agent: KIM }, 'a')).toBeNull()
  expect(resources.attachment(KIM, 'f0')).toBeNull()
  expect(resources.documents.read({ ...STATE, agent: LEE }, 'a')?.content.toString()).toBe('4')
  expect(resources.documents.read(profile, 'a')?.content.toString()).toBe('5')
  expect(resources.attachment(LEE, 'f0')?.body.toString()).toBe('essay')
  expect(await resources.erasePerson(KIM)).toEqual({ documents: 0, attachments: 0 })
})

test('one file that thousands hand in at once is not kept thousands of times', async () => {
  const body = Buffer.alloc(4 * 1024 * 1024)
  const entries = Array.from({ length: 17 }, (_, i) => ({
    actor: String(i).padStart(64, '0'),
    sha2: 'f0',
    contentType: 'text/plain',
    body,
  }))
  await expect(resources.putAttachments(entries)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' })
  expect(resources.attachment(entries[0]!.actor, 'f0')).toBeNull()
  await resources.putAttachments(entries.slice(0, 16))
  expect(resources.attachment(entries[15]!.actor, 'f0')?.body).toHaveLength(body.length)
})

test('a change that is refused leaves everything as it was, also for those who write beside it', async () => {
  await put(STATE, 'a', 'before')
  const refused = new HomeroomError('PRECONDITION_FAILED', 'no')
  const outcomes = await Promise.allSettled([
    put(STATE, 'b', 'beside'),
    resources.documents.change(STATE, 'a', () => {
      throw refused
    }),
    put(STATE, 'c', 'beside'),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(outcomes[1]).toMatchObject({ reason: refused })
  expect(
    resources.documents
      .list(STATE)
      .map(({ id }) => id)
      .sort(),
  ).toEqual(['a', 'b', 'c'])
  expect(resources.documents.read(STATE, 'a')?.content.toString()).toBe('before')
})

test('whatever is stored and removed, in any order: reading and listing tell what is there', async () => {
  const place = fc.constantFrom<Place>(
    STATE,
    { ...STATE, registration: '6f0a0b3c-7ad0-4bd7-8f0f-0b4b5b0e8a01' },
    { ...STATE, activity: `${ACTIVITY}/b` },
    { ...STATE, agent: LEE },
    { kind: 'agent-profile', agent: KIM },
    { kind: 'activity-profile', activity: ACTIVITY },
  )
  const id = fc.oneof(
    fc.constantFrom('', 'a', 'b'),
    fc.string({ unit: 'binary', maxLength: 3000 }).filter(isWellFormed),
  )
  const step = fc.record({ place, id, content: fc.option(fc.uint8Array({ maxLength: 5000 })) })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
      const model = new Map<string, { place: Place; id: string; content: Buffer }>()
      for (const { place, id, content } of steps) {
        const key = JSON.stringify([place, id])
        if (content === null) {
          await resources.documents.change(place, id, () => null)
          model.delete(key)
        } else {
          await resources.documents.change(place, id, () => ({
            ...aDocument(''),
            etag: etagOf(Buffer.from(content)),
            content: Buffer.from(content),
          }))
          model.set(key, { place, id, content: Buffer.from(content) })
        }
      }
      for (const { place, id } of steps) {
        const found = resources.documents.read(place, id)
        expect(found?.content).toEqual(model.get(JSON.stringify([place, id]))?.content)
        const kept = [...model.values()].filter(other => isWithin(other.place, place))
        expect(
          resources.documents
            .list(place)
            .map(head => head.id)
            .sort(),
        ).toEqual(kept.map(other => other.id).sort())
      }
      for (const { place } of steps) await resources.documents.removeAll(place, () => undefined)
      for (const { place } of steps) expect(resources.documents.list(place)).toEqual([])
    }),
    { numRuns: 60, seed: 7 },
  )
})

const isWellFormed = (text: string): boolean => text.isWellFormed()

/** What `list` promises: a state without a registration stands for those of every registration. */
function isWithin(place: Place, of: Place): boolean {
  if (of.kind !== 'state' || of.registration !== null || place.kind !== 'state')
    return JSON.stringify(place) === JSON.stringify(of)
  return place.agent === of.agent && place.activity === of.activity
}

test('any number of writers at once lose no update', async () => {
  let runs = 0
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 6 }), async (writers, updates) => {
      const place: Place = { ...STATE, activity: `${ACTIVITY}/${runs++}` }
      const write = async (): Promise<void> => {
        for (let done = 0; done < updates;) done += (await countUp(resources, place)) ? 1 : 0
      }
      await Promise.all(Array.from({ length: writers }, write))
      expect(resources.documents.read(place, 'count')?.content.toString()).toBe(String(writers * updates))
    }),
    { numRuns: 15, seed: 7 },
  )
})

test('writers of several processes lose no update either', async () => {
  const updates = 40
  const child = new URL('./documents-store-child.ts', import.meta.url)
  const children = [1, 2].map(() => fork(child, [folder, String(updates)], { execArgv: [] }))
  const ends = children.map(async process => {
    const [code] = (await once(process, 'exit')) as [number]
    return code
  })
  for (let done = 0; done < updates;) done += (await countUp(resources, STATE)) ? 1 : 0
  expect(await Promise.all(ends)).toEqual([0, 0])
  expect(resources.documents.read(STATE, 'count')?.content.toString()).toBe(String(3 * updates))
})

test('what was acknowledged outlives kill -9', async () => {
  const child = new URL('./documents-store-child.ts', import.meta.url)
  for (const acknowledgements of [1, 20, 50]) {
    const writer = fork(child, [folder, '100000'], { execArgv: [] })
    const ended = once(writer, 'exit')
    let last = 0
    for (let told = 0; told < acknowledgements; told++) last = ((await once(writer, 'message')) as [number])[0]
    writer.on('message', count => (last = count as number))
    writer.kill('SIGKILL')
    await ended
    const kept = Number(resources.documents.read(STATE, 'count')?.content.toString())
    expect(last).toBeGreaterThanOrEqual(acknowledgements)
    // The one that was being written may be there without having been acknowledged.
    expect([last, last + 1]).toContain(kept)
  }
})

/** What a tool does: read, then write on the condition that nobody wrote between; false if somebody did. */
async function countUp({ documents }: Resources, place: Place): Promise<boolean> {
  const seen = documents.read(place, 'count')
  const next = String(Number(seen?.content.toString() ?? 0) + 1)
  let isSame = false
  await documents.change(place, 'count', existing => {
    isSame = existing?.etag === seen?.etag
    return isSame ? aDocument(next) : existing
  })
  return isSame
}
