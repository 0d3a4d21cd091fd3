import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { z } from 'zod'
import { rowsOfText } from '../../infra/csv.ts'
import { loadFiles } from '../../ingest/load/load.ts'
import {
  ClassRow,
  CourseRow,
  EnrollmentRow,
  OrgRow,
  RoleRow,
  SessionRow,
  UserRow,
} from '../../ingest/load/oneroster-rows.ts'
import { Interaction } from '../../schemas/interaction.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

let ingest: Ingest
let folder: string
beforeEach(async () => {
  ingest = await startIngest()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-rules-'))
})
afterEach(async () => {
  await ingest.close()
  await rm(folder, { recursive: true, force: true })
})

type Row = Record<string, string>
type Planted = { file: string; row: number; field: string }

/** Values that break one rule or another: missing, too long, no word of any list, a day that no month has, not a number. */
const BAD = ['', 'x'.repeat(70_000), 'bogus', '2026-02-30', '-1']

const ONEROSTER: Record<string, { schema: z.ZodObject; good: Row }> = {
  'orgs.csv': { schema: OrgRow, good: { sourcedId: 'o-1', status: '', name: 'Oak', type: 'school' } },
  'academicSessions.csv': {
    schema: SessionRow,
    good: {
      sourcedId: 'y',
      status: '',
      title: 'Y',
      type: 'term',
      startDate: '2025-08-25',
      endDate: '2026-06-13',
      schoolYear: '2026',
    },
  },
  'courses.csv': { schema: CourseRow, good: { sourcedId: 'co-1', status: '', subjects: '', grades: '' } },
  'classes.csv': {
    schema: ClassRow,
    good: {
      sourcedId: 'c-1',
      status: '',
      classCode: 'C',
      classType: 'homeroom',
      schoolSourcedId: 'o-1',
      termSourcedIds: 'y',
    },
  },
  'roles.csv': {
    schema: RoleRow,
    good: { sourcedId: 'r-1', status: '', userSourcedId: 's-1', roleType: 'primary', role: 'student' },
  },
  'users.csv': {
    schema: UserRow,
    good: {
      sourcedId: 's-1',
      status: '',
      username: 'kim',
      givenName: 'K',
      familyName: 'D',
      identifier: '9',
      email: 'k@example.org',
    },
  },
  'enrollments.csv': {
    schema: EnrollmentRow,
    good: {
      sourcedId: 'e-1',
      status: '',
      classSourcedId: 'c-1',
      schoolSourcedId: 'o-1',
      userSourcedId: 's-1',
      role: 'student',
      beginDate: '2025-09-01',
      endDate: '2026-06-01',
    },
  },
}

/** One row for each value of each field that the schema refuses, behind a good one; each breaks one rule. */
function planted(file: string, schema: z.ZodObject, good: Row): { text: string; faults: Planted[] } {
  const fields = Object.keys(good)
  const lines = [fields.join(','), fields.map(field => good[field]).join(',')]
  const faults: Planted[] = []
  for (const field of fields) {
    for (const bad of BAD) {
      const row = { ...good, [field]: bad }
      const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== ''))
      const issues = schema.safeParse(given).error?.issues ?? []
      if (issues.length !== 1) continue
      lines.push(fields.map(name => row[name]).join(','))
      faults.push({ file, row: lines.length, field })
    }
  }
  return { text: `${lines.join('\n')}\n`, faults }
}

async function reported(path: string): Promise<{ lines: string[][]; dead: number }> {
  const reportFile = join(folder, 'report.csv')
  const summary = await loadFiles([path], {
    log: ingest.log,
    config: ingest.config,
    secrets: SECRETS,
    clock: () => NOW,
    reportFile,
  })
  const lines = rowsOfText(await readFile(reportFile, 'utf8')).flatMap(row =>
    row.fault === undefined ? [row.fields] : [],
  )
  return { lines: lines.slice(1), dead: summary.dead }
}

const placeOf = ([file, row, field]: readonly string[]): string => `${file} ${row} ${field}`

test('every rule of every column of OneRoster is reported by file, row and field', async () => {
  const faults: Planted[] = []
  for (const [file, { schema, good }] of Object.entries(ONEROSTER)) {
    const made = planted(file, schema, good)
    faults.push(...made.faults)
    await writeFile(join(folder, file), made.text)
  }
  const { lines, dead } = await reported(folder)
  expect(faults.length).toBeGreaterThan(40)
  expect(new Set(faults.map(({ file }) => file)).size).toBe(7)
  expect(lines.map(placeOf).sort()).toEqual(faults.map(({ file, row, field }) => `${file} ${row} ${field}`).sort())
  expect(dead).toBe(faults.length)
  // No report says what a person is called, and each says what follows and what to do.
  for (const line of lines) expect(line.slice(4).every(text => text !== '')).toBe(true)
})

const COLUMNS = [
  'at',
  'kind',
  'mode',
  'minutes',
  'section',
  'school',
  'team',
  'choice',
  'subject',
  'object',
  'objectType',
  'score',
  'success',
  'completion',
  'attempt',
] as const
const GOOD: Record<(typeof COLUMNS)[number], string> = {
  at: '2026-02-02T09:15:00-05:00',
  kind: 'met',
  mode: 'adult',
  minutes: '10',
  section: 'c-1',
  school: 'o-1',
  team: 't',
  choice: 'chosen',
  subject: 'Mathematics',
  object: 'x',
  objectType: 'y',
  score: '0.5',
  success: 'true',
  completion: 'true',
  attempt: '1',
}
const TYPED: Record<string, (text: string) => unknown> = {
  minutes: numeric,
  score: numeric,
  attempt: numeric,
  success: truth,
  completion: truth,
}

test('every rule of every field that a mapping file fills is reported by file, row and field', async () => {
  const lines = [['id', ...COLUMNS].join(',')]
  const faults: string[] = []
  for (const field of COLUMNS) {
    for (const bad of BAD) {
      const row = { ...GOOD, [field]: bad }
      const typed = Object.entries(row).flatMap(([name, text]) =>
        text === '' ? [] : [[name, (TYPED[name] ?? String)(text)]],
      )
      const participants = [{ id: 's-1', idType: 'sourcedId', role: 'student' }]
      const issues = Interaction.safeParse({ ...Object.fromEntries(typed), participants }).error?.issues ?? []
      if (issues.length !== 1) continue
      lines.push(['s-1', ...COLUMNS.map(name => row[name])].join(','))
      faults.push(`rows.csv ${lines.length} ${field}`)
    }
  }
  await writeFile(join(folder, 'rows.csv'), lines.join('\n'))
  const { at: _, ...others } = Object.fromEntries(COLUMNS.map(name => [name, `{${name}}`]))
  const participants = [{ id: '{id}', idType: 'sourcedId', role: 'student' }]
  const interactions = [{ files: ['rows.csv'], time: { text: '{at}' }, ...others, participants }]
  await writeFile(join(folder, 'mapping.json'), JSON.stringify({ source: 'rows', interactions }))
  const found = await reported(folder)
  expect(faults.length).toBeGreaterThan(25)
  expect(found.lines.map(placeOf).sort()).toEqual(faults.sort())
})

function numeric(text: string): unknown {
  const found = Number(text)
  return Number.isNaN(found) ? text : found
}

function truth(text: string): unknown {
  return text === 'true' ? true : text === 'false' ? false : text
}
