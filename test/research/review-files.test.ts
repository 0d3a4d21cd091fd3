import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readOutputTable } from '../../infra/commands/research-check-file.ts'
import { publishedCounts, review } from '../../processors/research/review.ts'
import { addSchools, aFigure, publish } from '../dashboards/a-district.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

const MAIN = fileURLToPath(new URL('../../infra/main.ts', import.meta.url))
const run = promisify(execFile)
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-review-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const aFile = async (name: string, content: string | Uint8Array): Promise<string> => {
  const file = join(folder, name)
  await writeFile(file, content)
  return file
}

test('a table is the same from CSV, TSV and Parquet', async () => {
  const warehouse = await freshWarehouse({ migrated: false })
  const { stream } = await warehouse.client.exec({
    query:
      "select * from values('school String, n Nullable(UInt32), mean Float64', ('lincoln', 210, 43.5), ('a,b', null, 44)) format Parquet",
  })
  const expected = { columns: ['school', 'n', 'mean'], rows: [['lincoln', '210', '43.5'], ['a,b', '', '44']] } // prettier-ignore
  const csv = await aFile('t.csv', 'school,n,mean\r\nlincoln,210,43.5\r\n"a,b",,44\r\n')
  for (const file of [
    csv,
    await aFile('t.tsv', 'school\tn\tmean\nlincoln\t210\t43.5\na,b\t\t44\n'),
    await aFile('t', await buffer(stream)),
  ])
    expect(await readOutputTable(file)).toMatchObject(expected)
})

test('a file that cannot be read whole is refused: what cannot be read cannot be checked', async () => {
  await expect(readOutputTable(await aFile('torn.csv', 'a,n\nx,"20\ny,30\n'))).rejects.toThrow(
    /FILE_INVALID|Nothing was checked/,
  )
  await expect(readOutputTable(await aFile('torn.parquet', 'PAR1 and then nothing'))).rejects.toThrow(
    /cannot be read as Parquet/,
  )
  await expect(readOutputTable(join(folder, 'nowhere'))).rejects.toThrow(/cannot be opened/)
})

test('the numbers to compare with are those that the newest snapshot shows', async () => {
  const warehouse = await freshWarehouse()
  await addSchools(warehouse, [{ id: 'lincoln', name: 'Lincoln School' }])
  await publish(warehouse, 1, [aFigure({ unit_id: 'd1', n: 400 })])
  await publish(warehouse, 2, [
    aFigure({ unit_id: 'd1', n: 500 }),
    aFigure({ unit_type: 'school', unit_id: 'lincoln', n: 210 }),
  ])
  const published = await publishedCounts(warehouse)
  expect(published.filter(({ people }) => people === 400)).toEqual([])
  const findings = await review({ columns: ['school', 'n'], rows: [['Lincoln School', '204'], ['district', '496']] }, published) // prettier-ignore
  expect(findings.map(({ row, rule }) => `${row} ${rule}`)).toEqual(['2 differencing', '3 differencing'])
})

test('the command ends with 1 and says where, why and what to do; with 0 if nothing was found', async () => {
  const ask = (file: string, ...more: string[]) =>
    run(process.execPath, [MAIN, 'research', 'check', file, '--offline', ...more]).then(
      ({ stdout }) => ({ code: 0, stdout }),
      (failed: { code: number; stdout: string }) => ({ code: failed.code, stdout: failed.stdout }),
    )
  const small = await ask(await aFile('small.csv', 'group,n\na,30\nb,4\n'))
  expect(small.code).toBe(1)
  expect(small.stdout).toContain(
    'row 3, column n: small cell: 4 people: fewer than 10 can be recognised. Put the group together',
  )
  const { code, stdout } = await ask(await aFile('large.csv', 'group,n\na,30\nb,40\n'), '--json')
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { rows: 2, compared: false, findings: [] }])
})
