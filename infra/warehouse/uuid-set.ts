import type { Settings } from './warehouse.ts'

/**
 * Ids as the right side of `in`: one text literal, which the engine splits. Thousands of separate literals would cost it
 * more than the look-up, and parameters would make the address too long.
 * @param ids UUIDs, checked by the caller to be such
 */
export const uuidSet = (ids: readonly string[]): string =>
  `(select toUUID(arrayJoin(splitByChar(',', '${ids.join(',')}'))))`

/** The settings that a statement with these ids needs. */
export const settingsFor = (ids: readonly string[]): Settings => ({ max_query_size: ids.length * 37 + 20_000 })
