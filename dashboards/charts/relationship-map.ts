import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type SimulationLinkDatum,
  type SimulationNodeDatum,
} from 'd3-force'
import { escape, trusted, type Html } from '../html.ts'
import { drawnOnce } from './svg.ts'

/** `held`: has sustained contact with an adult; an adviser always. */
export type MapNode = { id: string; name: string; adviser: boolean; held: boolean }
/** `weight` of the tie (C1). `kind`: held (sustained contact with an adviser), contact (some), by-choice, as-assigned. */
export type MapTie = { a: string; b: string; weight: number; kind: 'held' | 'contact' | 'by-choice' | 'as-assigned' }
export type MapTeam = { name: string; members: readonly string[] }

type Placed = SimulationNodeDatum & MapNode & { x: number; y: number }

const [WIDTH, HEIGHT, MARGIN] = [860, 620, 34]
/** Half of d3's usual: places at 30 people hardly move any more after that. */
const TICKS = 160
/** Cooled to d3's least after so many. */
const DECAY = 1 - 0.001 ** (1 / TICKS)
/** A tie of this weight, or a heavier one, has the widest line: contact of half an hour every week. */
const HEAVY = 4
const LETTER = 6.6

/**
 * Who is tied to whom: people as points, ties as lines as wide as their weight, laid out by forces so that those who are tied lie
 * together. Equal networks are drawn alike: nodes begin on a circle in the order given, and nothing is drawn at random.
 */
export const relationshipMap: (chart: {
  label: string
  nodes: readonly MapNode[]
  ties: readonly MapTie[]
  teams: readonly MapTeam[]
}) => Html = drawnOnce(({ label, nodes, ties, teams }) => {
  const placed = layOut(nodes, ties, teams)
  const at = new Map(placed.map(node => [node.id, node]))
  const hulls = teams.map((team, i) => hullOf(team, at, i))
  // Those of advisers first, below the others.
  const lines = [...ties.filter(isOfAdult), ...ties.filter(tie => !isOfAdult(tie))].map(tie => lineOf(tie, at))
  const points = placed.map(pointOf)
  return trusted(
    `<svg class="chart relationship-map" role="img" aria-label="${escape(label)}" viewBox="0 0 ${WIDTH} ${HEIGHT}">${[...hulls, ...lines, ...points].join('')}</svg>`,
  )
})

/** @returns nodes with places inside the picture, in the order given */
export function layOut(nodes: readonly MapNode[], ties: readonly MapTie[], teams: readonly MapTeam[] = []): Placed[] {
  const placed: Placed[] = nodes.map((node, i) => {
    const angle = (2 * Math.PI * i) / Math.max(1, nodes.length)
    const radius = node.adviser ? (nodes.filter(({ adviser }) => adviser).length - 1) * 40 : 200
    const [x, y] = [WIDTH / 2 + radius * Math.cos(angle), HEIGHT / 2 + radius * Math.sin(angle)]
    // Advisers stay in the middle, so that their lines do not lie over those of students.
    return { ...node, x, y, ...(node.adviser && { fx: x, fy: y }) }
  })
  const links: (SimulationLinkDatum<Placed> & { strength: number; length: number })[] = [
    ...ties.map(({ a, b, weight, kind }) => {
      const isAdult = isOfAdult({ kind })
      const strength = (isAdult ? 0.03 : 0.16) * Math.min(1, 0.35 + weight / HEAVY)
      return { source: a, target: b, strength, length: isAdult ? 190 : 78 }
    }),
    ...teams.flatMap(({ members }) =>
      members.slice(1).map((member, i) => ({ source: members[i]!, target: member, strength: 0.12, length: 70 })),
    ),
  ]
  const simulation = forceSimulation(placed)
    .alphaDecay(DECAY)
    .force(
      'links',
      forceLink<Placed, (typeof links)[number]>(links)
        .id(node => node.id)
        .distance(link => link.length)
        .strength(link => link.strength),
    )
    .force('apart', forceManyBody<Placed>().strength(-260).distanceMax(320))
    .force('names', forceCollide<Placed>(node => Math.max(26, widthOf(node) / 2 + 4)).iterations(3))
    .force('x', forceX<Placed>(WIDTH / 2).strength(0.045))
    .force('y', forceY<Placed>(HEIGHT / 2).strength(0.075))
    .stop()
  for (let i = 0; i < TICKS; i++) {
    simulation.tick()
    for (const node of placed) keepInside(node)
  }
  spread(placed)
  return placed
}

function keepInside(node: Placed): void {
  const side = sideOf(node)
  node.x = Math.min(WIDTH - side, Math.max(side, node.x))
  node.y = Math.min(HEIGHT - MARGIN, Math.max(MARGIN, node.y))
}

/** Away from the middle until the picture is full; twice as far at most. */
function spread(placed: readonly Placed[]): void {
  const [middleX, middleY] = [WIDTH / 2, HEIGHT / 2]
  const room = (node: Placed): [number, number] => [
    (middleX - sideOf(node)) / Math.max(1, Math.abs(node.x - middleX)),
    (middleY - MARGIN) / Math.max(1, Math.abs(node.y - middleY)),
  ]
  const [byX, byY] = [0, 1].map(axis => Math.min(2, ...placed.map(node => room(node)[axis]!))) as [number, number]
  for (const node of placed) {
    node.x = middleX + (node.x - middleX) * byX
    node.y = middleY + (node.y - middleY) * byY
  }
}

const sideOf = (node: Placed): number => Math.max(MARGIN, widthOf(node) / 2 + 4)

const isOfAdult = ({ kind }: Pick<MapTie, 'kind'>): boolean => kind === 'held' || kind === 'contact'

const widthOf = ({ name }: MapNode): number => name.length * LETTER

function lineOf({ a, b, weight, kind }: MapTie, at: ReadonlyMap<string, Placed>): string {
  const [from, to] = [at.get(a), at.get(b)]
  if (!from || !to) return ''
  const width = 1 + 4 * Math.min(1, weight / HEAVY)
  return `<line class="tie ${kind}" x1="${from.x.toFixed(1)}" y1="${from.y.toFixed(1)}" x2="${to.x.toFixed(1)}" y2="${to.y.toFixed(1)}" stroke-width="${width.toFixed(1)}"/>`
}

function pointOf(node: Placed): string {
  const [x, y] = [node.x.toFixed(1), node.y.toFixed(1)]
  const shape = node.adviser
    ? `<rect class="adult-point" x="${(node.x - 9).toFixed(1)}" y="${(node.y - 9).toFixed(1)}" width="18" height="18" rx="3"/>`
    : `<circle class="${node.held ? 'point' : 'point unheld'}" cx="${x}" cy="${y}" r="8"/>`
  return `${shape}<text class="point-name" x="${x}" y="${(node.y + 22).toFixed(1)}" text-anchor="middle">${escape(node.name)}</text>`
}

/** A team as a soft shape around its members, its name above them. */
function hullOf({ name, members }: MapTeam, at: ReadonlyMap<string, Placed>, i: number): string {
  const points = members.flatMap(member => {
    const node = at.get(member)
    return node ? [[node.x, node.y] as const] : []
  })
  if (points.length < 2) return ''
  const outline = convexHull(points).map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`)
  const top = points.reduce((highest, point) => (point[1] < highest[1] ? point : highest))
  return (
    `<polygon class="team team-${i % 4}" points="${outline.join(' ')}"/>` +
    `<text class="team-name" x="${top[0].toFixed(1)}" y="${Math.max(12, top[1] - 22).toFixed(1)}" text-anchor="middle">${escape(name)}</text>`
  )
}

type Point = readonly [x: number, y: number]

/** Andrew's monotone chain. */
function convexHull(points: readonly Point[]): Point[] {
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])
  const half = (along: readonly Point[]): Point[] => {
    const chain: Point[] = []
    for (const point of along) {
      while (chain.length >= 2 && cross(chain.at(-2)!, chain.at(-1)!, point) <= 0) chain.pop()
      chain.push(point)
    }
    return chain.slice(0, -1)
  }
  return [...half(sorted), ...half(sorted.toReversed())]
}

const cross = (o: Point, a: Point, b: Point): number => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])
