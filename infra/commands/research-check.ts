import { Command } from 'commander'
import { publishedCounts, review, type Finding } from '../../processors/research/review.ts'
import { readOutputTable } from './research-check-file.ts'
import { opened } from './runtime.ts'

type Options = { counts?: string; labels?: string; offline?: boolean; json?: boolean }

const HELP = `
Looks for: cells of 1 to 9 people, also where shares or totals imply them; sums with one contributor of more than half, or that the second
largest can tell within 15 % (columns sum, largest, second); numbers that differ from published ones by 1 to 9 people; rows about
single people, rare strings, names, e-mail addresses, pseudonyms, free text.
Ends with 0 if nothing was found, else with 1. It finds what a machine can find: somebody else than the author still reads the table.`

/** `research check`: a table of results before it leaves. */
export function checkCommand(): Command {
  return new Command('check')
    .description('look at a table of results before it leaves: small cells, and what would give them away')
    .argument('<file>', 'CSV or TSV with a header, or Parquet')
    .option('--counts <columns>', 'columns with numbers of people, where their names do not say so: n_students,taught')
    .option('--labels <columns>', 'columns with numbers that name groups: grade,year')
    .option('--offline', 'do not compare with published figures')
    .option('--json', 'print one JSON line')
    .addHelpText('after', HELP)
    .action(check)
}

async function check(file: string, options: Options): Promise<void> {
  const table = await readOutputTable(file)
  const named = {
    ...(options.counts !== undefined && { counts: options.counts.split(',') }),
    ...(options.labels !== undefined && { labels: options.labels.split(',') }),
  }
  let findings: Finding[] = []
  if (options.offline) findings = await review(table, [], named)
  else
    await opened(
      async ({ warehouse }) => void (findings = await review(table, await publishedCounts(warehouse), named)),
    )
  const compared = options.offline ? 'not compared with published figures' : 'compared with published figures'
  if (options.json) console.log(JSON.stringify({ file, rows: table.rows.length, compared: !options.offline, findings }))
  else
    console.log(
      [...findings.map(shown), `${file}: ${table.rows.length} rows, ${compared}. ${summary(findings)}`].join('\n'),
    )
  if (findings.length > 0) process.exitCode = 1
}

const summary = ({ length }: readonly Finding[]): string =>
  length === 0
    ? 'Nothing was found'
    : `${length} ${length === 1 ? 'finding' : 'findings'}: do not let it leave like this`

function shown({ row, column, rule, why, next }: Finding): string {
  const where = [row !== null && `row ${row}`, column !== null && `column ${column}`].filter(Boolean).join(', ')
  return `${where || 'the table'}: ${rule}: ${why}. ${next[0]!.toUpperCase()}${next.slice(1)}.`
}
