import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ERRORS, HomeroomError } from '../errors.ts'
import { named, Problem, Refusal, type Answer, type Descriptions, type Operation, type Schema } from './operation.ts'

/** A method and address that is answered, as fastify registered it: `GET`, `/schools/:id`. */
export type Route = { method: string; url: string }

type Json = Record<string, unknown>

const SECURITY = {
  source: [{ basic: [] }, { bearer: [] }],
  session: [{ session: [] }],
  anybody: [{}],
}

/**
 * The OpenAPI 3.1 document of the routes that this process answers. Written by us and not by a plugin of the server: the
 * doors read their bodies themselves, one by one, so no schema of theirs is known to the server.
 * @throws HomeroomError INTERNAL naming the routes that nobody described
 */
export function openapiDocument(routes: readonly Route[], all: readonly Descriptions[]): Json {
  const operations = Object.assign({}, ...all.map(({ operations }) => operations)) as Descriptions['operations']
  const schemas = Object.assign({ Refusal, Problem }, ...all.map(({ schemas }) => schemas)) as Descriptions['schemas']
  const missing: string[] = []
  const paths: Record<string, Json> = {}
  for (const { method, url } of routes) {
    // A HEAD is described by its GET.
    const described = operations[`${method} ${url}`] ?? (method === 'HEAD' ? operations[`GET ${url}`] : undefined)
    if (described === undefined) missing.push(`${method} ${url}`)
    else (paths[pathOf(url)] ??= {})[method.toLowerCase()] = operationOf(described, method, url)
  }
  if (missing.length > 0) throw new HomeroomError('INTERNAL', `nobody described ${missing.join(', ')}`)
  return {
    openapi: '3.1.0',
    info: { title: 'Homeroom', version: VERSION, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: componentsOf(schemas),
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic', description: 'Name and password that homeroom user source printed' },
        bearer: { type: 'http', scheme: 'bearer', description: 'The password alone' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'homeroom_session',
          description: 'Set by signing in with a link',
        },
      },
    },
  }
}

const PACKAGE = new URL('../../package.json', import.meta.url)
const VERSION = (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version

/** `/schools/:id` → `/schools/{id}`; `/xapi/more/*` → `/xapi/more/{rest}` */
export const pathOf = (url: string): string => url.replace(/:(\w+)/g, '{$1}').replace('*', '{rest}')

function operationOf(described: Operation, method: string, url: string): Json {
  const { summary, tag, by, parameters = [], body } = described
  const inPath = [...pathOf(url).matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const others = inPath.filter(({ name }) => !parameters.some(known => known.name === name))
  return {
    operationId: `${method.toLowerCase()} ${url}`.replace(/[^a-z0-9]+/gi, '-').replace(/-$/, ''),
    summary: method === 'HEAD' ? `${summary}: as GET, without the body` : summary,
    tags: [tag],
    security: SECURITY[by],
    ...(parameters.length + others.length > 0 && { parameters: [...parameters, ...others] }),
    ...(body && { requestBody: { required: true, content: contentOf(body) } }),
    responses: responsesOf(described, method),
  }
}

function responsesOf({ answers, errors = [], errorShape = 'Problem' }: Operation, method: string): Json {
  const responses: Json = {}
  for (const [status, answer] of Object.entries(answers)) responses[status] = answerOf(answer, method)
  const byStatus = Map.groupBy(errors, code => ERRORS[code].http)
  for (const [status, codes] of byStatus) {
    const description = codes.map(code => `${code}: ${ERRORS[code].next}`).join('; ')
    responses[status] ??= answerOf({ description, content: errorContent(errorShape) }, method)
  }
  return responses
}

const errorContent = (shape: NonNullable<Operation['errorShape']>): Record<string, Schema> =>
  shape === 'Page'
    ? { 'text/html': { type: 'string' }, 'application/json': named('Problem') }
    : { 'application/json': named(shape) }

function answerOf({ description, content, headers }: Answer, method: string): Json {
  const shown = Object.entries(headers ?? {}).map(([name, says]) => [
    name,
    { description: says, schema: { type: 'string' } },
  ])
  return {
    description,
    ...(shown.length > 0 && { headers: Object.fromEntries(shown) as Json }),
    ...(content && method !== 'HEAD' && { content: contentOf(content) }),
  }
}

const contentOf = (byType: Record<string, Schema>): Json =>
  Object.fromEntries(Object.entries(byType).map(([type, schema]) => [type, { schema }]))

function componentsOf(schemas: Record<string, z.ZodType>): Json {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id })
  const made = z.toJSONSchema(registry, {
    uri: id => `#/components/schemas/${id}`,
    // What a refinement or a parser decides cannot be said in a JSON schema; the rest can.
    unrepresentable: 'any',
    io: 'input',
  })
  // The document says which dialect they are in, and a place in it is their id.
  return Object.fromEntries(
    Object.entries(made.schemas).map(([id, { $schema: _schema, $id: _id, ...schema }]) => [id, schema]),
  )
}
