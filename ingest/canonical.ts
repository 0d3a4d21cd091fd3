import { hash } from 'node:crypto'

/** JSON with sorted keys: the same for the same content, however its sender ordered it. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const object = value as Record<string, unknown>
  const keys = Object.keys(object)
  if (keys.length > 1) keys.sort()
  let out = '{'
  for (const key of keys) {
    if (object[key] === undefined) continue
    if (out.length > 1) out += ','
    out += `${JSON.stringify(key)}:${canonical(object[key])}`
  }
  return out + '}'
}

/** First 16 hexadecimal digits of SHA-256. */
export const contentHash = (content: string): string => hash('sha256', content, 'hex').slice(0, 16)
