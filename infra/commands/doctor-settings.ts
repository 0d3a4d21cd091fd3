import { readFileSync, statfsSync, statSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import type { SignInSettings } from '../../dashboards/sign-in/sign-in-settings.ts'
import type { Config } from '../config.ts'

/** Something that is set or built wrongly, and in the sentence the mend. */
export type Misconfiguration = { what: string; sentence: string }

const GB = 1e9
/** Types of file systems that are other machines' (statfs(2)): NFS, SMB, CIFS, SMB 2, 9P, AFS, Ceph, FUSE by sshfs and its like are not told apart. */
const NETWORK_FILES = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
])
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\]|::1)$/

/** What the machine gives a process. */
export type Machine = {
  /** File system of the data folder, as statfs numbers it. */
  fileSystem: number
  freeBytes: number
  totalBytes: number
  /** Permission bits of the secrets file. */
  secretsMode: number
  /** Files that a process may have open. */
  openFiles: number
  memoryBytes: number
}

export function machineOf({ data, secretsFile }: Pick<Config, 'data' | 'secretsFile'>): Machine {
  const { type, bsize, bavail, blocks } = statfsSync(data)
  return {
    fileSystem: type,
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
    secretsMode: statSync(secretsFile).mode & 0o777,
    openFiles: openFilesLimit(),
    memoryBytes: process.constrainedMemory() || Number.POSITIVE_INFINITY,
  }
}

/** Where there is no /proc nobody says how many, and nothing is found. */
function openFilesLimit(): number {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
    return found ? Number(found[1]) : Number.POSITIVE_INFINITY
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Number.POSITIVE_INFINITY
    throw error
  }
}

/** What the machine lacks for these settings. */
export function machineFaults(config: Config, machine: Machine): Misconfiguration[] {
  const { fileSystem, freeBytes, totalBytes, secretsMode, openFiles, memoryBytes } = machine
  const found: Misconfiguration[] = []
  const say = (what: string, sentence: string) => void found.push({ what, sentence })
  if ((secretsMode & 0o007) !== 0)
    say(
      'secrets that everybody reads',
      `${config.secretsFile} is readable by every user of this machine: chmod 600 ${config.secretsFile}`,
    )
  if (isForReal(config) && isWithin(config.data, config.secretsFile))
    say(
      'keys beside the data',
      `${config.secretsFile} lies in HOMEROOM_DATA, so that whoever gets a copy of the data gets the keys to it: move it elsewhere and name it in HOMEROOM_SECRETS`,
    )
  const network = NETWORK_FILES.get(fileSystem)
  if (network)
    say(
      'data on a network file system',
      `${config.data} lies on ${network}, which does not keep what the embedded log needs of a disk: put HOMEROOM_DATA on a disk of this machine`,
    )
  if (freeBytes < 2 * GB || freeBytes < Math.min(0.05 * totalBytes, 20 * GB))
    say(
      'little room on the disk',
      `${config.data} has ${(freeBytes / GB).toFixed(1)} GB left of ${(totalBytes / GB).toFixed(0)}: a full disk stops every door. Make room, or move HOMEROOM_DATA`,
    )
  if (openFiles < 4096)
    say(
      'few open files',
      `a process may have ${openFiles} files open, and each connection is one: set LimitNOFILE=65536 in its unit, or ulimit -n 65536`,
    )
  const needed = config.clickhouse ? 0.5 : 2
  if (memoryBytes < needed * GB)
    say(
      'little memory',
      `this process may use ${(memoryBytes / GB).toFixed(1)} GB and needs ${needed}${config.clickhouse ? '' : ' with the embedded warehouse'}: raise the bound, or name a server in HOMEROOM_CLICKHOUSE`,
    )
  return found
}

/** Settings that are taken, and still are hardly what was meant. */
export function settingFaults(config: Config, signIn: SignInSettings | null): Misconfiguration[] {
  const found: Misconfiguration[] = []
  const say = (what: string, sentence: string) => void found.push({ what, sentence })
  const warehouse = config.clickhouse === null ? null : new URL(config.clickhouse)
  if (warehouse?.protocol === 'http:' && !LOOPBACK.test(warehouse.hostname))
    say(
      'warehouse over an open line',
      `HOMEROOM_CLICKHOUSE goes to ${warehouse.host} without TLS, with its password: use https, and HOMEROOM_CLICKHOUSE_TLS for an authority of your own`,
    )
  if (warehouse && (['', 'default'].includes(warehouse.username) || warehouse.password === ''))
    say(
      'warehouse without a user of its own',
      `HOMEROOM_CLICKHOUSE names ${warehouse.password === '' ? 'no password' : 'the user default'}: make a user for Homeroom and put it into the address`,
    )
  const away = (config.kafka ?? []).filter(broker => !LOOPBACK.test(broker.replace(/:\d+$/, '')))
  if (away.length > 0 && config.kafkaSecurity === null)
    say('log over an open line', `HOMEROOM_KAFKA goes to ${away.join(', ')} without TLS: set HOMEROOM_KAFKA_SECURITY`)
  if (away.length === 1)
    say(
      'one broker',
      `HOMEROOM_KAFKA names only ${away[0]}: while it is away no process starts. Name two or three of the cluster`,
    )
  if (config.kafka !== null && config.clickhouse === null)
    say(
      'cluster with an embedded warehouse',
      'HOMEROOM_KAFKA is set and HOMEROOM_CLICKHOUSE is not: each machine then has a warehouse of its own. Name the server in HOMEROOM_CLICKHOUSE',
    )
  if (signIn) found.push(...signInFaults(config, signIn))
  return found
}

function signInFaults({ host }: Config, signIn: SignInSettings): Misconfiguration[] {
  const found: Misconfiguration[] = []
  const { publicUrl, proxies, roles } = signIn
  const isOpen = !LOOPBACK.test(host)
  if (isOpen && LOOPBACK.test(new URL(publicUrl).hostname))
    found.push({
      what: 'address that only this machine has',
      sentence: `HOMEROOM_SIGN_IN says that browsers reach Homeroom at ${publicUrl}, and HOMEROOM_LISTEN lets others in, whom the provider would send to themselves: set publicUrl to the address that they use`,
    })
  if (isOpen && publicUrl.startsWith('https:') && proxies.length === 0)
    found.push({
      what: 'proxy that nobody believes',
      sentence: `browsers reach Homeroom at ${publicUrl}, so a proxy does TLS, but HOMEROOM_SIGN_IN names none in proxies: every request seems to come from one address, and one careless sender slows down all. Name the proxy's address`,
    })
  const given = new Set(Object.values(roles.values))
  const missing = (['analyst', 'operator'] as const).filter(role => !given.has(role))
  if (missing.length > 0)
    found.push({
      what: 'role that nobody has',
      sentence: `no value of the claim ${roles.claim} makes somebody ${missing.join(' or ')}: add it to roles.values in HOMEROOM_SIGN_IN, or nobody sees the district${missing.includes('operator') ? ' or the audit' : ''}`,
    })
  return found
}

const isForReal = ({ kafka, clickhouse, host }: Config): boolean =>
  kafka !== null || clickhouse !== null || !LOOPBACK.test(host)

const isWithin = (folder: string, file: string): boolean => !relative(folder, dirname(file)).startsWith('..')
