import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import { layOut, type MapNode, type MapTie } from '../../dashboards/charts/relationship-map.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { aRecord, person, store } from '../helpers/records.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { addClasses, addLive, addSchools, addStudents, aFigure } from './a-district.ts'
import { addConnected, addHomeBase, type Connected } from './a-network.ts'
import { anApp, open, signedIn, type Browser } from './an-app.ts'
import { auditOf, type Told } from './told.ts'

const WEEK = '2026-03-02'
const LEE = person('ms-lee')
/** Thirty students: six groups of five who are tied, two of which hang together; the last two students are tied to nobody. */
const IDS = Array.from({ length: 30 }, (_, i) => person(`student ${i}`))
const GIVEN = ['Ada', 'Ben', 'Cleo', 'Dora', 'Emil', 'Fay', 'Gus', 'Hana', 'Ivo', 'June']

const students: Connected[] = IDS.map((student, i) => {
  const group = Math.floor(i / 5)
  const peers = IDS.flatMap((id, j): [string, number, number][] =>
    j !== i && i < 28 && j < 28 && Math.floor(j / 5) === group ? [[id, 2, j % 2 === 0 && i % 2 === 0 ? 2 : 1]] : [],
  )
  const sustained = i % 7 !== 0
  return {
    student,
    peers,
    advisers: [LEE],
    adults: i === 7 ? [] : [[LEE, 'adviser', sustained ? 2 : 0.4, '2026-02-27', sustained]],
    runDays: i === 29 ? 6 : 0,
  }
})

let warehouse: Warehouse
let app: FastifyInstance
let told: Told
let adviser: Browser
let principal: Browser

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await addSchools(warehouse, [{ id: 'lincoln', name: 'Lincoln School' }])
  await addClasses(warehouse, [{ id: 'hr-1', school: 'lincoln', label: 'HR-1', homeroom: true }])
  await addStudents(
    warehouse,
    IDS.map((id, i) => ({
      id,
      given: GIVEN[i % 10]!,
      family: `Family${i < 26 ? '' : 'Z'}${String.fromCharCode(65 + (i % 26))}`,
      classes: ['hr-1'],
    })),
    { school: 'lincoln' },
  )
  await warehouse.command(
    `insert into persons (person_id, role, grade, groups, source, ver, deleted) select unhex({id:String}), 'teacher', '', '{}', 'sis', 1, 0`,
    { id: LEE },
  )
  await warehouse.command(
    `insert into {identity:Identifier}.people (person_id, given_name, family_name, email, sourced_id, ver, deleted)
     select unhex({id:String}), 'Mara', 'Lee', '', '', 1, 0`,
    { id: LEE },
  )
  await addConnected(warehouse, WEEK, students)
  await addLive(warehouse, [aFigure({ week: WEEK, unit_type: 'advisory', unit_id: 'hr-1', n: 30 })])
  await addHomeBase(warehouse, WEEK, {
    id: 'hr-1',
    school: 'lincoln',
    members: 30,
    ties: 53,
    components: 8,
    largest: 5,
    alone: 2,
    tiedShare: 25 / 30,
  })
  const inTeam = (i: number, team: string, at: string) =>
    aRecord({ at, actor: `student ${i}`, kind: 'collaborated', mode: 'group', team })
  await store(warehouse, [
    ...[1, 6, 11].map(i => inTeam(i, 'https://tools.example/teams/bridge-builders', '2026-02-24T15:00:00Z')),
    // Of nine weeks ago; and of one student alone.
    ...[2, 7].map(i => inTeam(i, 'https://tools.example/teams/long-ago', '2026-01-02T15:00:00Z')),
    inTeam(3, 'https://tools.example/teams/alone', '2026-02-24T15:00:00Z'),
  ])
  told = await auditOf()
  app = (await anApp(warehouse, undefined, { log: told.log })).app
  const schools = ['lincoln']
  adviser = await signedIn(app, warehouse, {
    id: 'ad',
    role: 'adviser',
    scope: { schools, advisories: ['hr-1'], person: LEE },
  })
  principal = await signedIn(app, warehouse, { id: 'pr', role: 'principal', scope: { schools } })
})

describe('the map', () => {
  test('says first who has no sustained contact with an adult, by name, with the way to a brief', async () => {
    const page = await open(adviser, '/advisories/hr-1/map')
    expect(page.text('.lead')).toBe(
      'By what is logged up to 8 March 2026, 25 of 30 students have sustained contact with an adult. No sustained adult contact is logged of Ada FamilyA, Hana FamilyH, Emil FamilyO, Ben FamilyV, Ivo FamilyZC.',
    )
    expect(page.document.querySelector('.lead a')!.getAttribute('href')).toBe(`/students/${IDS[0]}/brief`)
  })

  test('draws every person once, each tie once, by choice and as assigned apart', async () => {
    const { document } = await open(adviser, '/advisories/hr-1/map')
    const count = (selector: string): number => document.querySelectorAll(`svg ${selector}`).length
    expect([count('.point'), count('.adult-point'), count('.point-name')]).toEqual([30, 1, 31])
    expect(count('.point.unheld')).toBe(5)
    const pairs = 5 * 10 + 3
    expect(count('.tie.by-choice') + count('.tie.as-assigned')).toBe(pairs)
    expect([count('.tie.held'), count('.tie.contact')]).toEqual([25, 4])
    expect(document.querySelector('svg.relationship-map')!.getAttribute('aria-label')).toContain('30 students, 53 ties')
  })

  test('says the same as a table, by family name', async () => {
    const { rows, text } = await open(adviser, '/advisories/hr-1/map')
    const lines = rows('table.units')
    expect(lines).toHaveLength(31)
    expect(lines[1]).toEqual([
      'Ada FamilyA',
      'none logged',
      'some contact, last 27 February 2026',
      'Ben FamilyB, Cleo FamilyC, Dora FamilyD, Emil FamilyE',
      '0',
      '–',
    ])
    expect(lines[8]![2]).toBe('no contact logged')
    expect(lines[29]![3]).toBe('no logged peer tie')
    expect(text('main')).toContain('53 of 435 possible pairs work together (density 0.12)')
  })

  test('shows project teams of the last eight weeks with two members or more, in the table too', async () => {
    const { document, rows } = await open(adviser, '/advisories/hr-1/map')
    expect([...document.querySelectorAll('svg .team-name')].map(one => one.textContent)).toEqual(['bridge builders'])
    expect(document.querySelectorAll('svg polygon.team')).toHaveLength(1)
    const members = rows('table.units').filter(line => line[5] === 'bridge builders')
    expect(members.map(line => line[0])).toEqual(['Ben FamilyB', 'Gus FamilyG', 'Ben FamilyL'])
    expect(rows('table.units')[3]![5]).toBe('–')
  })

  test('names are told to its adviser only, and the audit knows of every student', async () => {
    await open(adviser, '/advisories/hr-1/map')
    expect(told.last().units).toEqual(['advisory:hr-1', ...IDS.map(id => `student:${id}`)])
    await open(principal, '/advisories/hr-1/map', 403)
  })
})

describe('the page of the advisory', () => {
  test('names to its adviser whom to look after next, and leads to map and briefs', async () => {
    const page = await open(adviser, '/classes/hr-1?week=2026-W10')
    const prompts = [...page.document.querySelectorAll('.prompts > div')].map(div =>
      (div.textContent ?? '').replace(/\s+/g, ' ').trim(),
    )
    expect(prompts[0]).toMatch(
      /^No sustained adult contact Ada FamilyA, Hana FamilyH, Emil FamilyO, Ben FamilyV, Ivo FamilyZC /,
    )
    expect(prompts[1]).toMatch(/^No logged peer tie Ivo FamilyZC, June FamilyZD /)
    expect(prompts[2]).toMatch(/^5 school days or more without any logged contact June FamilyZD /)
    expect(prompts[3]).toBe('Weeks away from the own plan nobody')
    expect(page.text('#home-base ~ .sentence')).toContain(
      '8 parts, the largest of 5 students; 2 students without a tie',
    )
    expect([...page.document.querySelectorAll('.actions a')].map(a => a.getAttribute('href'))).toEqual([
      '/advisories/hr-1/map',
      '/advisories/hr-1/briefs',
    ])
  })

  test('tells the principal how dense it is, and nothing of one of its students', async () => {
    const page = await open(principal, '/classes/hr-1?week=2026-W10')
    expect(page.text('#home-base ~ .sentence')).toBe(
      '53 of 435 possible pairs of its 30 students work together (density 0.12). 83% have sustained contact with an adviser of it.',
    )
    expect(page.text('main')).not.toMatch(/Family|Ada|without a tie|parts/)
  })
})

describe('the layout', () => {
  const nodes: MapNode[] = IDS.map((id, i) => ({ id, name: `${GIVEN[i % 10]!} Fa.`, adviser: false, held: true }))
  const ties: MapTie[] = students.flatMap(({ student, peers = [] }) =>
    peers.flatMap(([peer, weight]) =>
      student < peer ? [{ a: student, b: peer, weight, kind: 'by-choice' as const }] : [],
    ),
  )

  test('is the same for the same network', () => {
    expect(layOut(nodes, ties).map(({ x, y }) => [x, y])).toEqual(layOut(nodes, ties).map(({ x, y }) => [x, y]))
  })

  test('thirty names stay apart and inside the picture', () => {
    const placed = layOut(nodes, ties)
    for (const node of placed) {
      expect(node.x).toBeGreaterThan(20)
      expect(node.x).toBeLessThan(840)
      expect(node.y).toBeGreaterThan(20)
      expect(node.y).toBeLessThan(600)
    }
    const overlapping = placed.flatMap((a, i) =>
      placed.slice(i + 1).filter(b => Math.abs(a.x - b.x) < 40 && Math.abs(a.y - b.y) < 16),
    )
    expect(overlapping).toEqual([])
  })

  test('who is tied lies nearer together than who is not', () => {
    const at = new Map(layOut(nodes, ties).map(node => [node.id, node]))
    const tied = new Set(ties.map(({ a, b }) => `${a} ${b}`))
    const distances = { tied: [] as number[], apart: [] as number[] }
    for (const a of IDS)
      for (const b of IDS)
        if (a < b) {
          const [one, other] = [at.get(a)!, at.get(b)!]
          distances[tied.has(`${a} ${b}`) ? 'tied' : 'apart'].push(Math.hypot(one.x - other.x, one.y - other.y))
        }
    const mean = (all: number[]): number => all.reduce((sum, x) => sum + x, 0) / all.length
    expect(mean(distances.tied)).toBeLessThan(0.5 * mean(distances.apart))
  })
})
