import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const MAIN = fileURLToPath(new URL('../infra/main.ts', import.meta.url))
const NETWORKS = fileURLToPath(new URL('./reference/networks/', import.meta.url))
const MINUTE_MS = 60_000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-network-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Result = { code: number; json: Record<string, unknown>; errors: string }

async function network(...args: string[]): Promise<Result> {
  const result = await run(process.execPath, [MAIN, 'compute', 'network', ...args], { cwd: folder }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
  const json = result.stdout.startsWith('{') ? (JSON.parse(result.stdout) as Record<string, unknown>) : {}
  return { code: result.code, json, errors: result.stderr }
}

// The licence of these files does not let them be kept here: where to get them, the README of
// infra/examples/sociopatterns-primary-school says.
const sociopatterns = process.env.HOMEROOM_TEST_SOCIOPATTERNS

const mixing = [
  {
    by: 'class',
    column: 1,
    expected: {
      nodes: 232,
      edges: 7856,
      triangles: 97_970,
      components: 1,
      density: expect.closeTo(0.2931780862815346, 12) as number,
      transitivity: expect.closeTo(0.48601212425876994, 12) as number,
      average_clustering: expect.closeTo(0.5319031836671342, 12) as number,
      assortativity: expect.closeTo(0.2454765160666771, 12) as number,
    },
  },
  {
    // Five children are of unknown gender, and left out.
    by: 'gender',
    column: 2,
    expected: {
      nodes: 227,
      edges: 7584,
      ei: expect.closeTo(-0.0535337552742616, 12) as number,
      ei_expected: expect.closeTo(0.004249347004015469, 12) as number,
      assortativity: expect.closeTo(0.0465081733385144, 12) as number,
      groups: [
        { group: 'F', nodes: 112, coleman: expect.closeTo(-0.017956944395715435, 12) as number },
        { group: 'M', nodes: 115, coleman: expect.closeTo(0.1205720357359702, 12) as number },
      ],
    },
  },
]

test.each(sociopatterns ? mixing : [])(
  'contacts of the SocioPatterns children mix by $by as networkx 3.6.1 counts them',
  async ({ by, column, expected }) => {
    const people = (await readFile(join(dirname(sociopatterns!), 'primaryschool_metadata.txt'), 'utf8')).trim()
    const known = people
      .split('\n')
      .map(row => row.trim().split('\t'))
      .filter(row => row[1] !== 'Teachers' && row[column] !== 'Unknown')
    const ids = new Set(known.map(([id]) => id))
    const contacts = gunzipSync(await readFile(sociopatterns!)).toString('utf8').trim().split('\n').map(row => row.split('\t')) // prettier-ignore
    const ties = new Set(
      contacts.filter(([, i, j]) => ids.has(i!) && ids.has(j!)).map(([, i, j]) => [i!, j!].sort().join()),
    )
    const nodes = await file('children.csv', [`id,${by}`, ...known.map(row => `${row[0]},${row[column]}`), ''].join('\n')) // prettier-ignore
    const edges = await file('ties.csv', ['a,b', ...ties, ''].join('\n'))
    const { json } = await network(edges, '--nodes', nodes, '--group', by)
    expect(json).toMatchObject(expected)
  },
  MINUTE_MS,
)

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text)
  return name
}

test(
  'the karate club has the numbers of networkx',
  async () => {
    const { code, json } = await network(
      join(NETWORKS, 'karate-edges.csv'),
      '--nodes',
      join(NETWORKS, 'karate-nodes.csv'),
      '--group',
      'group',
    )
    expect(code).toBe(0)
    const numbers = JSON.parse(await readFile(join(NETWORKS, 'numbers.json'), 'utf8')) as Record<string, never>
    const { coleman, ...reference } = numbers['karate']! as Record<string, number> & { coleman: Record<string, number> }
    const near = Object.entries(reference).map(([key, value]) => [
      key,
      // oxlint-disable-next-line vitest/no-conditional-expect -- what is expected, no assertion
      value === null ? null : (expect.closeTo(value, 9) as number),
    ])
    expect(json).toMatchObject(Object.fromEntries(near))
    expect(json['groups']).toEqual([
      { group: 'Mr. Hi', nodes: 17, coleman: expect.closeTo(coleman['Mr. Hi']!, 9) },
      { group: 'Officer', nodes: 17, coleman: expect.closeTo(coleman['Officer']!, 9) },
    ])
  },
  MINUTE_MS,
)

test(
  'rows that add nothing are counted, those that name nobody are told, and the rest is computed',
  async () => {
    const edges = await file('edges.csv', 'from,to\na,b\nb,a\na,a\na,zed\nb,c,d\n')
    const nodes = await file('nodes.csv', 'node,side\na,l\nb,r\nc,\n')
    const { code, json, errors } = await network(edges, '--nodes', nodes, '--group', 'side', '--directed')
    expect(code).toBe(1)
    expect(errors).toMatch(/1 edges of edges\.csv name a node that nodes\.csv lacks/)
    expect(errors).toMatch(/row 6: 3 fields, expected 2/)
    expect(json).toMatchObject({
      nodes: 3,
      edges: 1,
      reciprocity: 1,
      isolates: 1,
      ei: 1,
      groups: [
        { group: 'l', nodes: 1 },
        { group: 'r', nodes: 1 },
      ],
      left_out: { loops: 1, repeated: 0, unread: 2 },
    })
  },
  MINUTE_MS,
)

test(
  'a missing file, a missing column and a group without nodes are refused with what is expected',
  async () => {
    const edges = await file('few.csv', 'from,to\na,b\n')
    const nodes = await file('twice.csv', 'node,side\na,l\na,r\n')
    const [gone, column, alone, twice] = [
      await network('gone.csv'),
      await network(edges, '--nodes', nodes, '--group', 'team'),
      await network(edges, '--group', 'side'),
      await network(edges, '--nodes', nodes, '--group', 'side'),
    ]
    expect(gone.errors).toMatch(/FILE_INVALID: gone\.csv cannot be read/)
    expect(column.errors).toMatch(/no column team, expected one; the file has node, side/)
    expect(alone.errors).toMatch(/ARGUMENT_INVALID: --group names a column of --nodes/)
    expect(twice.errors).toMatch(/node a stands in two rows/)
    for (const { code } of [gone, column, alone, twice]) expect(code).not.toBe(0)
  },
  MINUTE_MS,
)
