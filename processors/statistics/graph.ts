/** An undirected graph without loops or double edges. */
export type Graph = {
  nodes: number
  edges: number
  /** Neighbours of node i, ascending: `neighbours` from `offsets[i]` to `offsets[i + 1]`. */
  offsets: Int32Array
  neighbours: Int32Array
}

/**
 * The graph of pairs of nodes. Loops are left out; a pair that comes twice, in either direction, is one edge.
 *
 * @param a,b ends of the edges, 0..nodes − 1
 */
export function undirectedGraph(nodes: number, a: ArrayLike<number>, b: ArrayLike<number>): Graph {
  const keys = new Float64Array(2 * a.length)
  let kept = 0
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue
    keys[kept++] = a[i]! * nodes + b[i]!
    keys[kept++] = b[i]! * nodes + a[i]!
  }
  const sorted = keys.subarray(0, kept).sort()
  const offsets = new Int32Array(nodes + 1)
  const neighbours = new Int32Array(kept)
  let ends = 0
  for (let i = 0; i < kept; i++) {
    if (i > 0 && sorted[i] === sorted[i - 1]) continue
    neighbours[ends++] = sorted[i]! % nodes
    offsets[Math.floor(sorted[i]! / nodes) + 1]!++
  }
  for (let node = 0; node < nodes; node++) offsets[node + 1]! += offsets[node]!
  return { nodes, edges: ends / 2, offsets, neighbours: neighbours.subarray(0, ends) }
}

export const degree = ({ offsets }: Graph, node: number): number => offsets[node + 1]! - offsets[node]!

/** Edges / pairs of nodes; null for fewer than two nodes. */
export const density = ({ nodes, edges }: Graph): number | null =>
  nodes < 2 ? null : (2 * edges) / (nodes * (nodes - 1))

/** Nodes without an edge. */
export const isolates = (graph: Graph): number =>
  Array.from({ length: graph.nodes }, (_, node) => degree(graph, node)).filter(edges => edges === 0).length

/** Parts that no edge connects: how many nodes each has, the largest first. */
export function components(graph: Graph): number[] {
  const seen = new Uint8Array(graph.nodes)
  const waiting = new Int32Array(graph.nodes)
  const sizes: number[] = []
  for (let from = 0; from < graph.nodes; from++) {
    if (seen[from]) continue
    let [done, found] = [0, 1]
    waiting[0] = from
    seen[from] = 1
    while (done < found) {
      const node = waiting[done++]!
      for (let i = graph.offsets[node]!; i < graph.offsets[node + 1]!; i++) {
        const next = graph.neighbours[i]!
        if (seen[next]) continue
        seen[next] = 1
        waiting[found++] = next
      }
    }
    sizes.push(found)
  }
  return sizes.sort((one, other) => other - one)
}

export type Clustering = {
  triangles: number
  /** Mean over nodes of the share of pairs of neighbours that are neighbours (Watts & Strogatz 1998); 0 of fewer than two. */
  average: number | null
  /** 3 triangles / paths of two edges; null without such a path. */
  transitivity: number | null
}

export function clustering(graph: Graph): Clustering {
  const { perNode, triangles } = trianglesOf(graph)
  let [paths, sum] = [0, 0]
  for (let node = 0; node < graph.nodes; node++) {
    const pairs = (degree(graph, node) * (degree(graph, node) - 1)) / 2
    paths += pairs
    if (pairs > 0) sum += perNode[node]! / pairs
  }
  return {
    triangles,
    average: graph.nodes === 0 ? null : sum / graph.nodes,
    transitivity: paths === 0 ? null : (3 * triangles) / paths,
  }
}

/**
 * Each edge is looked at from the end with fewer neighbours: the work is bounded by edges^1.5 (Chiba & Nishizeki 1985).
 */
function trianglesOf(graph: Graph): { perNode: Float64Array; triangles: number } {
  const { nodes, offsets, neighbours } = graph
  const perNode = new Float64Array(nodes)
  const mark = new Int32Array(nodes).fill(-1)
  // by degree, then number: every triangle is found at its lowest node alone
  const isAfter = (node: number, other: number): boolean => {
    const difference = degree(graph, node) - degree(graph, other)
    return difference > 0 || (difference === 0 && node > other)
  }
  let triangles = 0
  for (let node = 0; node < nodes; node++) {
    for (let i = offsets[node]!; i < offsets[node + 1]!; i++) mark[neighbours[i]!] = node
    for (let i = offsets[node]!; i < offsets[node + 1]!; i++) {
      const second = neighbours[i]!
      if (!isAfter(second, node)) continue
      for (let j = offsets[second]!; j < offsets[second + 1]!; j++) {
        const third = neighbours[j]!
        if (mark[third] !== node || !isAfter(third, second)) continue
        triangles++
        perNode[node]!++
        perNode[second]!++
        perNode[third]!++
      }
    }
  }
  return { perNode, triangles }
}

/**
 * Directed edges with an edge back / all edges, double edges and loops aside; null without edges.
 *
 * @param from,to ends of the edges, 0..nodes − 1
 */
export function reciprocity(nodes: number, from: ArrayLike<number>, to: ArrayLike<number>): number | null {
  const edges = new Set<number>()
  for (let i = 0; i < from.length; i++) if (from[i] !== to[i]) edges.add(from[i]! * nodes + to[i]!)
  if (edges.size === 0) return null
  let mutual = 0
  for (const edge of edges) if (edges.has((edge % nodes) * nodes + Math.floor(edge / nodes))) mutual++
  return mutual / edges.size
}
