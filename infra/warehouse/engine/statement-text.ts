import { isSymbol, keyword, tokens, type Token } from '../sql-text.ts'
import { exception } from './exception.ts'

/** Where the data of an INSERT begins, in what format, and where `FROM INFILE` has to stand. */
export type InsertText = { format: string; infileAt: number; formatAt: number; dataAt: number }

/**
 * Recognises `INSERT INTO … FORMAT x` and `INSERT INTO … VALUES` in a text that goes on with data, by the rules of
 * ClickHouse's ParserInsertQuery: data begins behind the blanks and the one line end that follow the format's name.
 *
 * @param text the beginning of query and body, one character a byte
 * @param complete false if more bytes follow: a format name or line end may be cut in two
 * @returns null: not (or not yet certainly) an INSERT with data
 */
export function insertText(text: string, complete: boolean): InsertText | null {
  let depth = 0
  let settingsAt: number | undefined
  let before: string | undefined
  const scan = tokens(text)
  for (const token of scan) {
    const word = depth === 0 && !isName(before) ? keyword(text, token) : ''
    if (before === undefined && word !== 'INSERT') return null
    if (/^(SELECT|WITH|FROM|WATCH|EXPLAIN)$/.test(word)) return null
    if (word === 'SETTINGS') settingsAt ??= token.start
    if (word === 'VALUES' && settle(text, token.end, complete)) {
      return { format: 'Values', infileAt: settingsAt ?? token.start, formatAt: token.start, dataAt: token.end }
    }
    if (word === 'FORMAT') return formatted(text, token, scan.next().value ?? undefined, settingsAt, complete)
    depth += nesting(text, token)
    before = text.slice(token.start, token.end)
  }
  return null
}

/**
 * The one statement of a text, without a closing `;`.
 * @throws Exception 62 if there are several: chdb would run them all
 */
export function onlyStatement(text: string): string {
  let end: number | undefined
  for (const token of tokens(text)) {
    if (end !== undefined) throw exception(62, 'SYNTAX_ERROR', 'Syntax error: multi-statements are not allowed')
    if (isSymbol(text, token, ';')) end = token.start
  }
  const statement = text.slice(0, end)
  if (tokens(statement).next().done) throw exception(62, 'SYNTAX_ERROR', 'Syntax error: empty query')
  return statement
}

/** The format that a statement names itself, or null. */
export function formatOf(text: string): string | null {
  let depth = 0
  let format: string | null = null
  let before = ''
  for (const token of tokens(text)) {
    if (depth === 0 && before === 'FORMAT' && token.kind === 'word') format = text.slice(token.start, token.end)
    before = depth === 0 ? keyword(text, token) : ''
    depth += nesting(text, token)
  }
  return format
}

function formatted(
  text: string,
  keywordToken: Token,
  name: Token | undefined,
  settingsAt: number | undefined,
  complete: boolean,
): InsertText | null {
  if (name?.kind !== 'word') return null
  const dataAt = name.end + (/^[ \t\f]*;?[ \t\f]*(\r?\n)?/.exec(text.slice(name.end, name.end + 64))?.[0].length ?? 0)
  if (!settle(text, dataAt, complete)) return null
  const format = text.slice(name.start, name.end)
  return { format, infileAt: settingsAt ?? keywordToken.start, formatAt: keywordToken.start, dataAt }
}

function settle(text: string, dataAt: number, complete: boolean): boolean {
  return complete || dataAt + 1 < text.length
}

/** INTO, TABLE, FUNCTION and a dot are followed by a name, whatever word that is. */
function isName(before: string | undefined): boolean {
  return before !== undefined && /^(INTO|TABLE|FUNCTION|\.)$/i.test(before)
}

function nesting(text: string, token: Token): number {
  if (token.kind !== 'symbol') return 0
  const symbol = text.charAt(token.start)
  return '([{'.includes(symbol) ? 1 : ')]}'.includes(symbol) ? -1 : 0
}
