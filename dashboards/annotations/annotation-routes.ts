import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import type { EventLog } from '../../infra/log/event-log.ts'
import { uuid5 } from '../../infra/uuid5.ts'
import { denied, mayAnnotate, tierOf, type SignedIn } from '../access.ts'
import type { Audit } from '../audit.ts'
import { annotationsPage } from '../pages/annotations.ts'
import type { Content, Visit } from '../pages/parts/visit.ts'
import { authorOf, tellActions } from '../relationships/actions.ts'
import { blankNote, noteFaults, noteIn, type NoteFault, type SentNote } from './annotation-form.ts'
import { annotationsPath, type AnnotatedUnit } from './annotations.ts'

type Make = (visit: Visit, request: FastifyRequest, reply: FastifyReply) => Promise<Content | null>
/** A handler that shows the page to who may see it, after the audit was told. */
type Page = (make: Make) => RouteHandlerMethod

type Writing = { log: Pick<EventLog, 'append'>; audit: Audit; now: () => Date }

/** Notes on the charts of the district and of schools: the list, writing one, taking one back. */
export function annotationRoutes(app: FastifyInstance, page: Page, writing: Writing): void {
  for (const path of ['/district/annotations', '/schools/:id/annotations']) {
    app.get(
      path,
      page(async (visit, request) => {
        const unit = seenUnit(visit, request)
        return listed(visit, unit, { sent: blankNote(randomUUID()), faults: [] })
      }),
    )
    const form = { preHandler: app.csrfProtection }
    app.post(
      path,
      form,
      page(async (visit, request, reply) => {
        const unit = ownUnit(visit, request)
        const sent = noteIn(request.body)
        if (sent === null) throw noForm()
        const faults = await faultsOf(visit, unit, sent)
        if (faults.length > 0) return listed(visit, unit, { sent, faults })
        await writing.audit.changed(request, visit.reader, [unit], 'wrote a note on the charts')
        return kept(reply, unit, { kept: await write(writing, visit.reader, unit, sent) })
      }),
    )
    app.post(
      `${path}/take-back`,
      form,
      page(async (visit, request, reply) => {
        const unit = ownUnit(visit, request)
        const { data } = TakeBack.safeParse(request.body)
        const note = (await visit.annotations.of([unit])).find(({ id }) => id === data?.annotation)
        if (!note) throw new HomeroomError('NOT_FOUND', 'No note here has this id. Nothing was taken back')
        await writing.audit.changed(request, visit.reader, [unit], 'took a note on the charts back')
        const storedAt = writing.now().toISOString()
        const author = authorOf(visit.reader)
        await tellActions(writing.log, [{ type: 'annotation-taken-back', id: note.id, storedAt, author }])
        return kept(reply, unit, { 'taken-back': note.id })
      }),
    )
  }
}

const TakeBack = z.object({ annotation: z.guid() })

const noForm = (): HomeroomError =>
  new HomeroomError('QUERY_INVALID', 'This is not the form of this page. Nothing was kept; open the page again')

/** @returns the id of the note: the same for the same form */
async function write(
  { log, now }: Writing,
  reader: SignedIn,
  unit: AnnotatedUnit,
  { number, text, from, to }: SentNote,
): Promise<string> {
  const id = uuid5(`annotation|${reader.id}|${unit.type}|${unit.id}|${number}`)
  const said = { id, storedAt: now().toISOString(), unit, from, to: to || from, text, author: authorOf(reader) }
  await tellActions(log, [{ type: 'annotation', ...said }])
  return id
}

async function kept(reply: FastifyReply, unit: AnnotatedUnit, said: Record<string, string>): Promise<null> {
  await reply.redirect(`${annotationsPath(unit)}?${new URLSearchParams(said).toString()}`, 303)
  return null
}

/** @throws HomeroomError SCOPE_DENIED, NOT_FOUND as the unit's page does */
function seenUnit({ reader, schools }: Visit, request: FastifyRequest): AnnotatedUnit {
  const { id } = request.params as { id?: string }
  const unit: AnnotatedUnit = id === undefined ? { type: 'district', id: '' } : { type: 'school', id }
  if (tierOf(reader, unit) === 'none') throw denied(reader, unit)
  if (unit.type === 'school' && !schools.some(school => school.id === unit.id))
    throw new HomeroomError('NOT_FOUND', `No school has the id ${JSON.stringify(unit.id)}`)
  return unit
}

/** @throws HomeroomError SCOPE_DENIED for who may read the notes, and not write them, too */
function ownUnit(visit: Visit, request: FastifyRequest): AnnotatedUnit {
  const unit = seenUnit(visit, request)
  if (mayAnnotate(visit.reader, unit)) return unit
  throw new HomeroomError(
    'SCOPE_DENIED',
    'Notes on charts are written by the district’s analyst and by the school’s principal',
  )
}

async function faultsOf({ names, today }: Visit, unit: AnnotatedUnit, sent: SentNote): Promise<NoteFault[]> {
  const faults = noteFaults(sent, today)
  if (faults.length > 0 || !(await names.namesStudent(sent.text, unit.id))) return faults
  return [{ field: 'text', message: 'this holds the full name of a student; say it without the name' }]
}

type Form = { sent: SentNote; faults: readonly NoteFault[] }

async function listed(visit: Visit, unit: AnnotatedUnit, form: Form): Promise<Content> {
  const notes = await visit.annotations.of([unit])
  const school = visit.schools.find(({ id }) => id === unit.id)
  return annotationsPage({ visit, unit, of: school?.name ?? 'the district', notes, ...form })
}
