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

/** A SELECT without what follows it, and that: `SETTINGS name = value, …` and `FORMAT x`. */
export type Tail = { body: string; settings: [string, string][]; format: string | null }

/**
 * Cuts `SETTINGS …` and `FORMAT …` off the end of a statement, so that both are judged apart from it. An end that is not
 * plain stays in the text, where the engine's parser finds it.
 */
export function cutTail(text: string): Tail {
  let depth = 0
  const list: Token[] = []
  let at = -1
  for (const token of tokens(text)) {
    const word = depth === 0 ? keyword(text, token) : ''
    if ((word === 'SETTINGS' || word === 'FORMAT') && startsTail(text, list.at(-1)) && at < 0) at = list.length
    depth += nesting(text, token)
    list.push(token)
  }
  if (at < 0) return { body: text, settings: [], format: null }
  const tail = list.slice(at).map(token => text.slice(token.start, token.end))
  const read = readTail(tail)
  // Perhaps a column of that name.
  if (!read) return { body: text, settings: [], format: null }
  return { body: text.slice(0, list[at]!.start), ...read }
}

function startsTail(text: string, before: Token | undefined): boolean {
  return before !== undefined && !/^(SELECT|,|\.|AS|BY|WHERE|=)$/i.test(text.slice(before.start, before.end))
}

function readTail(words: string[]): Pick<Tail, 'settings' | 'format'> | null {
  const settings: [string, string][] = []
  let format: string | null = null
  for (let at = 0; at < words.length;) {
    const word = words[at]!.toUpperCase()
    if (word === 'FORMAT' && format === null && /^\w+$/.test(words[at + 1] ?? '')) {
      format = words[at + 1]!
      at += 2
    } else if (word === 'SETTINGS' || (word === ',' && settings.length > 0)) {
      const [, name = '', equals, value = ''] = words.slice(at, at + 4)
      if (!/^\w+$/.test(name) || equals !== '=' || !/^(\w+|'[^'\\]*')$/.test(value)) return null
      settings.push([name, value.replace(/^'|'$/g, '')])
      at += 4
    } else return null
  }
  return { settings, format }
}
