import { Command } from 'commander'
import { plannedRemovals, remove, type Removal } from '../../processors/retention.ts'
import { readPolicy, type Policy } from '../../processors/retention-policy.ts'
import { forgetEndedKeys, KEY_DAYS } from '../dead-letter-keys.ts'
import { openRuntime, prepare, type Runtime } from './runtime.ts'

const HELP = `
The policy stands in HOMEROOM_RETENTION, as JSON or in a file; what it does not name is kept without limit:
  { "events": { "viewed": "18 months", "others": "5 years" },   or one period for all kinds
    "originals": "5 years",          sealed originals: what GET statements gives back
    "deadLetters": "1 year",         their originals can be opened for ${KEY_DAYS} days only
    "scores": "10 years", "surveys": "7 years", "plans": "7 years", "conversations": "7 years",
    "studentWeeks": "7 years",       weekly values of students: they outlive the events that they were made of
    "indicators": "20 years",        aggregates, likewise
    "audit": "6 years",              who saw what
    "log": { "records": "6 years", "dead-letters": "2 years", "audit": "6 years" } }
Whole months go. The figures of a week of which events are gone stay as they were, whatever comes later, also over a replay.`

/** `retention`: what would go by the policy; with --apply it goes. */
export function retentionCommand(): Command {
  return new Command('retention')
    .description('show what the policy of HOMEROOM_RETENTION would remove, by table and month; --apply removes it')
    .option('--apply', 'remove it; it cannot be undone')
    .option('--json', 'print one JSON line')
    .addHelpText('after', HELP)
    .action(async (options: { apply?: boolean; json?: boolean }) => {
      const runtime = await openRuntime()
      try {
        await prepare(runtime)
        const policy = policyOf(runtime)
        const now = new Date()
        const removals = await plannedRemovals(runtime, policy, now)
        if (!options.json) print(removals, policy)
        const keys = options.apply ? await applyRetention(runtime, policy, removals, now) : null
        if (options.json) console.log(JSON.stringify({ policy, removals, applied: options.apply ?? false, keys }))
        else if (options.apply)
          console.log(
            `${removals.length} removals were made; originals of dead letters from ${keys!.since} on can be opened`,
          )
        else if (removals.length > 0) console.log('nothing was removed: --apply does it')
      } finally {
        await runtime.close()
      }
    })
}

/** @throws HomeroomError CONFIG_INVALID */
export const policyOf = ({ config }: Pick<Runtime, 'config'>): Policy | null =>
  config.retention === null ? null : readPolicy(config.retention)

/** Remove, and forget the keys of dead letters that have ended. */
export async function applyRetention(
  runtime: Pick<Runtime, 'warehouse' | 'log' | 'config'>,
  policy: Policy | null,
  removals: readonly Removal[],
  now: Date,
): Promise<{ since: string; forgotten: boolean }> {
  await remove(runtime, policy, removals, now)
  return forgetEndedKeys(runtime.config.secretsFile, now)
}

function print(removals: readonly Removal[], policy: Policy | null): void {
  if (policy === null) console.log('no policy is set (HOMEROOM_RETENTION): everything is kept without limit')
  if (removals.length === 0) return console.log('nothing is due')
  console.table(
    removals.map(({ name, from, month, kind, rows, bytes, oldest, newest }) => ({
      policy: name,
      from,
      month: month === 0 ? '' : `${Math.floor(month / 100)}-${String(month % 100).padStart(2, '0')}`,
      kind,
      rows,
      MB: bytes === null ? '' : (bytes / 1e6).toFixed(1),
      oldest,
      newest,
    })),
  )
  const rows = removals.reduce((sum, removal) => sum + removal.rows, 0)
  const known = removals.reduce((sum, removal) => sum + (removal.bytes ?? 0), 0)
  console.log(`${rows} rows and messages, ${(known / 1e6).toFixed(1)} MB where it is known`)
}
