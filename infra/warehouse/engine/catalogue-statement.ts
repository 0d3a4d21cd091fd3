import { tokens } from '../sql-text.ts'

/**
 * What a researcher may ask about tables besides their rows, as a statement of ours: SHOW DATABASES, SHOW TABLES [FROM x],
 * DESCRIBE [TABLE] x, EXISTS [TABLE] x. The system tables would tell more (definitions of views, other studies).
 * @param home database of a name without one
 * @returns null if it is none of these, or about a database that is not the researcher's
 */
export function catalogueStatement(text: string, databases: readonly string[], home: string): string | null {
  const words = [...tokens(text)].map(token => text.slice(token.start, token.end))
  const line = words.join(' ')
  if (/^SHOW DATABASES$/i.test(line)) {
    return `SELECT arrayJoin([${databases.map(name => `'${name}'`).join(', ')}]) AS name ORDER BY name`
  }
  const tables = /^SHOW TABLES(?: (?:FROM|IN) (\S+))?$/i.exec(line)
  if (tables) {
    const database = tables[1] === undefined ? home : plain(tables[1])
    if (database === null || !databases.includes(database)) return null
    return `SELECT name FROM system.tables WHERE database = '${database}' ORDER BY name`
  }
  const one = /^(DESCRIBE|DESC|EXISTS)(?: (?:TABLE|VIEW))? (\S+)(?: \. (\S+))?$/i.exec(line)
  if (!one) return null
  const [, verb, first = '', second] = one
  const database = second === undefined ? home : plain(first)
  const table = plain(second ?? first)
  if (database === null || table === null || !databases.includes(database)) return null
  return `${/^EXISTS$/i.test(verb!) ? 'EXISTS' : 'DESCRIBE'} TABLE \`${database}\`.\`${table}\``
}

/** A name without its quotes; null for one that is not of letters, digits and underscores. */
function plain(name: string): string | null {
  return /^(["`]?)([A-Za-z_]\w*)\1$/.exec(name)?.[2] ?? null
}
