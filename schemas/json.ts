/** An object of parsed JSON, of which nothing is known yet. */
export type Json = Record<string, unknown>

/** Whether parsed JSON is an object: neither a list nor null. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
