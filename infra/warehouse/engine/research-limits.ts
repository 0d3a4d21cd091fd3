import { totalmem } from 'node:os'
import { exception } from './exception.ts'

/** Of one statement, on a machine that has it. */
export const MOST_MEMORY_BYTES = 2_000_000_000

/** What one statement of a researcher may use. Everything beyond is an error that says so; nothing is cut silently. */
export const LIMITS = {
  seconds: 60,
  /** Less on a small machine: four at once leave the application most of what the engine may take. */
  memory_bytes: Math.min(MOST_MEMORY_BYTES, Math.floor(totalmem() / 10)),
  result_rows: 10_000_000,
  result_bytes: 1_000_000_000,
  rows_to_read: 1_000_000_000,
  /** Statements of one user at once; another is refused. */
  of_one_user: 3,
  /** Statements of all researchers at once; others wait. The engine runs 12, so the application always finds room. */
  of_all: 4,
  statement_bytes: 256 * 1024,
} as const

type Setting = readonly [string, string]

/**
 * Settings of a researcher's session, in the order in which they are set; readonly comes last, after the role.
 *
 * No plan is optimised: a condition that is moved below a view, and there fails with an error, would speak of rows that the
 * view leaves out (filters pushed down, filters made of a join). What researchers read is small enough to be read whole.
 */
export function sessionSettings(asked: readonly Setting[]): Setting[] {
  const fixed = {
    max_execution_time: LIMITS.seconds,
    timeout_before_checking_execution_speed: 0,
    max_memory_usage: LIMITS.memory_bytes,
    max_result_rows: LIMITS.result_rows,
    max_result_bytes: LIMITS.result_bytes,
    max_rows_to_read: LIMITS.rows_to_read,
    max_temporary_data_on_disk_size_for_query: LIMITS.result_bytes,
    max_threads: 1,
    max_parsing_threads: 1,
    os_thread_priority: 10,
    max_query_size: LIMITS.statement_bytes,
    max_subquery_depth: 50,
    max_recursive_cte_evaluation_depth: 1000,
    regexp_max_matches_per_row: 1000,
    enable_analyzer: 1,
    implicit_select: 0,
    allow_ddl: 0,
    allow_introspection_functions: 0,
    use_query_cache: 0,
    enable_optimize_predicate_expression: 0,
    query_plan_enable_optimizations: 0,
    enable_join_runtime_filters: 0,
    result_overflow_mode: 'throw',
    read_overflow_mode: 'throw',
    timeout_overflow_mode: 'throw',
  }
  return [...Object.entries(fixed).map(([name, value]) => [name, String(value)] as const), ...asked]
}

/**
 * The settings that a researcher gave, as far as they say how a result looks or make a limit narrower.
 * @throws Exception 164 naming the setting
 */
export function askedSettings(given: readonly Setting[]): Setting[] {
  return given.flatMap(([name, value]): Setting[] => {
    // Clients send these without being told to; they change nothing here.
    if (IGNORED.has(name)) return []
    const most = NARROWER.get(name)
    if (most !== undefined) return [[name, narrower(name, value, most)]]
    if (FREE.has(name) || (/^output_format_\w+$/.test(name) && !WRITES.test(name))) return [[name, value]]
    throw exception(
      164,
      'READONLY',
      `Setting ${shown(name)} is refused: a researcher may set output_format_*, ${[...FREE].join(', ')}, and ${[...NARROWER.keys()].join(', ')} up to the limits. Leave it out`,
    )
  })
}

/** Formats of a result that say nothing but the result, and write nothing anywhere. */
export function allowedFormat(name: string): string {
  if (FORMATS.test(name)) return name
  throw exception(
    73,
    'UNKNOWN_FORMAT',
    `Format ${shown(name)} is refused or unknown. Use one of CSV, CSVWithNames, TabSeparated, TabSeparatedWithNames, JSON, JSONCompact, JSONEachRow, Native, RowBinary, Parquet, Arrow, ArrowStream, ORC, Markdown, Vertical, Pretty, XML, Null`,
  )
}

/** What somebody sent, short and on one line, for a message. */
export const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text)

const FORMATS =
  /^(((CSV|TSV|TabSeparated|TSVRaw|TabSeparatedRaw|RowBinary|JSONCompactEachRow|JSONCompactStringsEachRow)(WithNames|WithNamesAndTypes)?)|JSON|JSONCompact|JSONStrings|JSONCompactStrings|JSONEachRow|JSONStringsEachRow|JSONLines|JSONL|NDJSON|JSONColumns|JSONCompactColumns|JSONColumnsWithMetadata|JSONObjectEachRow|JSONEachRowWithProgress|JSONCompactEachRowWithProgress|Native|Parquet|Arrow|ArrowStream|ORC|Avro|Npy|MsgPack|BSONEachRow|Markdown|MD|Vertical|Values|TSKV|XML|Null|LineAsString|RawBLOB|Pretty\w{0,40})$/

/** `output_format_schema` names a file to write; the other takes an SQL table name into its text. */
const WRITES = /^output_format_(schema|sql_insert_\w+|compression_\w+|image_\w+|enable_streaming)$/

const FREE = new Set([
  'aggregate_functions_null_for_empty',
  'cast_string_to_dynamic_use_inference',
  'date_time_output_format',
  'extremes',
  'format_csv_delimiter',
  'format_csv_null_representation',
  'format_tsv_null_representation',
  'group_by_use_nulls',
  'join_algorithm',
  'join_use_nulls',
  'session_timezone',
  'totals_mode',
  'transform_null_in',
  'union_default_mode',
])

const NARROWER = new Map<string, number>([
  ['max_block_size', 65_409],
  ['max_execution_time', LIMITS.seconds],
  ['max_memory_usage', LIMITS.memory_bytes],
  ['max_result_bytes', LIMITS.result_bytes],
  ['max_result_rows', LIMITS.result_rows],
  ['max_rows_to_read', LIMITS.rows_to_read],
])

const IGNORED = new Set([
  'async_insert',
  'allow_execute_multiple_statements',
  'date_time_input_format',
  'input_format_json_read_numbers_as_strings',
  'log_comment',
  'optimize_and_compare_chain',
  'readonly',
  'use_query_cache',
  'wait_for_async_insert',
  'http_make_head_request',
])

function narrower(name: string, value: string, most: number): string {
  const number = Number(value)
  if (Number.isFinite(number) && number > 0 && number <= most) return String(number)
  throw exception(
    164,
    'READONLY',
    `Setting ${name} is ${shown(value)}, expected a number above 0 and at most ${most}: limits may be made narrower only`,
  )
}
