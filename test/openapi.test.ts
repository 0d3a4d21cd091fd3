import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Accounts, createAccount } from '../infra/accounts.ts'
import { createServer } from '../infra/commands/server.ts'
import { readConfig } from '../infra/config.ts'
import { ERRORS } from '../infra/errors.ts'
import { openLog } from '../infra/log/open-log.ts'
import { openapiDocument, pathOf } from '../infra/openapi/document.ts'
import { Problem, Refusal } from '../infra/openapi/operation.ts'
import { Erased } from '../infra/erased.ts'
import { readSecrets } from '../infra/secrets.ts'
import { NO_VOCABULARY } from '../infra/vocabulary/vocabulary.ts'
import { freshWarehouse } from './helpers/warehouse.ts'

type Described = {
  summary: string
  security: Record<string, string[]>[]
  parameters?: { name: string; in: string; required?: boolean; description?: string }[]
  requestBody?: { content: Record<string, object> }
  responses: Record<string, { description: string; content?: Record<string, { schema: { $ref?: string } }> }>
}
type Method = 'OPTIONS' | 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'

type Registered = { method: Method; url: string; refuses: boolean }

let app: FastifyInstance
/** What the server itself was told, not what our own list says. */
const registered: Registered[] = []
let folder: string
let close: () => Promise<void>
let authorization: string
let paths: Record<string, Record<string, Described>>
let text: string

const watch = (message: unknown): void => {
  const { fastify } = message as { fastify: FastifyInstance }
  fastify.addHook('onRoute', ({ method, url, config }) => {
    for (const each of [method].flat())
      registered.push({ method: each as Method, url, refuses: config?.refuses === true })
  })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-openapi-'))
  const warehouse = await freshWarehouse()
  const config = readConfig({}, { data: folder, secretsFile: join(folder, 'secrets.json') })
  const log = await openLog(config)
  await log.createTopics()
  const { secret } = await createAccount(warehouse, {
    id: 'lms',
    kind: 'source',
    role: 'xapi,caliper,interactions,canvas',
  })
  authorization = `Bearer ${secret}`
  const accounts = new Accounts(warehouse)
  await accounts.refresh()
  const logger = pino({ level: 'silent' })
  const runtime = {
    vocabulary: NO_VOCABULARY,
    config,
    logger,
    secrets: readSecrets(config),
    warehouse,
    log,
    accounts,
    erased: new Erased(warehouse),
    tracing: null,
    close: async () => undefined,
  }
  subscribe('fastify.initialization', watch)
  app = await createServer(runtime, { ingest: true, dashboards: true })
  await app.ready()
  unsubscribe('fastify.initialization', watch)
  close = async () => {
    await app.close()
    await log.close()
    await rm(folder, { recursive: true, force: true })
  }
  const document = await app.inject('/api/openapi.json')
  if (document.statusCode !== 200) throw new Error(document.payload)
  text = document.payload
  paths = (JSON.parse(text) as { paths: typeof paths }).paths
})
afterAll(() => close?.())

const operations = (): { method: Method; path: string; described: Described }[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ method: method.toUpperCase() as Method, path, described })),
  )

test('the document is valid OpenAPI', async () => {
  const result = await new Validator().validate(JSON.parse(text) as Record<string, unknown>)
  expect(result).toEqual({ valid: true })
})

test('every route is described, and nothing else is', () => {
  const answered = registered.filter(({ refuses }) => !refuses).map(({ method, url }) => `${method} ${pathOf(url)}`)
  expect(answered.length).toBeGreaterThan(50)
  expect(
    operations()
      .map(({ method, path }) => `${method} ${path}`)
      .sort(),
  ).toEqual(answered.sort())
})

test('a route that nobody described is named', () => {
  expect(() => openapiDocument([{ method: 'GET', url: '/new' }], [])).toThrow('nobody described GET /new')
})

test('what is left out of it takes nothing', async () => {
  const refusing = registered.filter(({ refuses }) => refuses)
  expect(refusing.length).toBeGreaterThan(10)
  for (const { method, url } of refusing) {
    const { statusCode } = await app.inject({ method, url: url.replace('*', 'nothing'), headers: { authorization } })
    expect(method === 'OPTIONS' ? [204, 404, 405] : [404, 405], `${method} ${url}`).toContain(statusCode)
  }
})

test('every operation says what it is for, who may use it, its parameters, what it answers and how it refuses', () => {
  for (const { method, path, described } of operations()) {
    const { summary, security, parameters = [], responses, requestBody } = described
    expect(summary.length, path).toBeGreaterThan(5)
    expect(security.length, path).toBeGreaterThan(0)
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    expect(parameters.filter(parameter => parameter.in === 'path').map(({ name }) => name)).toEqual(inPath)
    const untold = parameters.filter(parameter => parameter.in !== 'path' && !parameter.description)
    expect(untold, path).toEqual([])
    expect(
      Object.keys(responses).some(status => /^[23]/.test(status)),
      path,
    ).toBe(true)
    expect(requestBody !== undefined, `${method} ${path}`).toBe(method === 'POST' || method === 'PUT')
  }
})

test('what a source may be refused with is told by status and shape', () => {
  const ofSources = operations().filter(
    ({ method, described }) => 'basic' in described.security[0]! && method !== 'HEAD',
  )
  expect(ofSources.length).toBeGreaterThan(15)
  for (const { path, described } of ofSources) {
    const shapes = [401, 403].map(status => described.responses[status]?.content?.['application/json']?.schema.$ref)
    expect(shapes, path).toEqual(['#/components/schemas/Refusal', '#/components/schemas/Refusal'])
  }
})

describe.each(['with credentials', 'without'])('%s', who => {
  test('what a bare request is answered is described, and a refusal has the shape that is told', async () => {
    for (const { method, url, refuses } of registered) {
      if (refuses) continue
      const headers = {
        accept: 'application/json',
        'x-experience-api-version': '1.0.3',
        ...(who === 'without' ? {} : { authorization }),
      }
      const address = url.replace(/:\w+|\*/g, 'x')
      const sends = method === 'POST' || method === 'PUT'
      const body = sends
        ? { payload: '{"x":1}', headers: { ...headers, 'content-type': 'application/json' } }
        : { headers }
      const response = await app.inject({ method, url: address, ...body })
      const { responses } = paths[pathOf(url)]![method.toLowerCase()]!
      expect(Object.keys(responses), `${method} ${url} → ${response.payload}`).toContain(String(response.statusCode))
      if (response.statusCode < 400 || method === 'HEAD') continue
      const told = responses[response.statusCode]!.content!
      const type = (response.headers['content-type'] as string).split(';')[0]!
      expect(Object.keys(told), `${method} ${url}`).toContain(type)
      const name = told[type]!.schema.$ref?.split('/').at(-1)
      if (name !== 'Refusal' && name !== 'Problem') continue
      const shape = name === 'Refusal' ? Refusal : Problem
      expect(shape.safeParse(response.json()).error, `${method} ${url} → ${response.payload}`).toBeUndefined()
    }
  })
})

test('every code of the list is in the document', () => {
  const { components } = JSON.parse(text) as {
    components: { schemas: { Refusal: { properties: { code: { enum: string[] } } } } }
  }
  expect(components.schemas.Refusal.properties.code.enum).toEqual(Object.keys(ERRORS))
})
