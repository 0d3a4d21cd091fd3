import type { IncomingMessage } from 'node:http'

/** Parameters of the address that are no settings of the statement. Sessions are not kept: `session_id` has no effect. */
export const HTTP_ONLY = new Set(
  `query query_id database default_format user password session_id session_timeout session_check quota_key compress decompress
   wait_end_of_query buffer_size http_response_buffer_size send_progress_in_http_headers http_headers_progress_interval_ms
   enable_http_compression http_zlib_compression_level client_protocol_version close_session stacktrace add_http_cors_header
   cancel_http_readonly_queries_on_client_close http_write_exception_in_output_format role`.split(/\s+/),
)

export const CONTENT_TYPES: Record<string, string> = {
  JSON: 'application/json; charset=UTF-8',
  JSONCompact: 'application/json; charset=UTF-8',
  JSONEachRow: 'application/x-ndjson; charset=UTF-8',
  CSV: 'text/csv; charset=UTF-8; header=absent',
  CSVWithNames: 'text/csv; charset=UTF-8; header=present',
  TabSeparated: 'text/tab-separated-values; charset=UTF-8',
  Arrow: 'application/octet-stream',
  ArrowStream: 'application/octet-stream',
  Native: 'application/octet-stream',
  Parquet: 'application/octet-stream',
  RowBinary: 'application/octet-stream',
}

export function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name]
  return typeof value === 'string' ? value : null
}
