import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import { warehouseError } from '../../infra/warehouse/refusal.ts'
import { EXPLORED, type Asked } from './explorer.ts'

/** Files of figures, as ClickHouse writes them. */
export const FORMATS = {
  csv: { type: 'text/csv; charset=utf-8; header=present', clickhouse: 'CSVWithNames' },
  parquet: { type: 'application/vnd.apache.parquet', clickhouse: 'Parquet' },
  arrow: { type: 'application/vnd.apache.arrow.stream', clickhouse: 'ArrowStream' },
} as const
export type Format = keyof typeof FORMATS

/**
 * Every row of `explored.sql`, as a stream that ClickHouse writes. Its server sends nothing before the last row is
 * computed, so that a refusal is an error and never half a file; a connection that breaks later breaks ours too.
 * @throws HomeroomError WAREHOUSE_REFUSED, WAREHOUSE_UNAVAILABLE
 */
export async function figuresAs(
  warehouse: Warehouse,
  asked: Asked,
  format: Format,
): Promise<{ type: string; body: AsyncIterable<Uint8Array> }> {
  const { type, clickhouse } = FORMATS[format]
  const query = format === 'csv' ? GUARDED : EXPLORED
  try {
    const { stream } = await warehouse.client.exec({
      query: `${query}\nformat ${clickhouse}`,
      query_params: asked,
      clickhouse_settings: SETTINGS,
    })
    return { type, body: stream as AsyncIterable<Uint8Array> }
  } catch (error) {
    throw warehouseError(`the figures as ${format}`, error, '')
  }
}

/** RFC 4180 for CSV: lines end in CR LF, and what is not known is an empty field. Times as ISO 8601 in UTC. */
const SETTINGS = {
  wait_end_of_query: 1,
  output_format_csv_crlf_end_of_line: 1,
  format_csv_null_representation: '',
  date_time_output_format: 'iso',
  output_format_arrow_string_as_string: 1,
  output_format_arrow_compression_method: 'none',
  output_format_arrow_low_cardinality_as_dictionary: 0,
  output_format_parquet_string_as_string: 1,
  output_format_arrow_date_as_uint16: 0,
  output_format_parquet_date_as_uint16: 0,
} as const

const GUARDED = sql(new URL('./guarded.sql', import.meta.url))
