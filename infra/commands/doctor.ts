import { Command } from 'commander'
import { shownConfig } from '../config.ts'
import { sentenceOf } from '../errors.ts'
import { LineKind } from '../../schemas/vocabulary.ts'
import { aliasFindings } from './doctor-aliases.ts'
import { misconfigurations } from './doctor-misconfigured.ts'
import { lookUpVerbs, type UnknownVerb, type Verbs } from './doctor-verbs.ts'
import type { Vocabulary } from '../vocabulary/vocabulary.ts'
import { openRuntime, type Runtime } from './runtime.ts'
import { readiness } from './server.ts'

type Finding = { what: string; count: number; sentence: string; verb?: UnknownVerb }

/** `doctor`: settings, parts, and what waits for a person's decision. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'settings, health of each part, likely misconfigurations with their mend, dead letters, unknown identifiers and unmapped verbs with the lines that would map them',
    )
    .option('--json', 'print one JSON line')
    .action(async (options: { json?: boolean }) => {
      const runtime = await openRuntime()
      const state = await readiness(runtime)
      const wrong = await misconfigurations(runtime, state.ready)
      const findings = [...wrong.map(each => ({ ...each, count: 1 })), ...(state.ready ? await find(runtime) : [])]
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
    sql: `select toFloat64(count()) as count, concat(toString(count()), ' dead letters from ', source, ' at ', door, ': ', code, ', for example ', any(place), '. Correct them at the source and send them again, or mend the cause and run homeroom redrive') as sentence
          from dead_letters final where id not in (select letter_id from redriven where is_done) group by source, door, code order by count desc limit 20`,
  },
  {
    what: 'enrolments without a class',
    sql: `select toFloat64(count()) as count, concat(toString(count()), ' enrolments name the class ', class_id, ', which no roster has') as sentence
          from enrolments final where class_id not in (select class_id from classes final) group by class_id order by count desc limit 5`,
  },
]

/** What the stored data say that a person has to decide. */
export async function find({ warehouse, vocabulary }: Pick<Runtime, 'warehouse' | 'vocabulary'>): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { what, sql } of QUESTIONS) {
    try {
      const found = await warehouse.query<{ count: number; sentence: string }>(sql)
      findings.push(...found.map(row => ({ what, ...row })))
    } catch (error) {
      findings.push({ what, count: 1, sentence: `${what} could not be looked up: ${sentenceOf(error)}` })
    }
  }
  try {
    findings.push(...(await aliasFindings(warehouse)))
  } catch (error) {
    const sentence = `unknown identifiers could not be looked up: ${sentenceOf(error)}`
    findings.push({ what: 'unknown identifiers', count: 1, sentence })
  }
  try {
    findings.push(...verbFindings(await lookUpVerbs(warehouse, vocabulary), vocabulary))
  } catch (error) {
    findings.push({ what: 'unmapped verbs', count: 1, sentence: `verbs could not be looked up: ${sentenceOf(error)}` })
  }
  return findings
}

function verbFindings({ unknown, more, awaitReplay }: Verbs, { file, columns }: Vocabulary): Finding[] {
  const findings = unknown.map((verb): Finding => {
    const { records: count, activityType, firstSeen, lastSeen, sources, line } = verb
    const on = activityType === '' ? '' : ` on ${activityType}`
    const sentence = `${count} records from ${sources.join(', ')} with the verb ${verb.verb}${on}, received from ${firstSeen} to ${lastSeen}, which nothing maps: they are kept and count in no indicator. Line: ${line}`
    return { what: 'unmapped verbs', count, sentence, verb }
  })
  if (more > 0) {
    findings.push({ what: 'unmapped verbs', count: more, sentence: `${more} more verbs that nothing maps, each rarer` })
  }
  if (unknown.length > 0) {
    const where = file ?? `a file with the header ${columns?.join(',')}, and name it in HOMEROOM_VOCABULARY`
    const sentence = `To map them: put the lines into ${where}; the kind is one of ${LineKind.options.join(', ')} (noted: kept, counts in nothing). Start again, then run homeroom replay`
    findings.push({ what: 'unmapped verbs, what to do', count: unknown.length + more, sentence })
  }
  if (awaitReplay > 0) {
    const sentence = `${awaitReplay} records were stored before the line that maps their verb; homeroom replay gives them their kind`
    findings.push({ what: 'verbs mapped since', count: awaitReplay, sentence })
  }
  return findings
}

function print(title: string, lines: readonly string[]): void {
  console.log(`${title}\n${lines.map(line => `  ${line}`).join('\n')}`)
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
