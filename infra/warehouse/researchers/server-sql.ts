import { LIMITS, MOST_MEMORY_BYTES, sessionSettings } from '../engine/research-limits.ts'

/** A researcher on a ClickHouse server. Names are of letters, digits and underscores. */
export type ServerResearcher = {
  user: string
  /** SHA-256 of the password, 64 hexadecimal digits. */
  secretHash: string
  published: string
  extract: string
  /** User of the application, which goes on reading and writing the extract. */
  application: string
  expiresAt: Date
}

type Study = Pick<ServerResearcher, 'published' | 'extract' | 'application'>

/** Settings of which a client may change how a result looks. */
const CHANGEABLE = [
  'output_format_json_quote_64bit_integers',
  'output_format_arrow_string_as_string',
  'output_format_arrow_compression_method',
  'output_format_native_use_flattened_dynamic_and_json_serialization',
  'date_time_output_format',
  'join_use_nulls',
  'session_timezone',
  'log_comment',
]

/**
 * Statements that let a researcher in; each may be run again.
 *
 * What keeps a study apart is the grant on its one database. The restrictive row policy stands behind it: whoever is granted
 * more by mistake still sees no row of a study that is not theirs.
 */
export function admitting(one: ServerResearcher): string[] {
  const { user, secretHash, published, extract, expiresAt } = one
  const role = roleOf(one)
  return [
    settingsProfile(published),
    `CREATE ROLE IF NOT EXISTS ${role} SETTINGS PROFILE '${profileOf(published)}'`,
    `GRANT SELECT ON ${published}.* TO ${role}`,
    `GRANT SELECT ON ${extract}.* TO ${role}`,
    ...rowPolicies(one),
    `CREATE QUOTA IF NOT EXISTS ${quotaOf(one)} KEYED BY user_name FOR INTERVAL 1 hour MAX queries = 5000, execution_time = 3600, result_rows = 100000000 TO ${role}`,
    `CREATE USER OR REPLACE ${user} IDENTIFIED WITH sha256_hash BY '${secretHash}' VALID UNTIL '${until(expiresAt)}' HOST ANY DEFAULT DATABASE ${extract} SETTINGS PROFILE '${profileOf(published)}'`,
    `GRANT ${role} TO ${user}`,
    `ALTER USER ${user} DEFAULT ROLE ${role}`,
  ]
}

/** The user's last moment is another. */
export const lasting = (user: string, expiresAt: Date): string[] => [
  `ALTER USER IF EXISTS ${user} VALID UNTIL '${until(expiresAt)}'`,
]

/** The user goes, and with them every right. */
export const dismissing = (user: string): string[] => [`DROP USER IF EXISTS ${user}`]

/** Everything that was made for a study, once its users are dismissed. */
export function endingStudy(study: Study): string[] {
  return [
    `DROP ROW POLICY IF EXISTS ${policyOf(study)}, ${policyOf(study)}_only ON ${study.extract}.*`,
    `DROP QUOTA IF EXISTS ${quotaOf(study)}`,
    `DROP ROLE IF EXISTS ${roleOf(study)}`,
  ]
}

function settingsProfile(published: string): string {
  // Memory is that of the server, not of this machine.
  const held = sessionSettings([])
    .map(([name, value]) => [name, name === 'max_memory_usage' ? String(MOST_MEMORY_BYTES) : value] as const)
    .filter(([name]) => !OF_EMBEDDED.has(name))
    .map(([name, value]) => `${name} = ${/^\d+$/.test(value) ? value : `'${value}'`} CONST`)
  const most = [`max_concurrent_queries_for_user = ${LIMITS.of_one_user} CONST`, 'readonly = 1 CONST']
  const free = CHANGEABLE.map(name => `${name} CHANGEABLE_IN_READONLY`)
  return `CREATE SETTINGS PROFILE OR REPLACE ${profileOf(published)} SETTINGS ${[...held, ...most, ...free].join(', ')}`
}

/** Of the embedded engine alone; a server has them in other ways, or allows them to nobody with readonly = 1. */
const OF_EMBEDDED = new Set(['implicit_select', 'allow_ddl', 'max_parsing_threads', 'enable_analyzer'])

/** `_only`: nobody but the study and the application. The other lets these two read, where only those named by a policy may. */
function rowPolicies(study: Study): string[] {
  const { extract, application } = study
  const role = roleOf(study)
  return [
    `CREATE ROW POLICY IF NOT EXISTS ${policyOf(study)} ON ${extract}.* FOR SELECT USING 1 TO ${role}, ${application}`,
    `CREATE ROW POLICY IF NOT EXISTS ${policyOf(study)}_only ON ${extract}.* AS restrictive FOR SELECT USING 0 TO ALL EXCEPT ${role}, ${application}`,
  ]
}

/** In UTC, to the second. */
const until = (moment: Date): string => moment.toISOString().slice(0, 19).replace('T', ' ')
const roleOf = ({ extract }: Pick<Study, 'extract'>): string => `${extract}_reader`
const policyOf = ({ extract }: Pick<Study, 'extract'>): string => `${extract}_rows`
const quotaOf = ({ extract }: Pick<Study, 'extract'>): string => `${extract}_quota`
const profileOf = (published: string): string => `${published}_limits`
