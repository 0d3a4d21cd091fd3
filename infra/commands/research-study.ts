import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { recordStudy, studyPlan } from '../../processors/research/study.ts'
import { HomeroomError } from '../errors.ts'
import { opened } from './runtime.ts'
import { dayIn, tellResearch } from './research-told.ts'

type Options = {
  file?: string
  title?: string
  purpose?: string
  approvedBy?: string
  ends?: string
  group?: string
  from?: string
  to?: string
  json?: boolean
}

const HELP = `
The file is JSON; what is typed besides stands against it:
  { "study": "mentoring", "title": "…", "purpose": "…", "approvedBy": "board decision 2026-14", "endsOn": "2027-06-30",
    "terms": { "from": "2025-08-25", "to": "2026-06-15",   weeks of that time; scores up to its end, also earlier ones
      "tables": ["weeks", "growth"],   which of them the study needs
      "group": "ell",            one demographic attribute of the roster; without: none
      "order": ["school_level", "school", "grade_band", "band", "gender", "demographic"],   given up from the end
      "shiftWeeks": 52, "skipWeeks": 4 } }`

/** `research study`: record what is to be studied, before anything is extracted. */
export function studyCommand(withRuntime: typeof opened = opened): Command {
  return new Command('study')
    .description('record a study: what for, by whose leave, until when')
    .argument('[study]', 'short name: lower-case letters, digits and _; its database is research_<study>')
    .option('--file <file>', 'JSON that says all of it')
    .option('--title <text>', 'title')
    .option('--purpose <text>', 'what the extract is for')
    .option('--approved-by <ref>', 'reference of the decision that allows it')
    .option('--ends <day>', 'last day on which there is an extract, 2027-06-30')
    .option('--group <attribute>', 'demographic attribute of the roster that the study needs')
    .option('--from <day>', 'first day of what is extracted')
    .option('--to <day>', 'day after the last')
    .option('--json', 'print one JSON line')
    .addHelpText('after', HELP)
    .action(async (name: string | undefined, options: Options) =>
      withRuntime(async runtime => {
        const now = new Date()
        const plan = studyPlan(await saidIn(name, options), dayIn(runtime.config.timeZone, now))
        const study = await recordStudy(runtime.warehouse, plan, now)
        await tellResearch(runtime, 'study recorded', study)
        if (options.json) console.log(JSON.stringify(study))
        else
          console.log(
            `study ${study.study} is recorded, until ${study.endsOn}; homeroom research extract ${study.study} makes its extract`,
          )
      }),
    )
}

async function saidIn(name: string | undefined, options: Options): Promise<object> {
  const file = options.file === undefined ? {} : await fileOf(options.file)
  const { terms = {}, ...rest } = file as { terms?: object }
  return {
    ...rest,
    ...given({
      study: name,
      title: options.title,
      purpose: options.purpose,
      approvedBy: options.approvedBy,
      endsOn: options.ends,
    }),
    terms: { ...terms, ...given({ group: options.group, from: options.from, to: options.to }) },
  }
}

const given = (values: Record<string, string | undefined>): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

async function fileOf(path: string): Promise<object> {
  try {
    const said: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (typeof said === 'object' && said !== null) return said
  } catch (cause) {
    throw new HomeroomError('FILE_INVALID', `${path} is not readable as JSON. No study was recorded`, { cause })
  }
  throw new HomeroomError('FILE_INVALID', `${path} holds no JSON object. No study was recorded`)
}
