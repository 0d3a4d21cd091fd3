import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { readConfig } from '../config.ts'
import {
  planDistrict,
  sendDistrict,
  SOURCES,
  writeEvents,
  writeFiles,
  writeRoster,
  writeScores,
  writeTruth,
  type Credentials,
  type Sent,
  type Size,
  type Source,
} from '../demo/index.ts'
import { HomeroomError } from '../errors.ts'
import { progress } from './progress.ts'

export const DEMO_SEED = 20261122

type Options = {
  size: Size
  seed: number
  out?: string
  url?: string
  credentials?: string
  from: number
  to?: number
  json?: boolean
}

/** `simulate`: the synthetic district as files, or sent to Homeroom's doors as its tools would. */
export function simulateCommand(): Command {
  return new Command('simulate')
    .description('a synthetic district: write its files, or send its events to a running Homeroom')
    .option('--size <size>', 'small, district, or a number of students', sizeOf, 'small')
    .option('--seed <number>', 'the same seed gives the same district', Number, DEMO_SEED)
    .option(
      '--out <folder>',
      'write roster/, scores/, plans/, behaviour/, grades/, surveys/, events/ and truth/ into this folder',
    )
    .option('--url <url>', 'send the events there, for example http://127.0.0.1:8080')
    .option(
      '--credentials <file>',
      `JSON: {"lms": {"user": …, "password": …}, …} for ${Object.keys(SOURCES).join(', ')}`,
    )
    .option('--from <week>', 'first week to send, counted from 0', Number, 0)
    .option('--to <week>', 'week before which to stop', Number)
    .option('--json', 'print one JSON line')
    .action(simulate)
}

async function simulate(options: Options): Promise<void> {
  const config = readConfig()
  const plan = planDistrict({ size: options.size, seed: options.seed, timeZone: config.timeZone })
  if (!options.out && !options.url) {
    throw new HomeroomError('CONFIG_INVALID', 'simulate needs --out FOLDER or --url URL. Nothing was made')
  }
  if (options.out) {
    await writeRoster(plan, join(options.out, 'roster'))
    await writeScores(plan, join(options.out, 'scores'))
    await writeFiles(plan, options.out)
    await writeTruth(plan, join(options.out, 'truth'))
    if (!options.url) await writeEvents(plan, join(options.out, 'events'))
    if (!options.json)
      console.log(`wrote ${options.out}: ${plan.students.count} students, ${plan.schools.length} school(s)`)
  }
  if (!options.url) return
  const weeks = { from: options.from, to: options.to ?? plan.year.weeks }
  const sent = await sendWithProgress({
    plan,
    url: options.url,
    credentials: credentialsOf(options.credentials),
    weeks,
  })
  console.log(options.json ? JSON.stringify(sent) : `sent ${sent.records} records in ${sent.seconds.toFixed(0)} s`)
}

/** Send, with a line or a bar of progress by week. `onWeekDone` hears of each week that is complete. */
export async function sendWithProgress(options: Omit<Parameters<typeof sendDistrict>[0], 'onProgress'>): Promise<Sent> {
  const { from, to } = options.weeks ?? { from: 0, to: options.plan.year.weeks }
  const shown = progress('Sending weeks of the school year', to - from)
  const sent = await sendDistrict({
    ...options,
    onProgress: now => shown.update(now.week - from, `${now.records} records`),
  })
  shown.end(`${sent.records} records`)
  return sent
}

function credentialsOf(file: string | undefined): Credentials {
  if (!file) throw new HomeroomError('CONFIG_INVALID', 'simulate --url needs --credentials FILE. Nothing was sent')
  const each = z.object({ user: z.string(), password: z.string() })
  const parsed = z
    .record(z.enum(Object.keys(SOURCES) as Source[]), each)
    .safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (parsed.success) return parsed.data
  throw new HomeroomError('CONFIG_INVALID', `${file}: ${z.prettifyError(parsed.error)}. Nothing was sent`)
}

function sizeOf(text: string): Size {
  if (text === 'small' || text === 'district') return text
  const students = Number(text)
  if (!Number.isInteger(students)) throw new InvalidArgumentError('expected small, district, or a number of students')
  return students
}
