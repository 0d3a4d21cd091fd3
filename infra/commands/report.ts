import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { LANGUAGES, type Language } from '../../dashboards/language.ts'
import type { Paper } from '../../dashboards/report/document.ts'
import { findChromium } from '../chromium.ts'
import { sentenceOf } from '../errors.ts'
import { progress } from './progress.ts'
import { writeReports, type ReportsResult } from './report-files.ts'
import { opened, type Runtime } from './runtime.ts'

type Options = {
  out: string
  lang: Language
  week?: string
  published?: boolean
  paper: Paper
  pdf: boolean
  chromium?: string
  json?: boolean
}

type Use = (use: (runtime: Runtime) => Promise<void>) => Promise<void>

/** @param withRuntime opens what the command works with, and closes it */
export function reportCommand(withRuntime: Use = opened): Command {
  return new Command('report')
    .description(
      'write the report of every school, or of those named: HTML, and a tagged PDF where there is a Chromium',
    )
    .argument('[school...]', 'sourcedIds; default: every school')
    .requiredOption('--out <folder>', 'where to; made if it is not there')
    .addOption(new Option('--lang <language>', 'of the reports').choices([...LANGUAGES]).default('en'))
    .option('--week <week>', 'ISO week, 2026-W10; default: the last one that is over')
    .option('--published', 'only published figures, which may leave the school')
    .addOption(new Option('--paper <paper>', 'of the PDFs').choices(['letter', 'a4']).default('letter'))
    .option('--no-pdf', 'HTML only')
    .option('--chromium <path>', 'Chromium or Chrome that prints; default: the installed one')
    .option('--json', 'print one JSON line')
    .addHelpText(
      'after',
      `
Each report is what the school's own principal sees: live figures, for the school's own use. That they were seen is
told to the audit, under the name of who runs the command. With --published it is what other roles see of the school.
Again: reports that have not changed are left as they are, those that are missing are made.`,
    )
    .action(async (schools: string[], options: Options) => withRuntime(runtime => reports(runtime, schools, options)))
}

async function reports(runtime: Runtime, schools: readonly string[], options: Options): Promise<void> {
  const chromium = options.pdf ? findChromium(options.chromium) : null
  let shown: ReturnType<typeof progress> | undefined
  const result = await writeReports(runtime, {
    schools,
    out: resolve(options.out),
    language: options.lang,
    week: options.week ?? '',
    edition: options.published ? 'published' : 'live',
    paper: options.paper,
    chromium,
    account: whoRuns(),
    onProgress: (done, all, school) => (shown ??= progress('reports', all)).update(done, school),
  })
  shown?.end()
  const failed = result.failed.map(({ school, error }) => ({ school, error: sentenceOf(error) }))
  const noPdf = options.pdf && chromium === null
  if (noPdf) process.stderr.write('no Chromium or Chrome is installed: HTML only. Print it from any browser.\n')
  console.log(options.json ? JSON.stringify({ ...result, failed, pdf: chromium !== null }) : said(result, options.out))
  if (!options.json) for (const { school, error } of failed) process.stderr.write(`${school}: ${error}\n`)
  if (failed.length > 0) process.exitCode = 1
}

/** The account of the operating system: there is no other at the command line. */
function whoRuns(): string {
  try {
    return `os:${userInfo().username}`
  } catch {
    // A user without a name, as in containers.
    return `os:${process.getuid?.() ?? 'unknown'}`
  }
}

function said({ written, unchanged, nothing }: ReportsResult, out: string): string {
  const lines = [
    `${count(written.length, 'file')} written to ${out}; ${count(unchanged.length, 'report')} had not changed`,
  ]
  if (nothing.length > 0) lines.push(`of ${nothing.join(', ')} nothing is known yet`)
  return lines.join('\n')
}

const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`
