import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import { WrittenWords } from '../../infra/written-words.ts'
import { blank, saidIn, sentIn, type Fault, type Sent } from './conversation-form.ts'
import { advisee, conversationsWith, personOf } from './conversations.ts'
import { studentPath, type OwnStudent } from '../people/names.ts'
import { briefPage, briefsPage } from '../pages/brief.ts'
import { conversationPage } from '../pages/conversation.ts'
import { mapPage } from '../pages/map.ts'
import { short } from '../pages/brief/question.ts'
import { goalsOf, identifiersOf } from '../pages/student/student-facts.ts'
import type { Content, Visit } from '../pages/parts/visit.ts'
import { recordConversation, takeConversationBack, type Recording } from './record-conversation.ts'

/** Makes a page; null: it has answered otherwise. */
type Make = (visit: Visit, request: FastifyRequest, reply: FastifyReply) => Promise<Content | null>
/** A handler that shows the page to who may see it, after the audit was told. */
type Page = (make: Make) => RouteHandlerMethod

/** A private note of 4,000 characters, each of which may take twelve in a form. */
const BODY_LIMIT = 120_000

/** What advisers record and prepare: conversations, briefs, the relationship map. */
export function relationshipRoutes(app: FastifyInstance, page: Page, deps: Omit<Recording, 'written'>): void {
  const recording = { ...deps, written: new WrittenWords(deps.log, deps.secrets, deps.now) }
  const form = { preHandler: app.csrfProtection, bodyLimit: BODY_LIMIT }
  const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id
  app.get(
    '/students/:id/brief',
    page((visit, request) => briefPage(visit, idOf(request))),
  )
  app.get(
    '/advisories/:id/briefs',
    page((visit, request) => briefsPage(visit, idOf(request))),
  )
  app.get(
    '/advisories/:id/map',
    page((visit, request) => mapPage(visit, idOf(request))),
  )
  app.get(
    '/students/:id/conversation',
    page(async (visit, request) => {
      const student = await advisee(visit.names, visit.reader, idOf(request))
      personOf(visit.reader)
      return formPage(visit, { student, sent: blank(randomUUID()), faults: [] })
    }),
  )
  app.post(
    '/students/:id/conversation',
    form,
    page(async (visit, request, reply) => {
      const student = await advisee(visit.names, visit.reader, idOf(request))
      const adviser = personOf(visit.reader)
      const sent = sentIn(request.body)
      if (sent === null) throw noForm()
      const goals = await goalsOf(visit, await identifiersOf(visit, student))
      const open = goals.filter(({ isOpen }) => isOpen).map(({ goal_id }) => goal_id)
      const { said, faults } = saidIn(sent, visit.today, new Set(open))
      if (faults.length > 0) return formPage(visit, { student, sent, faults })
      const id = await recordConversation(recording, { adviser, student: student.student }, said)
      await reply.redirect(
        `${studentPath(student.student)}/brief?${new URLSearchParams({ recorded: id }).toString()}`,
        303,
      )
      return null
    }),
  )
  app.post(
    '/students/:id/conversation/take-back',
    form,
    page(async (visit, request, reply) => {
      const student = await advisee(visit.names, visit.reader, idOf(request))
      const adviser = personOf(visit.reader)
      const { data } = TakeBack.safeParse(request.body)
      const talks = await conversationsWith(visit, visit.reader, await identifiersOf(visit, student), ALL)
      const own = talks.find(talk => talk.id === data?.conversation && talk.own)
      if (!own) throw new HomeroomError('NOT_FOUND', 'No conversation of yours has this id. Nothing was taken back')
      await takeConversationBack(recording, { id: own.id, adviser, student: student.student })
      await reply.redirect(`${studentPath(student.student)}/brief?taken-back=1`, 303)
      return null
    }),
  )
}

const ALL = 1000
const TakeBack = z.object({ conversation: z.guid() })

const noForm = (): HomeroomError =>
  new HomeroomError('QUERY_INVALID', 'This is not the form of this page. Nothing was recorded; open the page again')

type Form = { student: OwnStudent; sent: Sent; faults: readonly Fault[] }

async function formPage(visit: Visit, { student, sent, faults }: Form): Promise<Content> {
  const identifiers = await identifiersOf(visit, student)
  const [talks, goals] = await Promise.all([
    conversationsWith(visit, visit.reader, identifiers),
    goalsOf(visit, identifiers),
  ])
  const { today, timeZone } = visit
  const open = goals.filter(({ isOpen }) => isOpen).map(({ goal_id, title }) => ({ id: goal_id, said: short(title) }))
  return conversationPage({ student, talks, goals: open, sent, faults, today, timeZone, csrf: visit.csrf() })
}
