import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { EventLog } from '../../infra/log/event-log.ts'
import type { Secrets } from '../../infra/secrets.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { WrittenWords } from '../../infra/written-words.ts'
import type { Day } from '../../schemas/record.ts'
import { statusOf } from '../failure.ts'
import { within } from '../guards.ts'
import { hashOf } from '../sign-in/sign-in.ts'
import { askedBy, instrumentsRead, pagesOf, pagesSent, type Asked } from './asked.ts'
import { sentIn, sentPage, type Sent } from './form.ts'
import { frame, type SurveyPage } from './frame.ts'
import { keepPage, takeBack, type Keeping } from './keep.ts'
import { surveyPath } from './links.ts'
import { consentPage, earlyPage, overPage, problemPage, thanksPage } from './notices.ts'
import { questionsPage } from './questions.ts'
import { storeConsent } from './states.ts'
import { chosenLanguage } from './words.ts'

export type AskDeps = {
  warehouse: Warehouse
  log: Pick<EventLog, 'append'>
  secrets: Pick<Secrets, 'masterSecret'>
  today: () => Day
  now: () => Date
  logger: Pick<FastifyBaseLogger, 'error'>
}

/** A whole school may sit behind one address; a person sends some pages. By the minute. */
const OF_ADDRESS = 3000
const OF_LINK = 60
/** Bytes of a page with several long comments, as forms encode them. */
const LARGEST = 400_000

/** Nobody signs in here, and nothing is written to the request log: the address is the secret. */
const OPTIONS = { config: { anonymous: true }, logLevel: 'warn' } as const

/**
 * The pages of those who are asked, in a scope of their own: no session, no cookie, error pages in their language. Whoever has
 * the link may answer; looking at it changes nothing, so that a mail scanner that follows it does no harm.
 */
export function surveyRoutes(app: FastifyInstance, deps: AskDeps): void {
  const asking = { ...deps, instruments: instrumentsRead() }
  const keeping = { ...deps, written: new WrittenWords(deps.log, deps.secrets, deps.now) }
  const oneAfterAnother = queues()
  app.setErrorHandler(failed(deps.logger))
  const ofAddress = app.createRateLimit({ max: OF_ADDRESS, timeWindow: '1 minute' })
  const ofLink = app.createRateLimit({
    max: OF_LINK,
    timeWindow: '1 minute',
    keyGenerator: request => hashOf(tokenOf(request)),
  })
  // Before the body is read.
  app.addHook('onRequest', async (request, reply) => {
    await within(ofAddress, request, reply)
    await within(ofLink, request, reply)
  })
  app.get('/survey/:token', OPTIONS, async (request, reply) => {
    const asked = await askedBy(asking, tokenOf(request))
    if (asked === null) return send(reply, problemPage(404, languageOf(request), null))
    return send(reply, pageOf(asked, request))
  })
  app.post('/survey/:token', { ...OPTIONS, bodyLimit: LARGEST }, async (request, reply) => {
    // Two pages of one answer at once would each forget the other.
    return oneAfterAnother(hashOf(tokenOf(request)), async () => {
      const asked = await askedBy(asking, tokenOf(request))
      if (asked === null) return send(reply, problemPage(404, languageOf(request), null))
      const sent = sentIn(request.body)
      if (sent === null) return send(reply, problemPage(400, languageIn(asked, request), pathOf(request)))
      return sent.do === 'answer'
        ? answer(keeping, { asked, sent, request, reply })
        : decide(keeping, { asked, sent, request, reply })
    })
  })
}

type Post = { asked: Asked; sent: Sent; request: FastifyRequest; reply: FastifyReply }

async function answer(keeping: Keeping, { asked, sent, request, reply }: Post): Promise<FastifyReply> {
  const language = languageIn(asked, request)
  // Sent twice, too late, too early, or after withdrawing: the page says which.
  if (asked.is === 'sent') return reply.redirect(`${pathOf(request)}?lang=${language}`, 303)
  if (asked.is !== 'open') return send(reply, pageOf(asked, request))
  const pages = pagesOf(asked.instrument)
  const items = sent.page === undefined ? undefined : pages[sent.page]
  if (items === undefined) return send(reply, problemPage(400, language, pathOf(request)))
  const said = sentPage(sent, items, asked.instrument)
  const path = pathOf(request)
  if (said.faults.length > 0)
    return send(reply, questionsPage({ asked, path, language, page: sent.page!, refused: said }))
  // Kept first, answered second.
  const state = await keepPage(keeping, asked, said, language)
  const next = Math.min(sent.page! + 1, pagesSent(pages, state))
  return reply.redirect(state.sent ? `${path}?lang=${language}` : `${path}?lang=${language}&page=${next + 1}`, 303)
}

/** Agree to be asked again and again, or end it. */
async function decide(keeping: Keeping, { asked, sent, request, reply }: Post): Promise<FastifyReply> {
  const { link } = asked
  const back = `${pathOf(request)}?lang=${languageIn(asked, request)}`
  if (link.window !== '' || link.respondent === null) return reply.redirect(back, 303)
  const agreed = sent.do === 'agree'
  await storeConsent(keeping.warehouse, {
    instrument: link.instrument,
    person: link.respondent,
    agreed,
    at: keeping.now(),
  })
  if (!agreed && (asked.is === 'open' || asked.is === 'sent')) await takeBack(keeping, asked)
  return reply.redirect(back, 303)
}

function pageOf(asked: Asked, request: FastifyRequest): SurveyPage {
  const path = pathOf(request)
  const language = languageIn(asked, request)
  const place = { path, language, instrument: asked.instrument }
  const comesAgain = asked.link.window === ''
  if (asked.is === 'over') return overPage(place)
  if (asked.is === 'early') return earlyPage(place, asked.begin, comesAgain)
  if (asked.is === 'sent') return thanksPage(place, comesAgain)
  if (asked.is !== 'open') return consentPage(place, asked.is === 'withdrawn')
  const reached = pagesSent(pagesOf(asked.instrument), asked.state)
  const wished = Number(new URLSearchParams(request.url.split('?')[1]).get('page') ?? Number.NaN)
  const page = Number.isInteger(wished) && wished >= 1 && wished <= reached ? wished - 1 : reached
  return questionsPage({ asked, path, language, page })
}

const failed =
  (logger: AskDeps['logger']) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const status = statusOf(error)
    if (status >= 500) logger.error({ err: error }, 'a survey page could not be shown or kept')
    if (status === 503) reply.header('retry-after', '5')
    return send(reply, problemPage(status, languageOf(request), pathOf(request)))
  }

const send = (reply: FastifyReply, page: SurveyPage): FastifyReply =>
  reply
    .code(page.status ?? 200)
    .type('text/html; charset=utf-8')
    .send(frame(page))

const tokenOf = ({ params }: FastifyRequest): string => (params as { token: string }).token
const pathOf = (request: FastifyRequest): string => surveyPath(encodeURIComponent(tokenOf(request)))

const languageIn = ({ instrument }: Pick<Asked, 'instrument'>, request: FastifyRequest): string =>
  languageOf(request, instrument.languages)

/** Where no survey is known: of those in which the pages themselves can speak. */
function languageOf(request: FastifyRequest, offered: readonly string[] = ['en', 'es']): string {
  const asked = new URLSearchParams(request.url.split('?')[1]).get('lang') ?? undefined
  return chosenLanguage(offered, asked, request.headers['accept-language'])
}

/** Work under one key goes one after another. */
function queues(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const before = last.get(key) ?? Promise.resolve()
    // Whoever comes after does not care how the one before ended: its own request answers for that.
    const mine = before.then(work, work)
    last.set(key, mine)
    try {
      return await mine
    } finally {
      if (last.get(key) === mine) last.delete(key)
    }
  }
}
