import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { createSignInLink } from '../../dashboards/sign-in/sign-in.ts'
import { createAccount, type Scope } from '../../infra/accounts.ts'
import { openRuntime, prepare, type Runtime } from '../../infra/commands/runtime.ts'
import { createServer } from '../../infra/commands/server.ts'
import { signInByLink } from '../../infra/commands/sign-in-by-link.ts'
import { AuditEntry } from '../../schemas/audit.ts'
import { logWith } from '../helpers/log-with.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { addClasses, addLive, addSchools, addStudents, aFigure, publish } from './a-district.ts'

export const HOST = '127.0.0.1:8080'
/** A student of the adviser's own advisory, and one of another. */
export const STUDENTS = { own: 'a'.repeat(64), other: 'b'.repeat(64) }

const SCOPE = { schools: ['lincoln'], advisories: ['hr-1'], classes: ['c-1'], person: 'e'.repeat(64) }
const PEOPLE: Record<string, { role: string; scope: Partial<Scope> }> = {
  analyst: { role: 'analyst', scope: {} },
  principal: { role: 'principal', scope: { schools: ['lincoln'] } },
  adviser: { role: 'adviser', scope: SCOPE },
  researcher: { role: 'researcher', scope: {} },
  operator: { role: 'operator', scope: SCOPE },
  // A principal whose school the roster does not have any more.
  former: { role: 'principal', scope: { schools: ['shut'] } },
}
export const MACHINES: Record<string, string> = {
  sender: 'xapi,caliper,interactions,canvas',
  reader: 'xapi-read',
}

/** Who asks, in the order in which the tables say what they are answered. */
export const ACTORS = ['nobody', ...Object.keys(PEOPLE), ...Object.keys(MACHINES)]

export type Registered = { route: string; refuses: boolean }

export type Whole = {
  app: FastifyInstance
  runtime: Runtime
  /** Method and route of everything that this server was told to answer; `refuses`: by a refusal, always. */
  routes: Registered[]
  /** What was told to the audit so far. */
  told: AuditEntry[]
  ask: (actor: string, options: InjectOptions) => Promise<LightMyRequestResponse>
}

/** The whole server, doors and pages, with somebody of every role, on a district of two schools. */
export async function theWholeServer(signIn: string | null, ends: (() => Promise<void>)[]): Promise<Whole> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-routes-'))
  const { url: clickhouse } = await freshWarehouse({ migrated: false })
  const district = `t_${randomBytes(6).toString('hex')}`
  const secretsFile = join(data, 'secrets.json')
  const opened = await openRuntime({ data, district, clickhouse, secretsFile, signIn, logLevel: 'silent' })
  const told: AuditEntry[] = []
  const log = logWith(opened.log, {
    append: async (topic, entries) => {
      await opened.log.append(topic, entries)
      if (topic === 'audit') told.push(...entries.map(({ value }) => AuditEntry.parse(JSON.parse(value!))))
    },
  })
  const runtime = { ...opened, log: log as Runtime['log'] }
  await prepare(runtime)
  await fill(runtime)
  const { app, routes } = await watched(runtime)
  ends.push(async () => {
    await app.close()
    for (const database of [runtime.warehouse.identity, runtime.warehouse.database])
      await runtime.warehouse.command('DROP DATABASE IF EXISTS {database:Identifier} SYNC', { database })
    await runtime.close()
    await rm(data, { recursive: true, force: true })
  })
  const headers = await headersOf(runtime, app, signIn === null)
  const ask: Whole['ask'] = (actor, options) =>
    app.inject({ ...options, headers: { host: HOST, ...options.headers, ...headers.get(actor) } })
  return { app, runtime, routes, told, ask }
}

async function watched(runtime: Runtime): Promise<{ app: FastifyInstance; routes: Registered[] }> {
  const routes: Registered[] = []
  const watch = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ method, url, config }) => {
      for (const each of [method].flat()) routes.push({ route: `${each} ${url}`, refuses: config?.refuses === true })
    })
  }
  subscribe('fastify.initialization', watch)
  const app = await createServer(runtime, { ingest: true, dashboards: true })
  await app.ready()
  unsubscribe('fastify.initialization', watch)
  return { app, routes }
}

/** What each actor sends to prove who they are. */
async function headersOf(
  { warehouse, accounts }: Runtime,
  app: FastifyInstance,
  byLink: boolean,
): Promise<Map<string, Record<string, string>>> {
  const headers = new Map<string, Record<string, string>>([['nobody', {}]])
  for (const [id, role] of Object.entries(MACHINES)) {
    const { secret } = await createAccount(warehouse, { id, kind: 'source', role })
    headers.set(id, { authorization: `Bearer ${secret}` })
  }
  for (const [id, person] of Object.entries(PEOPLE)) {
    const { account } = await createAccount(warehouse, { id, kind: 'person', ...person })
    await accounts.refresh()
    if (byLink) headers.set(id, { cookie: await signInByLink(app, await createSignInLink(warehouse, account), HOST) })
  }
  return headers
}

async function fill({ warehouse, config }: Runtime): Promise<void> {
  await addSchools(warehouse, [
    { id: 'lincoln', name: 'Lincoln' },
    { id: 'monroe', name: 'Monroe' },
  ])
  await addStudents(
    warehouse,
    [
      { id: STUDENTS.own, given: 'Ada', family: 'Alder', classes: ['hr-1'] },
      { id: STUDENTS.other, given: 'Ben', family: 'Zeller', classes: ['hr-9'] },
    ],
    { school: 'lincoln' },
  )
  await addClasses(
    warehouse,
    ['lincoln', 'monroe', 'shut'].flatMap((school, i) => [
      { id: `hr-${[1, 9, 7][i]}`, school, label: 'HR', homeroom: true },
      { id: `c-${[1, 9, 7][i]}`, school, label: 'MATH' },
    ]),
  )
  const units = ['lincoln', 'monroe', 'shut'].map(unit_id => aFigure({ unit_type: 'school', unit_id }))
  const district = aFigure({ unit_id: config.district })
  await publish(warehouse, 1, [district, ...units])
  const classes = [1, 9, 7].flatMap(n => [
    aFigure({ unit_type: 'advisory', unit_id: `hr-${n}` }),
    aFigure({ unit_type: 'class', unit_id: `c-${n}` }),
  ])
  await addLive(warehouse, [district, ...units, ...classes])
}
