import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rowsOfText } from '../../infra/csv.ts'
import {
  clustering,
  components,
  density,
  isolates,
  reciprocity,
  undirectedGraph,
} from '../../processors/statistics/graph.ts'
import { bothDirections, coleman, mixing } from '../../processors/statistics/mixing.ts'

type Reference = {
  nodes: number
  density: number
  transitivity: number
  average_clustering: number
  assortativity: number
  assortativity_se: number | null
  components: number
  isolates: number
  triangles: number
  largest_component: number
  ei: number
  ei_expected: number
  coleman: Record<string, number | null>
  reciprocity: number | null
  edges: number
  reciprocity_igraph?: number
}

const at = (file: string): URL => new URL(`../reference/networks/${file}`, import.meta.url)
const rows = (file: string): string[][] =>
  rowsOfText(readFileSync(at(file), 'utf8'))
    .slice(1)
    .map(row => (row.fault === undefined ? row.fields : []))
/** networkx 3.6.1; igraph 1.0.0 agrees where it can (test/reference/networks/networks.py). */
const references = JSON.parse(readFileSync(at('numbers.json'), 'utf8')) as Record<string, Reference>

type Network = { groups: string[]; edges: (readonly [number, number])[] }

function network(name: string): Network {
  const nodes = rows(`${name}-nodes.csv`)
  const place = new Map(nodes.map(([node], i) => [node!, i]))
  const edges = rows(`${name}-edges.csv`).map(([from, to]) => [place.get(from!)!, place.get(to!)!] as const)
  return { groups: nodes.map(([, group]) => group!), edges }
}

/** Everything at once, named as in the references. */
function measured({ groups, edges }: Network, isDirected = false) {
  const ends = [0, 1].map(end => edges.map(edge => edge[end]!)) as [number[], number[]]
  const graph = undirectedGraph(groups.length, ...ends)
  const names = [...new Set(groups)].sort()
  const of = groups.map(group => names.indexOf(group))
  const sizes = names.map(name => groups.filter(group => group === name).length)
  const count = (pairs: Iterable<readonly [number, number]>): Float64Array => {
    const table = new Float64Array(names.length ** 2)
    for (const [one, two] of pairs) table[of[one]! * names.length + of[two]!]!++
    return table
  }
  const unique = [...new Set(edges.filter(([a, b]) => a !== b).map(([a, b]) => `${Math.min(a, b)} ${Math.max(a, b)}`))]
  const upper = unique
    .map(key => key.split(' ').map(Number) as [number, number])
    .map(([a, b]): [number, number] => (of[a]! <= of[b]! ? [a, b] : [b, a]))
  const ties = count(upper)
  const found = mixing({ sizes, ties })
  const { triangles, average, transitivity } = clustering(graph)
  const parts = components(graph)
  return {
    nodes: graph.nodes,
    density: density(graph),
    transitivity,
    average_clustering: average,
    triangles,
    components: parts.length,
    largest_component: parts[0],
    isolates: isolates(graph),
    ei: found.ei,
    ei_expected: found.eiExpected,
    assortativity: found.assortativity,
    assortativity_se: found.se,
    reciprocity: isDirected ? reciprocity(groups.length, ...ends) : null,
    coleman: Object.fromEntries(
      coleman(sizes, isDirected ? count(edges) : bothDirections(ties, names.length)).map((c, i) => [names[i]!, c]),
    ),
  }
}

for (const [name, reference] of Object.entries(references)) {
  test(`${name} has the numbers of networkx and igraph`, () => {
    const found = measured(network(name), reference.reciprocity !== null)
    const { edges: _directed, reciprocity_igraph: _same, ...numbers } = reference
    expect(found).toEqual(near(numbers))
  })
}

/** The same, numbers to nine decimals. */
function near(value: unknown): unknown {
  // oxlint-disable-next-line vitest/no-conditional-expect -- what is expected, no assertion
  if (typeof value === 'number') return expect.closeTo(value, 9)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, near(one)]))
}

test('the toy graph of the specification has its numbers', () => {
  expect(measured(network('toy'), true)).toMatchObject({
    reciprocity: 0.25,
    density: expect.closeTo(0.333333, 6),
    transitivity: expect.closeTo(0.6, 12),
    average_clustering: expect.closeTo(0.666667, 6),
    components: 2,
    isolates: 1,
    ei: expect.closeTo(0.142857, 6),
    ei_expected: expect.closeTo(0.52381, 6),
    assortativity: expect.closeTo(0.125, 12),
    assortativity_se: expect.closeTo(0.395499, 6),
    coleman: { 1: expect.closeTo(0.25, 12), 2: expect.closeTo(0.4, 12), 3: expect.closeTo(0.4, 12) },
  })
})

test('without edges, without nodes, or with all ties in one group there is no number instead of 0', () => {
  expect(measured({ groups: ['a', 'b', 'b'], edges: [] })).toMatchObject({
    transitivity: null,
    ei: null,
    assortativity: null,
    assortativity_se: null,
    coleman: { a: null, b: null },
    components: 3,
    isolates: 3,
  })
  const none = undirectedGraph(0, [], [])
  expect([density(none), clustering(none).average, components(none), reciprocity(0, [], [])]).toEqual([
    null,
    null,
    [],
    null,
  ])
  expect(mixing({ sizes: [3, 1], ties: Float64Array.of(2, 0, 0, 0) })).toMatchObject({ ei: -1, assortativity: null })
})

const anyNetwork = fc.integer({ min: 2, max: 14 }).chain(nodes =>
  fc.record({
    groups: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: nodes, maxLength: nodes }),
    edges: fc.array(fc.tuple(fc.nat(nodes - 1), fc.nat(nodes - 1)), { maxLength: 40 }),
  }),
)

test('names, order, direction and repetition of ties change nothing', () => {
  fc.assert(
    fc.property(anyNetwork, fc.infiniteStream(fc.nat()), ({ groups, edges }, numbers) => {
      const draws = numbers[Symbol.iterator]()
      const shuffled = <T>(list: readonly T[]): T[] =>
        list
          .map(item => ({ item, at: draws.next().value }))
          .sort((one, other) => one.at - other.at)
          .map(({ item }) => item)
      const order = shuffled(groups.map((_, node) => node))
      const place = groups.map((_, node) => order.indexOf(node))
      const relabelled: Network = {
        groups: order.map(node => groups[node]!),
        edges: shuffled([...edges, ...edges.slice(0, 3)]).map(([a, b], i) =>
          i % 2 ? [place[a]!, place[b]!] : [place[b]!, place[a]!],
        ),
      }
      expect(measured(relabelled)).toEqual(near(measured({ groups, edges })))
    }),
    { numRuns: 100, seed: 20261122 },
  )
})

test('triangles are those that a look at every three nodes finds', () => {
  fc.assert(
    fc.property(anyNetwork, ({ groups, edges }) => {
      const tied = new Set(edges.flatMap(([a, b]) => [`${a} ${b}`, `${b} ${a}`]))
      let triangles = 0
      groups.forEach((_, a) => {
        for (let b = a + 1; b < groups.length; b++)
          for (let c = b + 1; c < groups.length; c++)
            if (tied.has(`${a} ${b}`) && tied.has(`${b} ${c}`) && tied.has(`${a} ${c}`)) triangles++
      })
      expect(measured({ groups, edges }).triangles).toBe(triangles)
    }),
    { numRuns: 100, seed: 20261122 },
  )
})
