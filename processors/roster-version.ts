import { contentOf, versionOf } from '../infra/warehouse/entry-version.ts'
import type { RosterEntry } from '../schemas/roster.ts'

export const rosterVersion = (entry: RosterEntry): bigint => versionOf(entry.storedAt, contentOf(entry))
