import type { MayCall } from './allowed-functions.ts'
import { exception } from './exception.ts'
import { shown } from './research-limits.ts'

/** What a researcher's statement is judged by. */
export type Bounds = {
  /** Databases whose every table may be read. */
  databases: readonly string[]
  /** All databases of the engine. */
  existing: ReadonlySet<string>
  mayCall: MayCall
}

/** Runs a statement in the session of the researcher, and gives its result as TSVRaw. */
export type Ask = (sql: string) => Promise<string>

/** System tables that say how this ClickHouse is built, and nothing of what it holds or does. */
const SYSTEM_TABLES = new Set(
  ['one', 'settings', 'functions', 'formats', 'data_type_families', 'time_zones'].map(name => `system.${name}`),
)

/**
 * Table functions that compute their rows, one after the other, within the limits of a statement. Not `values`: its structure is
 * a text in which a column may be an expression (`b String ALIAS file('…')`), which is run and stands in no tree.
 */
const TABLE_FUNCTIONS = new Set(['numbers', 'generate_series', 'generateSeries', 'zeros'])

/** Where the engine keeps what a recursive CTE has made so far, under a name of its own. */
const TEMPORARY = '_temporary_and_external_tables'
const OF_STATEMENT = new RegExp(`^${TEMPORARY}\\._tmp_[0-9a-f-]{36}$`)

/** Kinds of nodes that a SELECT may be made of; settings inside of it (`Set`) and whatever else is not. */
const NODES = new Set(
  `SelectWithUnionQuery SelectIntersectExceptQuery SelectQuery ExpressionList Function Identifier Literal Asterisk
   QualifiedAsterisk ColumnsTransformerList ColumnsApplyTransformer ColumnsExceptTransformer ColumnsReplaceTransformer
   ColumnsReplaceTransformer::Replacement ColumnsRegexpMatcher ColumnsListMatcher QualifiedColumnsRegexpMatcher
   QualifiedColumnsListMatcher TablesInSelectQuery TablesInSelectQueryElement TableExpression TableIdentifier TableJoin
   ArrayJoin Subquery WithElement OrderByElement WindowDefinition WindowListElement SampleRatio InterpolateElement
   DataType NameTypePair TupleDataType`.split(/\s+/),
)

/**
 * Gate 2: a SELECT may read the named databases and call harmless functions, and nothing else. Judged three times by what the
 * engine itself makes of the text: as parsed (nothing is looked up or run yet), as a tree of names (also what APPLY calls),
 * and, only after those, as resolved: which tables every name stands for.
 *
 * Each list is read from wherever its label stands, so that a line which is no node could only add to what is refused; and
 * names that would draw such lines are refused before (researcher.ts).
 * @throws Exception 497 for what may not be read or called, 164 for what may not be done; the engine's own for a wrong statement
 */
export async function judge(select: string, bounds: Bounds, ask: Ask): Promise<void> {
  judgeParsed(await ask(`EXPLAIN AST ${select}`), bounds)
  judgeNamed(await ask(`EXPLAIN QUERY TREE run_passes = 0 ${select}`), bounds)
  judgeResolved(await ask(`EXPLAIN QUERY TREE run_passes = 1 ${select}`), bounds)
}

function judgeParsed(dump: string, bounds: Bounds): void {
  const lines = dump.split('\n')
  for (const line of lines) {
    const kind = /^\s*([^\s(]*)/.exec(line)![1]!
    if (kind === 'Set') {
      throw exception(
        164,
        'READONLY',
        'SETTINGS inside a statement are refused. Write them at its end as name = value, or give them in the address',
      )
    }
    if (kind !== '' && !NODES.has(kind)) {
      throw exception(164, 'READONLY', `${shown(kind)} is refused: a researcher's statement is a plain SELECT`)
    }
  }
  for (const name of labelled(dump, /\bFunction ([^\n]*)/g)) refuseCall(name.split(' (')[0]!, bounds)
  for (const name of labelled(dump, /\bTableIdentifier ([^\n]*)/g)) refuseTable(name.split(' (')[0]!, bounds)
  if (/aggregatefunction/i.test(dump)) throw refusedStates()
  refuseMadeTypes(lines)
}

function judgeNamed(dump: string, bounds: Bounds): void {
  for (const name of labelled(dump, /\bfunction_name: ([^,\n]*)/g)) {
    if (!TABLE_FUNCTIONS.has(name)) refuseCall(name, bounds)
  }
  refuseTableFunctions(dump)
  for (const name of labelled(dump, /\bidentifier: ([^,\n]*)/g)) {
    // Of a column, or of a table behind IN: what comes first is a database only if there is one of that name.
    const [first = ''] = name.split('.')
    if (bounds.existing.has(first) || first === TEMPORARY) refuseTable(name, bounds)
  }
}

function judgeResolved(dump: string, bounds: Bounds): void {
  for (const name of labelled(dump, /(?<!\w)table_name: ([^,\n]*)/g)) {
    if (!OF_STATEMENT.test(name)) refuseTable(name, bounds)
  }
  refuseTableFunctions(dump)
  // What names did not show, of a text that only the engine has read.
  for (const name of labelled(dump, /\bfunction_name: ([^,\n]*)/g)) refuseCall(name, bounds)
  if (/AggregateFunction\(/.test(dump)) throw refusedStates()
}

function refuseTableFunctions(dump: string): void {
  for (const name of labelled(dump, /\btable_function_name: ([^,\n]*)/g)) {
    if (!TABLE_FUNCTIONS.has(name)) {
      throw exception(
        497,
        'ACCESS_DENIED',
        `Table function ${shown(name)} is refused: a researcher may use ${[...TABLE_FUNCTIONS].join(', ')}. Read a table instead`,
      )
    }
  }
}

function refuseCall(name: string, { mayCall }: Bounds): void {
  if (name === '' || mayCall(name) || TABLE_FUNCTIONS.has(name)) return
  throw exception(
    497,
    'ACCESS_DENIED',
    `Function ${shown(name)} is unknown or refused: a researcher may call functions that compute from their arguments alone, not those that reach files, the network, dictionaries, other sessions or the state of the process. Leave it out`,
  )
}

/** Functions that make a value of a type from bytes; their last argument names it (but for those with a default). */
const TYPED = /^(_?CAST|accurateCast\w*|reinterpret|JSONExtract(KeysAndValues)?(CaseInsensitive)?|dynamicElement)$/i

/** A type that is put together while the statement is analysed could be any: it has to be written out. */
function refuseMadeTypes(lines: readonly string[]): void {
  lines.forEach((line, at) => {
    const [, indent = '', name = ''] = /^( *)Function (\S+)/.exec(line) ?? []
    if (!TYPED.test(name)) return
    const given = argumentsOf(lines, at, indent.length)
    const type = /OrDefault$/i.test(name) ? given[1] : given.at(-1)
    if (type === undefined || !/^ *Literal /.test(type)) {
      throw exception(497, 'ACCESS_DENIED', `A type that is computed is refused: write it out as a text in ${name}`)
    }
  })
}

/** The lines of a function's arguments, one each. */
function argumentsOf(lines: readonly string[], at: number, depth: number): string[] {
  const given: string[] = []
  for (let next = at + 1; next < lines.length && depthOf(lines[next]!) > depth; next++) {
    if (depthOf(lines[next]!) === depth + 2) given.push(lines[next]!)
  }
  return given
}

const depthOf = (line: string): number => line.length - line.trimStart().length

/** The same sentence whether or not there is such a table, so that it does not tell. */
function refuseTable(name: string, { databases }: Bounds): void {
  const [database = ''] = name.split('.')
  if (!name.includes('.') || databases.includes(database) || SYSTEM_TABLES.has(name)) return
  throw exception(
    497,
    'ACCESS_DENIED',
    `Table ${shown(name)} is refused or unknown: you may read the databases ${databases.join(', ')}. SHOW TABLES FROM ${databases[0]} lists what is there`,
  )
}

/** A state is bytes that the engine trusts. */
export function refusedStates() {
  return exception(
    497,
    'ACCESS_DENIED',
    'States of aggregate functions (AggregateFunction, -State, -Merge) are refused as values of a type: aggregate the rows instead',
  )
}

function labelled(dump: string, label: RegExp): string[] {
  return [...dump.matchAll(label)].map(match => match[1]!.trim())
}
