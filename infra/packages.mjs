// What Homeroom is made of, and what is known against it: `npm run check` asks, with the npm of the machine, before anything else runs.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** From this severity on a known vulnerability fails the check. */
const LEVEL = 'high'

/**
 * Ask the registry what is known against the packages that run; development's are left out.
 *
 * @returns {{ ok: boolean, said: string }} `ok` is false only where something is known; where nobody could be asked, `said` says so
 */
export function auditPackages(root) {
  const { stdout, error } = npm(root, ['audit', '--omit=dev', `--audit-level=${LEVEL}`, '--json'])
  return judged(stdout ?? '', error)
}

/** What npm's answer means. */
export function judged(text, error) {
  const notMade = why => ({
    ok: true,
    said: `Packages were NOT audited: ${why}. Run npm audit --omit=dev where the registry answers.`,
  })
  if (error) return notMade(error.message)
  let answer
  try {
    answer = JSON.parse(text)
  } catch {
    return notMade('npm gave no answer that can be read')
  }
  const counts = answer.metadata?.vulnerabilities
  if (!counts) return notMade(answer.message ?? answer.error?.summary ?? 'the registry did not answer')
  const bad = counts.high + counts.critical
  if (bad === 0) return { ok: true, said: `Packages audited: nothing of severity ${LEVEL} or worse is known.` }
  const names = Object.entries(answer.vulnerabilities ?? {}).filter(([, { severity }]) =>
    ['high', 'critical'].includes(severity),
  )
  return {
    ok: false,
    said: `${bad} packages with known vulnerabilities: ${names.map(([name]) => name).join(', ')}. Run npm audit --omit=dev for what mends them.`,
  }
}

/**
 * Every package that runs, with version, hash and licence, as CycloneDX, by the lock file.
 *
 * Those of development are left out here: `npm sbom --omit=dev` (11.19) leaves out also what both want.
 * @returns {string} where it was written
 */
export function writeSbom(root, path = join(root, '.cache', 'sbom.cdx.json')) {
  const { stdout, status, stderr } = npm(root, ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'])
  if (status !== 0) throw new Error(`npm sbom failed: ${stderr}`)
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const runs = new Set(
    Object.entries(packages)
      .filter(([, { dev }]) => !dev)
      .map(([place, { name, version }]) => `${name ?? place.replace(/^.*node_modules\//, '')}@${version}`),
  )
  const sbom = JSON.parse(stdout)
  const components = sbom.components.filter(component => runs.has(component['bom-ref']))
  const dependencies = sbom.dependencies.filter(({ ref }) => runs.has(ref))
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, JSON.stringify({ ...sbom, components, dependencies }, null, 1))
  return path
}

function npm(root, args) {
  const command = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  return spawnSync(command, args, { cwd: root, encoding: 'utf8', timeout: 60_000, maxBuffer: 64 * 1024 * 1024 })
}
