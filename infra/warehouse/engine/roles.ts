import type { Researcher } from './researchers-file.ts'

/**
 * The engine's users file: one user, whose sessions take on a role. chdb reads it once, when it opens, and knows no
 * CREATE ROLE; so each database that a researcher may read then has a role of its own, and one that is made later is read
 * under a wider role until the engine starts again. That no study reads another's rows does not rest on roles alone: gate.ts.
 */
export function usersXml(databases: readonly string[]): string {
  const own = databases.map(name => role(roleFor(name), [`GRANT SELECT ON ${name}.*`]))
  const roles = [
    role('app', ['GRANT ALL ON *.* WITH GRANT OPTION']),
    role('researcher', ['GRANT SELECT ON research*.*']),
    role('reader', ['GRANT SELECT ON *.*']),
    ...own,
  ]
  const names = ['app', 'researcher', 'reader', ...databases.map(roleFor)]
  return `<clickhouse>
<roles>
${roles.join('\n')}
</roles>
<profiles><default/></profiles>
<quotas><default/></quotas>
<users><default><password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
<grants><query>GRANT ${names.join(', ')}</query></grants></default></users>
</clickhouse>
`
}

/** The narrowest roles that let these databases be read. None of them may write, or reach a file or another machine. */
export function rolesFor(researcher: Researcher, known: ReadonlySet<string>): string[] {
  const { databases } = researcher
  if (databases.every(name => known.has(name))) return databases.map(roleFor)
  return [databases.every(name => name.startsWith('research')) ? 'researcher' : 'reader']
}

const roleFor = (database: string): string => `read_${database}`

function role(name: string, grants: string[]): string {
  return `<${name}><grants>${grants.map(grant => `<query>${grant}</query>`).join('')}</grants></${name}>`
}
