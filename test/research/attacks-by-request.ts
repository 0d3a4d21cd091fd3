import { gzipSync } from 'node:zlib'
import type { Options } from './a-door.ts'
import { READS_ONLY, SETTING, TABLE, WRITES, type Attack } from './attacks.ts'

/** Settings and formats in the statement. */
export const SETTINGS: Attack[] = [
  ['of the statement', 'SELECT 1 SETTINGS max_memory_usage = 0', /limits may be made narrower only/],
  ['readonly', 'SELECT * FROM (SELECT 1 SETTINGS readonly = 0)', SETTING],
  ['of a subquery', 'SELECT * FROM (SELECT 1 SETTINGS max_rows_to_read = 0)', SETTING],
  ['of the analysis', 'SELECT 1 SETTINGS enable_analyzer = 0', SETTING],
  ['that filter other tables', "SELECT 1 SETTINGS additional_table_filters = {'x': '1'}", SETTING],
  ['that filter the result', "SELECT 1 SETTINGS additional_result_filter = 'file(1)'", SETTING],
  ['that write a schema', "SELECT 1 SETTINGS output_format_schema = '<OUT>/h' FORMAT CSV", SETTING],
  ['that take a table from elsewhere', "SELECT 1 SETTINGS implicit_table_at_top_level = 'people'", SETTING],
  [
    'with a quote that ends them',
    "SELECT 1 SETTINGS date_time_output_format = 'iso\\', readonly = 0 --'",
    /refused|Unexpected value/,
  ],
  ['twice', 'SELECT 1 SETTINGS max_threads = 1 FORMAT CSV SETTINGS readonly = 0', SETTING],
  ['of a format that loads a file', 'SELECT 1 FORMAT Template', /Format "Template" is refused/],
  ['a protocol as a format', 'SELECT 1 FORMAT MySQLWire', /Format "MySQLWire" is refused/],
  ['an image as a format', 'SELECT 1 FORMAT PNG', /Format "PNG" is refused/],
  ['a format with a quote', 'SELECT 1 FORMAT `CSV`', /refused|Syntax error/],
]

/** More than one statement may use. */
export const LIMITS: Attack[] = [
  ['more rows than a result may have', 'SELECT number FROM numbers(20000000) FORMAT RowBinary', /TOO_MANY_ROWS/],
  ['more rows than may be read', 'SELECT sum(number) FROM numbers(2000000000)', /TOO_MANY_ROWS/],
  ['more memory', "SELECT groupArray(repeat('a', 1000)) FROM numbers(10000000)", /MEMORY_LIMIT_EXCEEDED/],
  [
    'a cross join that does not end',
    'SELECT count() FROM numbers(1000000) a, numbers(1000000) b SETTINGS max_execution_time = 1',
    /TIMEOUT_EXCEEDED/,
  ],
  [
    'a join that does not end within the analysis',
    'SELECT (SELECT count() FROM numbers(1000000) a, numbers(1000000) b) SETTINGS max_execution_time = 1',
    /TIMEOUT_EXCEEDED/,
  ],
  ['an array without end', 'SELECT range(100000000000)', /TOO_LARGE_ARRAY|ARGUMENT_OUT_OF_BOUND|Code: 69/],
  ['a string without end', "SELECT repeat('a', 100000000000)", /TOO_LARGE_STRING_SIZE/],
  [
    'a recursion without end',
    'WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count() FROM t',
    /TOO_DEEP_RECURSION/,
  ],
  ['depth without end', `SELECT ${'('.repeat(3000)}1${')'.repeat(3000)}`, /TOO_DEEP|Syntax error|depth/i],
  [
    'a statement without end',
    `SELECT ${'1 +'.repeat(100_000)} 1`,
    /QUERY_IS_TOO_LARGE|Max query size|too (big|large|deep)/i,
  ],
  [
    'an expression that grows by its aliases',
    `WITH ${Array.from({ length: 25 }, (_, n) => (n === 0 ? '1 AS a0' : `a${n - 1} + a${n - 1} AS a${n}`)).join(', ')} SELECT a24 + a24`,
    /TOO_BIG|too big|TIMEOUT|MEMORY|refused/i,
  ],
]

/** What a request says beside its statement. */
export const HTTP: [
  what: string,
  sql: string | null,
  more: Record<string, string>,
  options: Options,
  answer: RegExp,
][] = [
  [
    'a database of others in the address',
    'SELECT * FROM people',
    { database: 'identity' },
    {},
    /The database asked for is refused/,
  ],
  [
    'a database of others in a header',
    'SELECT * FROM people',
    {},
    { headers: { 'x-clickhouse-database': 'identity' } },
    /The database asked for is refused/,
  ],
  [
    'a name that is code',
    'SELECT 1',
    { database: 'research_a`; DROP TABLE students; --' },
    {},
    /The database asked for is refused/,
  ],
  ['settings in the address', 'SELECT 1', { max_memory_usage: '0' }, {}, /limits may be made narrower only/],
  [
    'a time limit above that of all',
    'SELECT 1',
    { max_execution_time: '3600' },
    {},
    /limits may be made narrower only/,
  ],
  [
    'a limit that is no number',
    'SELECT 1',
    { max_result_rows: '1; SET readonly=0' },
    {},
    /limits may be made narrower only/,
  ],
  ['the analysis in the address', 'SELECT 1', { enable_analyzer: '0' }, {}, SETTING],
  ['cutting silently', 'SELECT 1', { result_overflow_mode: 'break' }, {}, SETTING],
  ['a setting whose name is code', 'SELECT 1', { 'join_use_nulls = 1, readonly': '0' }, {}, /Setting .* is refused/],
  [
    'a setting whose value is code',
    'SELECT 1',
    { date_time_output_format: "iso', readonly = '0" },
    {},
    /Unexpected value|Code: \d+/,
  ],
  ['a role', 'SELECT 1', { role: 'app' }, {}, /does not know it/],
  ['a format in the address', 'SELECT 1', { default_format: 'Template' }, {}, /Format "Template" is refused/],
  [
    'a format in a header',
    'SELECT 1',
    {},
    { headers: { 'x-clickhouse-format': 'Template' } },
    /Format "Template" is refused/,
  ],
  ['a table in a parameter', 'SELECT * FROM {t:Identifier}', { param_t: 'identity.people' }, {}, TABLE],
  ['a database in a parameter', 'SELECT * FROM {d:Identifier}.people', { param_d: 'identity' }, {}, TABLE],
  [
    'a parameter whose name is code',
    'SELECT 1',
    { "param_x = 'y', readonly": '0' },
    {},
    /neither a builtin setting|refused/,
  ],
  ['a statement half in the address, half in the body', ' FROM identity.people', { query: 'SELECT *' }, {}, TABLE],
  ['an INSERT half in the address', "('x', 1)", { query: 'INSERT INTO research_a.students VALUES' }, {}, WRITES],
  ['an INSERT by GET', null, { query: "INSERT INTO research_a.students SELECT 'x', 1" }, { method: 'GET' }, READS_ONLY],
  [
    'an INSERT packed',
    null,
    {},
    { body: gzipSync('INSERT INTO research_a.students FORMAT CSV\nx,1'), headers: { 'content-encoding': 'gzip' } },
    WRITES,
  ],
  [
    'a body that unpacks to 200 MB',
    null,
    {},
    { body: gzipSync(Buffer.alloc(200_000_000, 32)), headers: { 'content-encoding': 'gzip' } },
    /QUERY_IS_TOO_LARGE/,
  ],
  ['a body in lz4', null, {}, { body: 'x', headers: { 'content-encoding': 'lz4' } }, /A body in lz4 is refused/],
  [
    'a body that is not what it says',
    null,
    {},
    { body: 'SELECT 1', headers: { 'content-encoding': 'gzip' } },
    /could not be read/,
  ],
  ['blocks of a protocol of its own', 'SELECT 1', { decompress: '1' }, {}, /does not know it/],
  [
    'an external table',
    null,
    { query: 'SELECT 1' },
    {
      body: '--b\r\nContent-Disposition: form-data; name="people"; filename="x"\r\n\r\n1\r\n--b--\r\n',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    },
    /External table/,
  ],
  ['freezing the data', '', { name: 'mine' }, { path: '/freeze' }, /There is no handler/],
  ['another path', 'SELECT 1', {}, { path: '/play' }, /There is no handler/],
  ['another method', 'SELECT 1', { query: 'SELECT 1' }, { method: 'DELETE' }, /Method DELETE/],
  [
    'the application by a header beside',
    'SELECT * FROM identity.people',
    {},
    { headers: { 'x-clickhouse-user': 'default', 'x-clickhouse-key': '' } },
    TABLE,
  ],
  [
    'the application by the address beside',
    'SELECT * FROM identity.people',
    { user: 'default', password: '' },
    {},
    TABLE,
  ],
]
