import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { makeBackupKey, readBackupSecret, type BackupSecret } from '../backup/backup-key.ts'
import type { Facts, Sums } from '../backup/archive.ts'
import { refuseHalfRestored } from '../backup/half-restored.ts'
import { checkBackup, takeBackup, type Backup } from '../backup/take-backup.ts'
import { readConfig, type Config } from '../config.ts'
import { HomeroomError } from '../errors.ts'
import { openWarehouse } from '../warehouse/open-warehouse.ts'
import { alone } from './alone.ts'

type Options = { to?: string; check?: string; key?: string; newKey?: string; json?: boolean }

const HELP = `
What is in it: the keys of identities (secrets.json, erasures.jsonl, sources.json), the event log and how far the processors are in
it, every database of the embedded warehouse, documents and attachments, and what else the data folder holds. Homeroom goes on
meanwhile; writes to the warehouse wait for the moment in which it is frozen. The data folder needs free space as large as the log
and what else is in it; links that lead out of it are left out.

The file is sealed as a whole. Without the key or passphrase nobody can read it, you neither: keep the key where the backup is
not. A key file is made by --new-key; a file with a line of 16 characters or more is a passphrase.

  homeroom backup --new-key /mnt/safe/backup.key --to /mnt/backups      the first time
  homeroom backup --key /mnt/safe/backup.key --to /mnt/backups          then, every night
  homeroom backup --key /mnt/safe/backup.key --check FILE               reads all of it, changes nothing

With servers of your own (HOMEROOM_KAFKA, HOMEROOM_CLICKHOUSE) their data are not in it; what is in it are keys, documents and
settings. Kafka keeps its topics by replication, or by a copy with MirrorMaker 2. ClickHouse backs up both databases of the district:
  BACKUP DATABASE homeroom, DATABASE identity TO Disk('backups', 'homeroom-1')
A server's backup is not of one moment: after RESTORE run homeroom restore for the rest, then homeroom replay.`

/** `backup`: everything that this Homeroom keeps, as one sealed file. */
export function backupCommand(): Command {
  return new Command('backup')
    .description('make one sealed file of everything that is kept here, while it runs; restore brings it back')
    .option('--to <path>', 'a folder, or the file to be made')
    .option('--key <file>', 'file with the key or the passphrase')
    .option('--new-key <file>', 'make this file with a random key, and use it')
    .option('--check <file>', 'read a backup to its end and check every hash instead of making one')
    .option('--json', 'print one JSON line')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      const secret = secretOf(options)
      if (options.check !== undefined)
        return print(options, { path: options.check, ...(await checkBackup(options.check, secret)) })
      if (options.to === undefined)
        throw new HomeroomError('ARGUMENT_INVALID', '--to names no folder or file. No backup was made')
      print(options, await make(readConfig(), options.to, secret, options))
    })
}

async function make(config: Config, to: string, secret: BackupSecret, { json }: Options) {
  const tell = json ? () => undefined : (what: string) => void process.stderr.write(`${what} …\n`)
  refuseHalfRestored(config)
  const made = { to, secret, version: versionOf(), now: new Date(), tell }
  // While a person is being erased, the log's old file still has them.
  return alone(join(config.data, 'erase.pid'), 'erasing somebody, or making a backup', async () => {
    const began = performance.now()
    const warehouse = config.clickhouse === null ? await openWarehouse(config) : null
    try {
      const backup = await takeBackup(config, warehouse, made)
      return { ...backup, seconds: Math.round(performance.now() - began) / 1000 }
    } finally {
      await warehouse?.close()
    }
  })
}

/** @throws HomeroomError ARGUMENT_INVALID if neither or both are named */
export function secretOf({ key, newKey }: Pick<Options, 'key' | 'newKey'>): BackupSecret {
  if ((key === undefined) === (newKey === undefined))
    throw new HomeroomError(
      'ARGUMENT_INVALID',
      'expected either --key with the file of the key or passphrase, or --new-key. Nothing was done',
    )
  return key === undefined ? makeBackupKey(newKey!) : readBackupSecret(key)
}

/** Of package.json. */
export function versionOf(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version
}

type Shown = { path: string; facts: Facts; parts: Sums } & Partial<Backup> & { seconds?: number }

function print({ json }: Options, shown: Shown): void {
  const { path, facts, parts, bytes, seconds, standstill_ms, leftOut } = shown
  const { offsets: _places, ...said } = facts
  if (json) return console.log(JSON.stringify({ ...said, path, parts, bytes, seconds, standstill_ms, leftOut }))
  console.log(`${path}: district ${facts.district}, ${facts.madeAt}, Homeroom ${facts.homeroom}; every hash is right`)
  console.table(
    Object.entries(parts).map(([part, sum]) => ({
      part,
      files: sum.files,
      MB: mb(sum.bytes),
      sha256: sum.sha256.slice(0, 16),
    })),
  )
  if (bytes !== undefined)
    console.log(`${mb(bytes)} MB in ${seconds!.toFixed(1)} s; writes to the warehouse waited for ${standstill_ms} ms`)
  const left = [facts.log === 'kafka' && 'the topics of Kafka', facts.warehouse === 'server' && 'the ClickHouse server']
  if (leftOut !== undefined && leftOut.length > 0)
    console.log(`Not in it: ${leftOut.join(', ')}, which lead out of the data folder.`)
  if (left.some(Boolean))
    console.log(`Not in it: ${left.filter(Boolean).join(' and ')}. --help says what backs them up.`)
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1)
