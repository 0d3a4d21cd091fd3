import { settingsFor, uuidSet } from './uuid-set.ts'
import type { Warehouse } from './warehouse.ts'

export type KnownRecord = {
  /** Hash of the content that is stored, 16 hexadecimal digits. */
  hash: string
  storedAt: string
  source: string
  /** partition/offset/index of the delivery that was stored. */
  position: string
}

/**
 * Which of these ids are stored already.
 *
 * The first version of each is chosen here and not by FINAL, which would read every column of all rows near an id before
 * it compares ids; so only the ids are read where none is known.
 * @param ids UUIDs
 */
export async function knownRecords(warehouse: Warehouse, ids: readonly string[]): Promise<Map<string, KnownRecord>> {
  if (ids.length === 0) return new Map()
  const found = await warehouse.query<{
    id: string
    hash: string
    source: string
    position: string
    stored_ms: number
  }>(
    `select toString(record_id) as id, leftPad(lower(hex(hash)), 16, '0') as hash, source, position,
       toFloat64(toUnixTimestamp64Milli(stored_at)) as stored_ms
     from record_index
     where record_id in ${uuidSet(ids)}
     order by ver desc
     limit 1 by record_id`,
    {},
    settingsFor(ids),
  )
  return new Map(
    found.map(({ id, hash, source, position, stored_ms }) => [
      id,
      { hash, source, position, storedAt: new Date(stored_ms).toISOString() },
    ]),
  )
}

/** What is stored, as ingest asks for it. */
export function storedRecords(warehouse: Warehouse): {
  ids: (since: number) => AsyncGenerator<Uint32Array>
  count: () => Promise<number>
  hashes: (ids: readonly string[]) => Promise<Map<string, string>>
} {
  return {
    ids: since => storedIds(warehouse, since),
    count: () => storedCount(warehouse),
    hashes: async ids => new Map([...(await knownRecords(warehouse, ids))].map(([id, { hash }]) => [id, hash])),
  }
}

const PAGE = 250_000
const BYTES_OF_ID = 16
const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * The ids of all records that are stored, in the order of the table, some of them more than once.
 * @param since only those stored at or after it, milliseconds since 1970
 * @returns pages of ids, four words each, the first digits first
 */
async function* storedIds(warehouse: Warehouse, since = 0): AsyncGenerator<Uint32Array> {
  let after = FIRST
  for (;;) {
    const { stream } = await warehouse.client.exec({
      query: `select record_id from record_index
        where record_id > {after:UUID} and stored_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
        order by record_id limit ${PAGE} format RowBinary`,
      query_params: { after, since: String(since) },
    })
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    const bytes = Buffer.concat(chunks)
    const ids = wordsOf(bytes)
    if (ids.length > 0) yield ids
    if (bytes.length < PAGE * BYTES_OF_ID) return
    after = textOf(ids, ids.length - 4)
  }
}

/** Number of rows, as the table's metadata has it: at least as many as there are records. */
async function storedCount(warehouse: Warehouse): Promise<number> {
  const [row] = await warehouse.query<{ rows: number }>('select toFloat64(count()) as rows from record_index')
  return row?.rows ?? 0
}

// ClickHouse writes a UUID as two integers of 64 bits, each with its last byte first.
function wordsOf(bytes: Buffer): Uint32Array {
  const words = new Uint32Array((bytes.length / BYTES_OF_ID) * 4)
  for (let i = 0; i < words.length; i += 2) {
    words[i] = bytes.readUInt32LE(i * 4 + 4)
    words[i + 1] = bytes.readUInt32LE(i * 4)
  }
  return words
}

function textOf(words: Uint32Array, at: number): string {
  let hex = ''
  for (let i = at; i < at + 4; i++) hex += words[i]!.toString(16).padStart(8, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
