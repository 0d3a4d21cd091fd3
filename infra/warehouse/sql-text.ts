/** A word (also a number), string, quoted identifier or symbol; comments and white space lie between tokens. */
export type Token = { kind: 'word' | 'string' | 'quoted' | 'symbol'; start: number; end: number }

/**
 * The tokens of an SQL text, cut as ClickHouse's lexer cuts them as far as statements, strings and comments go: a quote
 * ends at its like unless doubled or escaped by a backslash; comments are `-- …`, `# …`, `#! …` and slash-star to
 * star-slash, not nested; `$tag$ … $tag$` is a string. Lazy, so that the data behind an INSERT is never read.
 */
export function* tokens(text: string): Generator<Token> {
  let at = 0
  while (at < text.length) {
    const afterSkipped = skip(text, at)
    if (afterSkipped > at) {
      at = afterSkipped
      continue
    }
    const token = tokenAt(text, at)
    yield token
    at = token.end
  }
}

/** The statements of a text, cut at `;` outside strings and comments, each from its first to its last token. */
export function statementsOf(text: string): string[] {
  const statements: string[] = []
  let first: Token | undefined
  let last: Token | undefined
  for (const token of tokens(text)) {
    if (isSymbol(text, token, ';')) {
      if (first && last) statements.push(text.slice(first.start, last.end))
      first = last = undefined
    } else {
      first ??= token
      last = token
    }
  }
  if (first && last) statements.push(text.slice(first.start, last.end))
  return statements
}

export function isSymbol(text: string, token: Token, symbol: string): boolean {
  return token.kind === 'symbol' && text.startsWith(symbol, token.start)
}

/** The word in upper case, or '' for any other token. */
export function keyword(text: string, token: Token | undefined): string {
  return token?.kind === 'word' ? text.slice(token.start, token.end).toUpperCase() : ''
}

const SPACE = /[\s\u00a0\u200b\ufeff]/
const WORD = /[\w$\u0080-\uffff]/

function skip(text: string, at: number): number {
  while (at < text.length && SPACE.test(text.charAt(at))) at++
  const two = text.slice(at, at + 2)
  if (two === '--' || two === '# ' || two === '#!') return endOf(text, '\n', at)
  return two === '/*' ? endOf(text, '*/', at + 2) : at
}

function tokenAt(text: string, start: number): Token {
  const first = text.charAt(start)
  if (first === "'") return { kind: 'string', start, end: endOfQuotes(text, start, first) }
  if (first === '`' || first === '"') return { kind: 'quoted', start, end: endOfQuotes(text, start, first) }
  if (first === '$') {
    const tag = /^\$\w*\$/.exec(text.slice(start, start + 64))?.[0]
    if (tag) return { kind: 'string', start, end: endOf(text, tag, start + tag.length) }
  }
  if (!WORD.test(first)) return { kind: 'symbol', start, end: start + 1 }
  let end = start + 1
  while (end < text.length && WORD.test(text.charAt(end))) end++
  return { kind: 'word', start, end }
}

function endOfQuotes(text: string, start: number, quote: string): number {
  let at = start + 1
  while (at < text.length) {
    const char = text.charAt(at)
    if (char === '\\') at += 2
    else if (char !== quote) at++
    else if (text.charAt(at + 1) === quote) at += 2
    else return at + 1
  }
  return text.length
}

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  return found < 0 ? text.length : found + mark.length
}
