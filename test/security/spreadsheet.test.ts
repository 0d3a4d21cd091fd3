import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { rowsOfText, spreadsheetField } from '../../infra/csv.ts'
import { RowReport } from '../../ingest/load/row-report.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const HOSTILE = ['=HYPERLINK("https://evil.example")', '+1+1', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '\n=1']

test('what a spreadsheet would run begins with an apostrophe, and is read back as one field', () => {
  for (const text of HOSTILE) {
    const [row] = rowsOfText(`${spreadsheetField(text)},x\n`)
    expect(row?.fault === undefined && row?.fields).toEqual([`'${text}`, 'x'])
  }
  const harmless = ['Ada', '7', '-3', '-3.5', '1-2', 'a=b', '']
  expect(harmless.map(spreadsheetField)).toEqual(harmless)
})

test('the report of a load writes no value of a file so that a spreadsheet would run it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-report-'))
  const path = join(folder, 'report.csv')
  const report = new RowReport(path)
  const line = {
    file: 'users.csv',
    row: '2',
    field: 'role',
    rule: 'r',
    got: 'g',
    expected: 'e',
    consequence: 'c',
    next: 'n',
  }
  for (const value of HOSTILE) report.add({ ...line, value })
  await report.write()
  const rows = rowsOfText(await readFile(path, 'utf8')).slice(1)
  expect(rows).toHaveLength(HOSTILE.length)
  for (const row of rows)
    for (const field of 'fields' in row ? row.fields : []) expect(field).not.toMatch(/^[=+\-@\t\r\n]/)
  await rm(folder, { recursive: true })
})

test('files for people are written by that function; what machines read back is listed here', () => {
  const machines = [
    'infra/commands/doctor-verbs.ts',
    'infra/csv.ts',
    'ingest/pull/oneroster-csv.ts',
    'ingest/redrive-text.ts',
    'processors/research/export.ts',
  ]
  const found: string[] = []
  for (const folder of ['infra', 'ingest', 'processors', 'dashboards'])
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
      const file = join(folder, name)
      if (!file.endsWith('.ts') || file.startsWith('infra/demo/')) continue
      if (/\bcsvField\(/.test(readFileSync(join(ROOT, file), 'utf8'))) found.push(file)
    }
  expect(found.filter(file => !machines.includes(file))).toEqual([])
})
