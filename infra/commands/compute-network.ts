import { Command } from 'commander'
import {
  clustering,
  components,
  density,
  isolates,
  reciprocity,
  undirectedGraph,
  type Graph,
} from '../../processors/statistics/graph.ts'
import { bothDirections, coleman, mixing } from '../../processors/statistics/mixing.ts'
import { HomeroomError } from '../errors.ts'
import { numbered, readColumns } from './table-columns.ts'
import { openTable } from './table.ts'

type Options = { nodes?: string; group?: string; directed?: boolean }

/** Ends of the edges as numbers of nodes, and the nodes' groups. */
type Network = {
  names: string[]
  from: Int32Array
  to: Int32Array
  /** Group of each node; empty: none. Without --group undefined. */
  groups: string[] | undefined
  faults: number
}

/** `compute network`: what the weekly figures of ties are made of, on anyone's network. */
export function computeNetworkCommand(): Command {
  return new Command('network')
    .description(
      'density, clustering, components, reciprocity and mixing of a network: prints JSON. With --directed, reciprocity and Coleman go by direction, everything else by who is tied to whom',
    ) // prettier-ignore
    .argument('<edges>', 'CSV or TSV with a header: from and to in the first two columns, one row per edge')
    .option('--nodes <file>', 'CSV or TSV with a header, the node in the first column: also those without an edge')
    .option('--group <column>', 'of the nodes file: adds E-I, assortativity and Coleman per group')
    .option('--directed', 'an edge leads from the first to the second')
    .action(computeNetwork)
}

async function computeNetwork(file: string, options: Options): Promise<void> {
  if (options.group !== undefined && options.nodes === undefined) {
    throw new HomeroomError(
      'ARGUMENT_INVALID',
      '--group names a column of --nodes, which is missing. Nothing was computed',
    )
  }
  const network = await readNetwork(file, options)
  const { names, from, to, faults } = network
  const graph = undirectedGraph(names.length, from, to)
  const parts = components(graph)
  const { triangles, average, transitivity } = clustering(graph)
  const summary = {
    nodes: names.length,
    edges: graph.edges,
    density: density(graph),
    reciprocity: options.directed ? reciprocity(names.length, from, to) : null,
    components: parts.length,
    largest_component: parts[0] ?? 0,
    isolates: isolates(graph),
    triangles,
    transitivity,
    average_clustering: average,
    ...mixingOf(network, graph, options.directed ?? false),
    left_out: { ...repeatedIn(network, options.directed ?? false), unread: faults },
  }
  console.log(JSON.stringify(summary, null, 2))
  if (faults > 0) process.exitCode = 1
}

async function readNetwork(file: string, { nodes, group }: Options): Promise<Network> {
  const { columns } = await openTable(file)
  if (columns.length < 2) {
    throw new HomeroomError(
      'FILE_INVALID',
      `${file}: one column, expected from and to in the first two. Nothing was computed`,
    )
  }
  const edges = await readColumns(file, columns.slice(0, 2), [])
  const [from, to] = [edges.texts[0]!, edges.texts[1]!]
  if (nodes === undefined) {
    const { names, number } = numbered([...from, ...to])
    const [a, b] = [number.subarray(0, from.length), number.subarray(from.length)]
    return { names, from: a, to: b, groups: undefined, faults: edges.faults }
  }
  const known = await readNodes(nodes, group)
  const at = new Map(known.names.map((name, i) => [name, i]))
  const isKnown = (row: number): boolean => at.has(from[row]!) && at.has(to[row]!)
  const kept = Uint32Array.from([...from.keys()].filter(isKnown))
  const unknown = from.length - kept.length
  if (unknown > 0)
    process.stderr.write(
      `ROW_INVALID: ${unknown} edges of ${file} name a node that ${nodes} lacks. They were left out\n`,
    )
  return {
    ...known,
    from: Int32Array.from(kept, row => at.get(from[row]!)!),
    to: Int32Array.from(kept, row => at.get(to[row]!)!),
    faults: edges.faults + known.faults + unknown,
  }
}

async function readNodes(
  file: string,
  group: string | undefined,
): Promise<Pick<Network, 'names' | 'groups' | 'faults'>> {
  const { columns } = await openTable(file)
  const read = await readColumns(file, [columns[0]!, ...(group === undefined ? [] : [group])], [])
  const names = read.texts[0]!
  const seen = new Set<string>()
  const twice = names.find(name => seen.size === seen.add(name).size)
  if (twice !== undefined) {
    throw new HomeroomError(
      'FILE_INVALID',
      `${file}: node ${twice} stands in two rows, expected one. Nothing was computed`,
    )
  }
  return { names, groups: read.texts[1], faults: read.faults }
}

/** Among nodes that have a group. */
function mixingOf({ groups, from, to }: Network, graph: Graph, directed: boolean) {
  if (groups === undefined) return {}
  const names = [...new Set(groups.filter(Boolean))].sort()
  const of = groups.map(group => names.indexOf(group))
  const sizes = names.map(name => groups.filter(group => group === name).length)
  const ties = new Float64Array(names.length ** 2)
  for (let node = 0; node < graph.nodes; node++) {
    for (const other of graph.neighbours.subarray(graph.offsets[node], graph.offsets[node + 1])) {
      const [one, two] = [of[node]!, of[other]!].sort((a, b) => a - b) as [number, number]
      if (node < other && one >= 0) ties[one * names.length + two]!++
    }
  }
  const { ei, eiExpected, assortativity, se } = mixing({ sizes, ties })
  const sent = directed ? sentBy(of, names.length, from, to) : bothDirections(ties, names.length)
  const indices = coleman(sizes, sent)
  return {
    ei,
    ei_expected: eiExpected,
    assortativity,
    assortativity_se: se,
    groups: names.map((group, i) => ({ group, nodes: sizes[i]!, coleman: indices[i]! })),
  }
}

/** Directed edges between groups, each once. */
function sentBy(of: readonly number[], groups: number, from: Int32Array, to: Int32Array): Float64Array {
  const sent = new Float64Array(groups ** 2)
  const edges = new Set(Array.from(from, (node, row) => node * of.length + to[row]!))
  for (const edge of edges) {
    const [node, other] = [Math.floor(edge / of.length), edge % of.length]
    if (node !== other && of[node]! >= 0 && of[other]! >= 0) sent[of[node]! * groups + of[other]!]!++
  }
  return sent
}

/** Rows that add nothing: from a node to itself, or an edge that was there before. */
function repeatedIn({ names, from, to }: Network, directed: boolean): { loops: number; repeated: number } {
  const seen = new Set<number>()
  let loops = 0
  from.forEach((node, row) => {
    const other = to[row]!
    if (node === other) loops++
    else seen.add(directed || node < other ? node * names.length + other : other * names.length + node)
  })
  return { loops, repeated: from.length - loops - seen.size }
}
