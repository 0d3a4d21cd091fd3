import { Command } from 'commander'
import { shownConfig } from '../config.ts'
import { sentenceOf } from '../errors.ts'
import { openRuntime, type Runtime } from './runtime.ts'
import { readiness } from './server.ts'

type Finding = { what: string; count: number; sentence: string }

/** `doctor`: settings, parts, and what waits for a person's decision. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('settings, health of each part, dead letters, unknown identifiers and unmapped verbs')
    .option('--json', 'print one JSON line')
    .action(async (options: { json?: boolean }) => {
      const runtime = await openRuntime()
      const state = await readiness(runtime)
      const findings = state.ready ? await find(runtime) : []
      const settings = shownConfig(runtime.config)
      await runtime.close()
      if (options.json) return console.log(JSON.stringify({ settings, ...state, findings }))
      print(
        'Settings',
        Object.entries(settings).map(([key, value]) => `${key}: ${show(value)}`),
      )
      print(
        'Parts',
        Object.entries(state).map(([key, value]) => `${key}: ${show(value)}`),
      )
      print('Findings', findings.length === 0 ? ['nothing waits for you'] : findings.map(f => f.sentence))
      if (!state.ready) process.exitCode = 1
    })
}

const QUESTIONS: { what: string; sql: string }[] = [
  {
    what: 'dead letters',
    sql: `select toFloat64(count()) as count, concat(toString(count()), ' dead letters from ', source, ' at ', door, ': ', code, ', for example ', any(place), '. Correct them at the source and send them again') as sentence
          from dead_letters final group by source, door, code order by count desc limit 20`,
  },
  {
    what: 'unknown identifiers',
    sql: `select toFloat64(uniqExact(person_id)) as count, concat(toString(uniqExact(person_id)), ' identifiers from ', source, ' belong to nobody in a roster; their records count for no student until a roster or HOMEROOM_ACCOUNTS names them') as sentence
          from events where person_id not in (select identifier from person_of final) and person_role in ('student', 'unknown') group by source having count > 0 order by count desc limit 20`,
  },
  {
    what: 'unmapped verbs',
    sql: `select toFloat64(count()) as count, concat(toString(count()), ' records from ', source, ' with the verb ', verb, ', which no table maps; they are kept and count in no indicator') as sentence
          from events final where kind = 'other' and is_actor group by source, verb order by count desc limit 20`,
  },
  {
    what: 'enrolments without a class',
    sql: `select toFloat64(count()) as count, concat(toString(count()), ' enrolments name the class ', class_id, ', which no roster has') as sentence
          from enrolments final where class_id not in (select class_id from classes final) group by class_id order by count desc limit 5`,
  },
]

async function find({ warehouse }: Runtime): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { what, sql } of QUESTIONS) {
    try {
      const found = await warehouse.query<{ count: number; sentence: string }>(sql)
      findings.push(...found.map(row => ({ what, ...row })))
    } catch (error) {
      findings.push({ what, count: 1, sentence: `${what} could not be looked up: ${sentenceOf(error)}` })
    }
  }
  return findings
}

function print(title: string, lines: readonly string[]): void {
  console.log(`${title}\n${lines.map(line => `  ${line}`).join('\n')}`)
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
