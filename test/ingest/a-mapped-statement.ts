import { fromXapi, type Mapped } from '../../ingest/map/from-xapi.ts'
import { lookupOf } from '../../ingest/map/lookup.ts'
import { pseudonymOf } from '../../ingest/map/participants.ts'
import { windowOf } from '../../ingest/map/times.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import type { LearningRecord } from '../../schemas/record.ts'
import { statementSchema } from '../../schemas/xapi.ts'
import { aStatement, NOW, SECRETS } from './start-ingest.ts'

const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')

/** What becomes of a valid statement; what is not said of it is as in `aStatement`, without its result. */
export function aMappedStatement(changes: Record<string, unknown>): Mapped {
  const text = JSON.stringify(aStatement({ result: undefined, ...changes }))
  const statement = statementSchema('2.0.0').parse(JSON.parse(text))
  const identify = (agent: object): string | null => pseudonymOf(agent, pseudonymise)
  const mapped = fromXapi(statement, {
    id: statement.id!,
    source: 'lms',
    storedAt: new Date(NOW).toISOString(),
    window: windowOf(NOW),
    identify,
  })
  return { ...mapped, lookup: lookupOf(statement, identify) }
}

/** The same as the log holds it. */
export const aLoggedStatement = (changes: Record<string, unknown>): LearningRecord => ({
  ...aMappedStatement(changes),
  hash: '0'.repeat(16),
  raw: 'salt.sealed',
})
