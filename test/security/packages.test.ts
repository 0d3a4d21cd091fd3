import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { judged, writeSbom } from '../../infra/packages.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Licences that let a district run, change and pass on what it has. */
const LICENCES = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'MPL-2.0',
  'BlueOak-1.0.0',
  'Unlicense',
  'CC0-1.0',
  'Python-2.0',
])

const Sbom = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(
    z.looseObject({
      name: z.string(),
      version: z.string(),
      hashes: z.array(z.looseObject({ alg: z.string(), content: z.string() })).optional(),
      licenses: z.array(
        z.looseObject({ license: z.looseObject({ id: z.string() }).optional(), expression: z.string().optional() }),
      ),
    }),
  ),
})
const Package = z.looseObject({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
})

let folder: string
let components: z.infer<typeof Sbom>['components']
let packages: z.infer<typeof Package>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-sbom-'))
  const path = writeSbom(ROOT, join(folder, 'sbom.json'))
  components = Sbom.parse(JSON.parse(await readFile(path, 'utf8'))).components
  packages = Package.parse(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')))
})
afterAll(() => rm(folder, { recursive: true }))

test('the bill of materials has every package that runs, in its version, and none of development', () => {
  const there = new Set(components.map(({ name, version }) => `${name}@${version}`))
  for (const [name, version] of Object.entries(packages.dependencies)) expect(there).toContain(`${name}@${version}`)
  const names = new Set(components.map(({ name }) => name))
  expect(['vitest', 'oxlint', 'prettier', 'testcontainers', 'recheck'].filter(name => names.has(name))).toEqual([])
})

test('every package has a hash and a licence that lets a district run it', () => {
  const odd = components.filter(({ licenses }) =>
    licenses.some(({ license, expression }) => !LICENCES.has(license?.id ?? expression ?? '')),
  )
  expect(odd.map(({ name, licenses }) => `${name}: ${JSON.stringify(licenses)}`)).toEqual([])
  expect(components.filter(({ licenses }) => licenses.length === 0).map(({ name }) => name)).toEqual([])
})

test('versions are exact: nobody gets another package than the one that was tested', () => {
  for (const version of Object.values({ ...packages.dependencies, ...packages.devDependencies }))
    expect(version).toMatch(/^\d+\.\d+\.\d+$/)
})

test('an audit that was not made says so; one that found something fails', () => {
  const counts = (high: number) => ({
    metadata: { vulnerabilities: { high, critical: 0 } },
    vulnerabilities: { odd: { severity: 'high' } },
  })
  expect(judged(JSON.stringify(counts(0)), undefined)).toMatchObject({
    ok: true,
    said: expect.stringMatching(/^Packages audited/) as string,
  })
  expect(judged(JSON.stringify(counts(2)), undefined)).toMatchObject({
    ok: false,
    said: expect.stringMatching(/odd/) as string,
  })
  for (const text of ['', 'nothing', '{}', '{"message":"405 Method Not Allowed"}', '{"error":{"summary":"no"}}'])
    expect(judged(text, undefined)).toMatchObject({
      ok: true,
      said: expect.stringMatching(/^Packages were NOT audited: /) as string,
    })
  expect(judged('', new Error('npm is not there')).said).toContain('npm is not there')
})
