// What runs before anything is installed: plain JavaScript for whatever Node the machine has (20 or newer).
// usage: node infra/setup.mjs start|test|check|run|screenshots [arguments]
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { auditPackages, writeSbom } from './packages.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
const [task = 'start', ...rest] = process.argv.slice(2)

installPackages()
process.exit(await run(task, rest))

function run(name, args) {
  if (name === 'start') return inNode(['infra/main.ts', 'start', ...args])
  if (name === 'run') return inNode(['infra/main.ts', ...args])
  if (name === 'check') return check(args)
  if (name === 'test') {
    prepareTests()
    return inNode(['test/run.ts', ...args])
  }
  if (name === 'screenshots') return inNode(['test/screenshots.ts', ...args])
  return fail(`there is no task ${name}; expected start, test, check, run or screenshots`)
}

/** Types, lint, format, the packages, and (unless `--no-tests`) the tests that need neither a broker nor a browser. */
async function check(options) {
  const bin = name => join(root, 'node_modules', '.bin', name)
  const steps = [
    [bin('tsc'), '--noEmit', '-p', '.'],
    [bin('tsc'), '--noEmit', '-p', 'dashboards/explorer/browser'],
    [bin('oxlint'), '--type-aware', '--deny-warnings'],
    [bin('prettier'), '--check', '--log-level', 'warn', '.'],
  ]
  for (const [command, ...args] of steps) {
    const code = await execute(command, args)
    if (code !== 0) return code
  }
  const { ok, said } = auditPackages(root)
  console.error(`${said} Bill of materials: ${writeSbom(root)}`)
  if (!ok) return 1
  return options.includes('--no-tests') ? 0 : inNode(['test/run.ts', '--fast'])
}

/**
 * The packages of the lock file, when it is not the one that node_modules was made from. Not `npm ci`: it refuses a lock
 * file without every platform's binaries, and a registry that mirrors only some platforms cannot make a full one.
 */
function installPackages() {
  const lock = join(root, 'package-lock.json')
  const stamp = join(root, 'node_modules', '.homeroom-lock')
  const wanted = createHash('sha256').update(readFileSync(lock)).digest('hex')
  if (existsSync(stamp) && existsSync(node) && readFileSync(stamp, 'utf8') === wanted) return
  if (existsSync(join(root, 'node_modules')) && existsSync(node) && !existsSync(stamp) && sameAsInstalled(lock)) {
    writeFileSync(stamp, wanted)
    return
  }
  console.error('Installing packages (about half a minute) …')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const done = spawnSync(npm, ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (done.status !== 0) process.exit(fail('npm install failed; its own message stands above. Nothing was started'))
  if (!existsSync(node)) {
    process.exit(
      fail('npm install left out Node 24 (were install scripts switched off?). Run it without --ignore-scripts'),
    )
  }
  writeFileSync(stamp, wanted)
}

function sameAsInstalled(lock) {
  const hidden = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(hidden)) return false
  const versions = file => {
    const packages = Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages)
    return new Map(packages.filter(([path]) => path !== '').map(([path, p]) => [path, p.version]))
  }
  const wanted = versions(lock)
  const have = versions(hidden)
  return [...have].every(([path, version]) => wanted.get(path) === version)
}

/** What suites need beside packages: found, or installed where this is Debian and we are root; else tests say so. */
function prepareTests() {
  const found = [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
  ]
  const debian = existsSync('/etc/debian_version') && process.getuid?.() === 0
  const wanted = []
  if (!found.some(path => existsSync(path))) wanted.push('chromium')
  if (spawnSync('java', ['-version']).status !== 0) wanted.push('openjdk-17-jre-headless')
  if (spawnSync('mvn', ['--version']).status !== 0) wanted.push('maven')
  // Makes the certificates of test/security.
  if (spawnSync('openssl', ['version']).status !== 0) wanted.push('openssl')
  // For a learning record store that is not ours (test/helpers/ralph.ts).
  if (spawnSync('python3', ['-c', 'import ensurepip, venv']).status !== 0) wanted.push('python3-venv')
  if (wanted.length === 0 || !debian) {
    if (wanted.length > 0)
      console.error(`Not installed here: ${wanted.join(', ')}. The suites that need them will say what is missing.`)
    return
  }
  console.error(`Installing ${wanted.join(', ')} from Debian for the tests …`)
  mkdirSync(join(root, '.cache'), { recursive: true })
  const apt = (...args) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  apt('update', '-qq')
  apt('install', '-y', '-qq', '--no-install-recommends', ...wanted)
}

function inNode(args) {
  return execute(node, ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning', ...args])
}

/** Runs a command to its end, hands signals on to it, and gives its exit code. */
function execute(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit' })
  // The terminal sends Ctrl-C to both; SIGTERM reaches only this process and is handed on.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise(resolve => {
    child.on('error', error => resolve(fail(`${command} did not start: ${error.message}`)))
    child.on('exit', code => resolve(code ?? 1))
  })
}

function fail(message) {
  console.error(`SETUP_FAILED: ${message}`)
  return 1
}
