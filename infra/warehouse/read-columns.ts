import * as arrow from 'apache-arrow'
import type { Params, Warehouse } from './warehouse.ts'

/** A result by column: numbers as typed arrays, texts and hexadecimal as strings. No column may hold nulls. */
export type Columns = {
  rows: number
  floats(name: string): Float64Array
  texts(name: string): string[]
}

/** A query's result by column: for hundreds of thousands of rows, which take a tenth of the time that objects do. */
export async function readColumns(warehouse: Warehouse, query: string, params: Params = {}): Promise<Columns> {
  const { stream } = await warehouse.client.exec({
    query: `select * from (${query}) format ArrowStream`,
    query_params: { identity: warehouse.identity, ...params },
    clickhouse_settings: { output_format_arrow_string_as_string: 1, output_format_arrow_compression_method: 'none' },
  })
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  const table = arrow.tableFromIPC(Buffer.concat(chunks))
  const column = (name: string): arrow.Vector => {
    const found = table.getChild(name)
    if (found === null || found.nullCount > 0) throw new RangeError(`the query has no column ${name} without nulls`)
    return found
  }
  return {
    rows: table.numRows,
    floats: once(name => Float64Array.from(column(name).toArray() as ArrayLike<number>, Number)),
    texts: once(name => Array.from(column(name) as Iterable<string>)),
  }
}

function once<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>()
  return name => {
    const known = made.get(name) ?? make(name)
    made.set(name, known)
    return known
  }
}
