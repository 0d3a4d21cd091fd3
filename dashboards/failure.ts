import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { ERRORS, HomeroomError, type ErrorCode } from '../infra/errors.ts'
import type { Audit } from './audit.ts'
import { layout } from './layout.ts'
import { notSignedInPage, problemPage, signInFailedPage, type Problem, type Way } from './pages/problem.ts'
import type { Provider } from './sign-in/sign-in-provider.ts'

export type FailureDeps = { audit: Audit; provider: Provider | null; logger: Pick<FastifyBaseLogger, 'error'> }
type Failure = (error: unknown, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

/** An error as a plain page; as JSON for machines. What is ours to mend goes to the log and is not shown; refusals go to the audit. */
export function failure({ audit, provider, logger }: FailureDeps): Failure {
  return async (error, request, reply) => {
    const status = statusOf(error)
    const message = error instanceof Error ? error.message : ''
    if (status >= 500) logger.error({ err: error }, 'a page could not be shown')
    const known = codeOf(error, status)
    if (TOLD.includes(known)) {
      await tell({ audit, logger }, request, error instanceof HomeroomError ? error : new HomeroomError(known, message))
    }
    reply.code(status)
    if (status === 503) reply.header('retry-after', '5')
    if (isForMachine(request)) {
      const shown = status < 500 || known === 'SIGN_IN_UNAVAILABLE' ? message : 'the request failed; the log says why'
      return reply.send({ code: known, message: shown, next: ERRORS[known].next })
    }
    const content = pageOf(status, message, wayIn(provider, request), request)
    const { reader } = request
    // Who is signed in can go elsewhere from here, or sign out: their first page may be what is refused.
    const frame = reader ? { reader, csrf: reply.generateCsrf() } : { reader: null }
    return reply.type('text/html; charset=utf-8').send(layout({ ...content, ...frame }))
  }
}

/** Of an error of ours, or of the framework's. */
export const statusOf = (error: unknown): number =>
  error instanceof HomeroomError ? error.http : ((error as { statusCode?: number }).statusCode ?? 500)

/** Nothing is shown, so that nothing has to be held back when the line cannot be stored: the log of the process has it. */
async function tell(
  { audit, logger }: Pick<FailureDeps, 'audit' | 'logger'>,
  request: FastifyRequest,
  error: HomeroomError,
): Promise<void> {
  try {
    await audit.refused(request, request.reader, error)
  } catch (cause) {
    logger.error({ err: cause, code: error.code }, 'a refusal could not be told to the audit')
  }
}

/** Those without a session are told to sign in, which is no news. */
const TOLD: readonly ErrorCode[] = ['SCOPE_DENIED', 'SIGN_IN_REFUSED', 'SIGN_IN_UNAVAILABLE', 'RATE_LIMITED']

function codeOf(error: unknown, status: number): ErrorCode {
  if (error instanceof HomeroomError) return error.code
  if (status === 429) return 'RATE_LIMITED'
  if (status === 403) return 'SCOPE_DENIED'
  return status < 500 ? 'QUERY_INVALID' : 'INTERNAL'
}

function pageOf(status: number, message: string, way: Way, { url }: FastifyRequest): Problem {
  if (status === 401) return notSignedInPage(way)
  return way !== null && /^\/sign-in\b/.test(url) && status !== 429
    ? signInFailedPage(status, status === 500 ? 'The fault has been written to the log' : message, way)
    : problemPage(status, message)
}

/** Back to where the reader wished to go; the way itself checks that it is a path of ours. */
function wayIn(provider: Provider | null, { method, url }: FastifyRequest): Way {
  if (!provider) return null
  const to = (method === 'GET' || method === 'HEAD') && !url.startsWith('/sign-') && url.length < 1000 ? url : '/'
  return { provider: provider.settings.name, to }
}

/** Browsers ask for text/html by name. */
function isForMachine({ url, headers }: FastifyRequest): boolean {
  return url.startsWith('/api/') || (headers.accept !== undefined && !headers.accept.includes('text/html'))
}
