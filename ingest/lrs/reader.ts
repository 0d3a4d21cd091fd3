import { opened, saltIdOf } from '../../infra/seal.ts'
import type { Secrets } from '../../infra/secrets.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { tokensIn, whole } from '../originals.ts'

/**
 * The originals behind sealed texts, in order; null where the key was erased. Salts and agents are read for all together:
 * a page takes three queries, one more for each level of groups.
 * @param sealed `raw` of records that the processors have stored, whose salts and agents then are stored too
 */
export async function readOriginals(
  warehouse: Warehouse,
  { masterSecret }: Pick<Secrets, 'masterSecret'>,
  sealed: readonly string[],
): Promise<(Record<string, unknown> | null)[]> {
  const salts = await valuesOf(warehouse, 'salts', 'salt_id', 'salt', sealed.map(saltIdOf))
  const texts = sealed.map(raw => {
    const salt = salts.get(saltIdOf(raw))
    return salt === undefined ? null : opened(raw, salt, masterSecret)
  })
  const agents = new Map<string, string>()
  for (let tokens = texts.flatMap(text => (text === null ? [] : tokensIn(text))); tokens.length > 0;) {
    const found = await valuesOf(warehouse, 'agents', 'token', 'agent', tokens)
    for (const [token, agent] of found) agents.set(token, agent)
    tokens = [...found.values()].flatMap(tokensIn).filter(token => !agents.has(token))
  }
  return texts.map(text => (text === null ? null : (whole(text, agents) as Record<string, unknown>)))
}

/** Values by key, erased ones left out. The keys are of base64url, ours, and need no quoting. */
async function valuesOf(
  warehouse: Warehouse,
  table: 'salts' | 'agents',
  key: string,
  value: string,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const wanted = [...new Set(keys)]
  if (wanted.length === 0) return new Map()
  const rows = await warehouse.query<{ k: string; v: string }>(
    `select toString(${key}) as k, ${value} as v from {identity:Identifier}.${table} final
     where ${key} in (select arrayJoin(splitByChar(',', '${wanted.join(',')}')))`,
    {},
    { max_query_size: wanted.length * 23 + 20_000 },
  )
  return new Map(rows.map(({ k, v }) => [k, v]))
}
