import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HomeroomError } from '../../infra/errors.ts'
import { drain, pathOf } from '../receive/admission.ts'
import { textOf } from '../receive/body.ts'
import { versionOf } from './version.ts'

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'] as const
type Method = (typeof METHODS)[number]

/** More than any resource takes, headers included. */
const MAX_PARAMETERS = 50

/** What the form may hold in place of headers. */
const HEADERS = [
  'authorization',
  'x-experience-api-version',
  'content-type',
  'content-length',
  'if-match',
  'if-none-match',
]
/** What describes the form, not the content in it, or belongs to the connection. */
const OF_THE_FORM = ['content-type', 'content-length', 'content-encoding', 'transfer-encoding', 'connection', 'expect']

/**
 * Alternate request syntax: `POST …?method=PUT` with headers, parameters and content in a form, for those who can neither
 * set headers nor choose a method. It is taken apart and handled as the request that it stands for.
 * Source: xAPI 1.0.3, Communication 1.3; 2.0.0 has it no more.
 * @param read the body of a request; at most 8 MB, counted
 */
export function alternateSyntax(scope: FastifyInstance, read: (request: FastifyRequest) => Promise<Buffer>): void {
  scope.addHook('onRequest', async (request, reply) => {
    const query = request.query as Record<string, unknown>
    if (request.method !== 'POST' || query.method === undefined) return undefined
    return handle(scope, request, reply, query, read)
  })
}

async function handle(
  scope: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  query: Record<string, unknown>,
  read: (request: FastifyRequest) => Promise<Buffer>,
): Promise<FastifyReply> {
  const method = METHODS.find(name => name === query.method)
  const others = Object.keys(query).length - 1
  if (method === undefined || others > 0) {
    await drain(request.raw)
    if (method === undefined) throw refused(`method is not one of ${METHODS.join(', ')}`)
    throw refused(`${others} more parameters stand in the address beside method, expected all of them in the form`)
  }
  const meant = meantBy(formOf(textOf(await read(request))), request, method)
  const answer = await scope.inject({ method, remoteAddress: request.ip, ...meant })
  for (const [name, value] of Object.entries(answer.headers))
    if (value !== undefined && !OF_THE_ANSWER.includes(name)) void reply.header(name, value)
  return reply.code(answer.statusCode).send(answer.rawPayload)
}

const OF_THE_ANSWER = ['connection', 'date', 'keep-alive', 'transfer-encoding', 'content-length']

type Meant = { url: string; headers: OutgoingHttpHeaders; payload?: Buffer }

function meantBy(form: Map<string, string>, request: FastifyRequest, method: Method): Meant {
  const content = form.get('content')
  const takesContent = method === 'PUT' || method === 'POST'
  if (takesContent && content === undefined) throw refused(`${method} has no form parameter content`)
  if (!takesContent && content !== undefined) throw refused(`${method} has a form parameter content and takes none`)
  const headers: OutgoingHttpHeaders = {}
  for (const [name, value] of Object.entries(request.headers)) if (!OF_THE_FORM.includes(name)) headers[name] = value
  const parameters = new URLSearchParams()
  for (const [name, value] of form) {
    if (HEADERS.includes(name.toLowerCase())) headers[name.toLowerCase()] = value
    else if (name !== 'content') parameters.append(name, value)
  }
  if (versionOf(headers['x-experience-api-version'] as string) === '2.0.0') {
    throw refused('xAPI 2.0.0 has no alternate request syntax, expected the request itself')
  }
  const url = `${pathOf(request)}?${parameters.toString()}`
  if (content === undefined) return { url, headers }
  const payload = Buffer.from(content)
  const said = headers['content-length']
  if (said !== undefined && Number(said) !== payload.length) {
    throw refused(`the form parameter Content-Length is not that of its content, ${payload.length} bytes`)
  }
  headers['content-type'] ??= 'application/json'
  return { url, headers, payload }
}

/** @throws HomeroomError BODY_INVALID if something is named twice, or is not UTF-8 when decoded */
function formOf(text: string): Map<string, string> {
  const form = new Map<string, string>()
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const at = pair.indexOf('=')
    const name = decoded(at < 0 ? pair : pair.slice(0, at))
    if (form.size === MAX_PARAMETERS) throw refused(`the form has more than ${MAX_PARAMETERS} parameters`)
    if (form.has(name) || name === 'method') throw refused(`a form parameter of ${name.length} characters stands twice`)
    form.set(name, at < 0 ? '' : decoded(pair.slice(at + 1)))
  }
  return form
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw refused('the form is not URL-encoded UTF-8', cause)
  }
}

function refused(what: string, cause?: unknown): HomeroomError {
  const message = `the request in alternate syntax cannot be read: ${what}. Nothing was stored`
  return new HomeroomError('BODY_INVALID', message, { cause })
}
