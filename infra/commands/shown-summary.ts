import type { LoadSummary } from '../../ingest/load/load.ts'

type Counts = Pick<LoadSummary, 'read' | 'stored' | 'duplicate' | 'dead' | 'nobody'>

/** A load for people: counts of every file, then what is wrong, then what was not used. */
export function shownSummary(summary: LoadSummary, isCheck = false): string {
  const { faults, broken, refused, unused } = summary
  const rows = [
    ...summary.files.map(({ file, nobody, ...counts }) => counted(file, { ...counts, nobody: sumOf(nobody) })),
    counted('all', summary),
  ]
  const parts = [
    table([['file', 'read', 'stored', 'duplicate', 'dead', "nobody's"], ...rows]),
    listed(
      `faults of rows: ${faults.count}${faults.file === null ? '' : `, all of them in ${faults.file}`}`,
      faults.rules.map(({ rule, count }) => `${count} × ${rule}`),
    ),
    listed(
      `the first ${faults.first.length}`,
      faults.first.map(
        ({ file, row, field, got, expected, consequence }) =>
          `${file}${row && ` row ${row}`}${field && ` field ${field}`}: ${got}, expected ${expected}. ${consequence}`,
      ),
    ),
    listed('what follows from rows that could not be used', broken),
    listed(
      'not loaded',
      refused.map(({ file, reason }) => `${file}: ${reason}`),
    ),
    listed('not used, because nothing knows them or needs them', unused),
    isCheck ? 'This was a check: nothing was stored.' : '',
  ]
  return parts.filter(Boolean).join('\n\n')
}

const counted = (name: string, { read, stored, duplicate, dead, nobody }: Counts): string[] => [
  name,
  ...[read, stored, duplicate, dead, nobody].map(count => count.toLocaleString('en-US')),
]

const sumOf = (counts: Record<string, number> = {}): number =>
  Object.values(counts).reduce((total, count) => total + count, 0)

const listed = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `${title}:\n${lines.map(line => `  ${line}`).join('\n')}`

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map(row => row[i]!.length)))
  const cell = (text: string, i: number): string => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))
  return rows.map(row => row.map(cell).join('  ').trimEnd()).join('\n')
}
