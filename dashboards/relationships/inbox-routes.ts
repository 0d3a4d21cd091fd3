import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import type { EventLog } from '../../infra/log/event-log.ts'
import { Answer } from '../../schemas/action.ts'
import { mayEnter } from '../access.ts'
import { authorOf, tellActions } from './actions.ts'
import { advisees, offersFor } from './offers.ts'
import { inboxPage, inboxPath } from '../pages/inbox.ts'
import type { Content, Visit } from '../pages/parts/visit.ts'

/** Makes a page; null: it has answered otherwise. */
type Make = (visit: Visit, request: FastifyRequest, reply: FastifyReply) => Promise<Content | null>
/** A handler that shows the page to who may see it, after the audit was told. */
type Page = (make: Make) => RouteHandlerMethod

type Inbox = { log: Pick<EventLog, 'append'>; now: () => Date }

/** The adviser's inbox: offers of help for the students of the reader's own advisories, and what is answered to them. */
export function inboxRoutes(app: FastifyInstance, page: Page, { log, now }: Inbox): void {
  app.get(
    inboxPath,
    page(async visit => {
      mayHaveOne(visit)
      return inboxPage(visit, visit.csrf())
    }),
  )
  app.post(
    `${inboxPath}/:alarm`,
    { preHandler: app.csrfProtection },
    page(async (visit, request, reply) => {
      mayHaveOne(visit)
      const { alarm } = request.params as { alarm: string }
      const form = Form.safeParse(request.body)
      if (!form.success) throw noAnswer()
      const offers = await offersFor(visit.warehouse, await advisees(visit.names, visit.reader))
      const offer = offers.find(one => one.alarm === alarm)
      // In the same words whether it is somebody else's or nobody's.
      if (!offer) throw new HomeroomError('SCOPE_DENIED', 'This offer of help is about no student of your advisories')
      const entry = { type: 'alarm-answer' as const, id: randomUUID(), storedAt: now().toISOString(), alarm }
      // Kept first, answered second.
      await tellActions(log, [
        { ...entry, student: offer.student, answer: form.data.answer, author: authorOf(visit.reader) },
      ])
      await reply.redirect(`${inboxPath}?${new URLSearchParams({ answered: alarm }).toString()}`, 303)
      return null
    }),
  )
}

const Form = z.object({ answer: Answer })

const noAnswer = (): HomeroomError =>
  new HomeroomError('QUERY_INVALID', 'This is not the form of the inbox. Nothing was kept; open the inbox again')

/** @throws HomeroomError SCOPE_DENIED for who is not an adviser */
function mayHaveOne({ reader }: Visit): void {
  if (!mayEnter(reader, 'inbox'))
    throw new HomeroomError('SCOPE_DENIED', 'Offers of help go to a student’s own adviser only')
}
