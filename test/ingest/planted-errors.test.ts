import { readdir } from 'node:fs/promises'
import { beforeAll, expect, test } from 'vitest'
import { expectedOf, loadPlanted, toldText, type Found, type Planted } from './planted.ts'
import { EDFI } from './planted-edfi.ts'
import { CANVAS, OPENEDX } from './planted-logs.ts'
import { ALIASES, INTERACTIONS, ROSTERS, SCORES } from './planted-mapped.ts'
import { CALENDAR, ONEROSTER, ONEROSTER_SCORES } from './planted-oneroster.ts'
import { sentencesOf } from './planted-sentences.ts'
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
const WALKED = [
  ...['canvas-events.ts', 'foreign-events.ts', 'openedx-events.ts'],
  ...[
    'advisories',
    'calendar',
    'edfi-calendar',
    'edfi-events',
    'edfi-people',
    'edfi-roster',
    'edfi-rows',
    'edfi-scores',
  ],
  ...[
    'event-files',
    'json-rows',
    'mapped-aliases',
    'mapped-interactions',
    'mapped-roster',
    'mapped-scores',
    'oneroster',
  ],
  ...['oneroster-rows', 'oneroster-score-rows', 'oneroster-scores', 'oneroster-users', 'survey-long', 'survey-said'],
  ...['survey-wide', 'table'],
].map(name => (name.endsWith('.ts') ? name : `load/${name}.ts`))

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
