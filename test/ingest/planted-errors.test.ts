import { readdir } from 'node:fs/promises'
import { beforeAll, expect, test } from 'vitest'
import { expectedOf, loadPlanted, toldText, type Found, type Planted } from './planted.ts'
import { EDFI } from './planted-edfi.ts'
import { CANVAS, OPENEDX } from './planted-logs.ts'
import { ALIASES, INTERACTIONS, ROSTERS, SCORES } from './planted-mapped.ts'
import { CALENDAR, ONEROSTER, ONEROSTER_SCORES } from './planted-oneroster.ts'
import { fieldsOf, sentencesOf } from './planted-sentences.ts'
import { LONG_LAYOUT, WIDE } from './planted-surveys.ts'

const PLANTED: readonly Planted[] = [
  ONEROSTER,
  ONEROSTER_SCORES,
  CALENDAR,
  INTERACTIONS,
  ROSTERS,
  ALIASES,
  SCORES,
  WIDE,
  LONG_LAYOUT,
  EDFI,
  OPENEDX,
  CANVAS,
]

/** Modules all of whose sentences these files have to make the report say. */
const WALKED =
  `canvas-events foreign-events openedx-events load/advisories load/calendar load/edfi-calendar load/edfi-events
  load/edfi-people load/edfi-roster load/edfi-rows load/edfi-scores load/event-files load/json-rows load/mapped-aliases
  load/mapped-interactions load/mapped-roster load/mapped-scores load/oneroster load/oneroster-rows load/oneroster-score-rows
  load/oneroster-scores load/oneroster-users load/survey-long load/survey-said load/survey-wide load/table`
    .split(/\s+/)
    .map(name => `${name}.ts`)

/** Modules whose faults other tests plant. */
const ELSEWHERE: readonly [module: RegExp, test: string][] = [
  [/^loader\.ts$/, 'load-known.test.ts'],
  [/^icalendar/, 'icalendar-rules.test.ts'],
  [/^(?:plan|goal|choice|mapped-plans)/, 'plan-rules.test.ts'],
  // What is wrong with a mapping file refuses it whole.
  [/^(?:interaction-)?mapping\.ts$/, 'load-mapping.test.ts'],
  [/^score-mapping\.ts$/, 'load-scores.test.ts'],
  [/^survey-mapping\.ts$/, 'survey-rules.test.ts'],
]

let all: Map<string, Found>
beforeAll(async () => {
  all = new Map()
  for (const planted of PLANTED) all.set(planted.name, await loadPlanted(planted))
})

test.each(PLANTED.map(planted => [planted.name, planted] as const))(
  'in %s every planted error is told by file, row, field, value, rule and consequence, and every row is counted once',
  (name, planted) => {
    const { summary, report } = all.get(name)!
    const { told, rows } = expectedOf(planted)
    expect(summary.refused).toEqual([])
    expect(report.map(toldText).sort()).toEqual(told)
    for (const line of report)
      for (const column of ['got', 'expected', 'consequence', 'next step'])
        expect(line[column], JSON.stringify(line)).not.toBe('')
    for (const { file, read, stored, duplicate, dead, partly, nobody = {} } of summary.files) {
      const [name] = file.split(' ')
      expect({ file, dead, partly }).toEqual({ file, ...(rows[name!] ?? { dead: 0, partly: 0 }) })
      expect(read).toBe(stored + duplicate + dead + Object.values(nobody).reduce((a, b) => a + b, 0))
      expect(stored).toBeGreaterThan(0)
    }
  },
)

test.each(WALKED)('every sentence of %s about a fault is in a report', async module => {
  const said = [...all.values()].flatMap(({ report }) =>
    report.flatMap(line => [line.got, line.expected, line.consequence]),
  )
  const sentences = await sentencesOf(module)
  expect(sentences.filter(sentence => !said.some(text => sentence.test(text!))).map(String)).toEqual([])
})

/** Modules with schemas of rows, and where they are planted; those of rosters of OneRoster and of interactions: load-rules.test.ts. */
const SCHEMAS: readonly [module: string, planted: Planted][] = [
  ['ingest/load/calendar.ts', CALENDAR],
  ['ingest/load/edfi-calendar.ts', EDFI],
  ['ingest/load/edfi-people.ts', EDFI],
  ['ingest/load/edfi-roster.ts', EDFI],
  ['ingest/load/mapped-roster.ts', ROSTERS],
  ['ingest/load/mapped-scores.ts', SCORES],
  ['ingest/load/oneroster-score-rows.ts', ONEROSTER_SCORES],
  ['schemas/openedx.ts', OPENEDX],
  ['schemas/canvas.ts', CANVAS],
]
/** What the planted scores call their columns. */
const COLUMNS: Record<string, string> = {
  student: 'who',
  date: 'when',
  window: 'season',
  score: 'points',
  csem: 'error',
  percentile: 'rank',
}
/** No value of them is refused. */
const FREE = ['counts', 'idType', 'event']

test.each(SCHEMAS)('of every field of which %s asks something a fault is in a report', async (module, { name }) => {
  const told = new Set(all.get(name)!.report.flatMap(({ field = '' }) => field.split('.')))
  const fields = (await fieldsOf(module)).filter(field => !FREE.includes(field))
  expect(fields.length).toBeGreaterThan(1)
  expect(fields.filter(field => !told.has(field) && !told.has(COLUMNS[field] ?? field))).toEqual([])
})

test('every module of the loaders that tells of faults is walked here, or has its test', async () => {
  const tests = new Set(await readdir(new URL('.', import.meta.url)))
  const left: string[] = []
  for (const name of await readdir(new URL('../../ingest/load/', import.meta.url))) {
    if (!name.endsWith('.ts') || WALKED.includes(`load/${name}`)) continue
    const isElsewhere = ELSEWHERE.some(([module, test]) => module.test(name) && tests.has(test))
    if (!isElsewhere && (await sentencesOf(`load/${name}`)).length > 0) left.push(name)
  }
  expect(left).toEqual([])
})
