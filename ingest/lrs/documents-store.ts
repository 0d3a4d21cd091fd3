import { hash } from 'node:crypto'
import type { Pseudonym } from '../../schemas/record.ts'
import { decryptBytes, encryptBytes } from '../../infra/seal.ts'
import { beginningWith, peopleIn, type SealedFile } from './sealed-file.ts'

/** Where documents lie side by side. A state without a registration is another one than that of any registration. */
export type Place =
  | { kind: 'state'; agent: Pseudonym; activity: string; registration: string | null }
  | { kind: 'agent-profile'; agent: Pseudonym }
  | { kind: 'activity-profile'; activity: string }

/** What is known of a document without its content. `etag` is the SHA-1 of the content, 40 hexadecimal digits. */
export type DocumentHead = { id: string; contentType: string; etag: string; updated_ms: number }
export type Document = DocumentHead & { content: Buffer }

/** What shall stand in the place of a document from now on; null: nothing. */
export type Change = Omit<Document, 'id'> | null

export type Documents = {
  read(place: Place, id: string): Document | null
  /** All documents of the place, without their contents; of a state without a registration: those of every registration. */
  list(place: Place): DocumentHead[]
  /**
   * Read, decide and write as one: nobody else writes between. Resolves when it is durable.
   * @param decide what it throws is thrown, and nothing is changed
   * @throws HomeroomError STORE_UNAVAILABLE
   */
  change(place: Place, id: string, decide: (existing: Document | null) => Change): Promise<void>
  /** Remove what `list` lists; resolves when that is durable. What `check` throws is thrown, and nothing is removed. */
  removeAll(place: Place, check: (listed: DocumentHead[]) => void): Promise<void>
  /** Within a read: whose documents there are, and how many of one of them. */
  people(): Pseudonym[]
  count(person: Pseudonym): number
  /** Within a write: remove everything of one person; returns how many documents there were. */
  eraseAll(person: Pseudonym): number
}

/** The ETag of a content, without its quotes: xAPI 1.0.3 wants SHA-1, 2.0.0 leaves it open, and one document has one. */
export const etagOf = (content: Buffer): string => hash('sha1', content, 'hex')

/** Heads and contents lie in two tables under the same keys, so that listing ids opens no content. */
export function openDocuments(file: SealedFile): Documents {
  const heads = file.table('documents')
  const contents = file.table('contents')

  const { ownerOf, prefixOf, keyOf } = keysIn(file)

  function headAt(key: string[], sealingKey: Buffer): DocumentHead | null {
    const sealed = heads.getBinary(key)
    return sealed === undefined ? null : (JSON.parse(decryptBytes(sealingKey, sealed).toString()) as DocumentHead)
  }

  function headsIn(place: Place): DocumentHead[] {
    const sealingKey = file.keyOf(ownerOf(place))
    return [...heads.getKeys(beginningWith(prefixOf(place)))].map(key => headAt(key as string[], sealingKey)!)
  }

  function documentAt(key: string[], sealingKey: Buffer): Document | null {
    const head = headAt(key, sealingKey)
    return head && { ...head, content: decryptBytes(sealingKey, contents.getBinary(key)!) }
  }

  function put(key: string[], sealingKey: Buffer, { content, ...head }: Document): void {
    void heads.put(key, encryptBytes(sealingKey, Buffer.from(JSON.stringify(head))))
    void contents.put(key, encryptBytes(sealingKey, content))
  }

  function removeBeginningWith(prefix: string[]): number {
    const keys = [...heads.getKeys(beginningWith(prefix))]
    for (const key of keys) {
      void heads.remove(key)
      void contents.remove(key)
    }
    return keys.length
  }

  return {
    read: (place, id) => file.read(() => documentAt(keyOf(place, id), file.keyOf(ownerOf(place)))),
    list: place => file.read(() => headsIn(place)),
    change(place, id, decide) {
      const key = keyOf(place, id)
      const sealingKey = file.keyOf(ownerOf(place))
      return file.write(() => {
        const changed = decide(documentAt(key, sealingKey))
        if (changed !== null) return put(key, sealingKey, { id, ...changed })
        void heads.remove(key)
        void contents.remove(key)
      })
    },
    removeAll: (place, check) =>
      file.write(() => {
        check(headsIn(place))
        removeBeginningWith(prefixOf(place))
      }),
    people: () => peopleIn(heads),
    count: person => heads.getKeysCount(beginningWith([person])),
    eraseAll: person => removeBeginningWith([person]),
  }
}

/** Under which keys documents lie. */
function keysIn(file: SealedFile) {
  const ownerOf = (place: Place): string =>
    place.kind === 'activity-profile' ? file.nameOf('activity', place.activity) : place.agent

  // The owner comes first: erasing a person is removing one prefix.
  function prefixOf(place: Place): string[] {
    if (place.kind !== 'state') return [ownerOf(place), place.kind]
    const registration = place.registration === null ? [] : [file.nameOf('registration', place.registration)]
    return [place.agent, place.kind, file.nameOf('activity', place.activity), ...registration]
  }

  function keyOf(place: Place, id: string): string[] {
    const none = place.kind === 'state' && place.registration === null ? [NO_REGISTRATION] : []
    return [...prefixOf(place), ...none, file.nameOf('document', id)]
  }

  return { ownerOf, prefixOf, keyOf }
}

/** Stands where the hash of a registration would; no hash is that short. */
const NO_REGISTRATION = '-'
