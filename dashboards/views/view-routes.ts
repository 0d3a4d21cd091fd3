import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import { uuid5 } from '../../infra/uuid5.ts'
import { viewsPage } from '../pages/views.ts'
import type { Content, Visit } from '../pages/parts/visit.ts'
import { knownAddress } from './known-address.ts'
import { deleteView, MOST_VIEWS, savedViews, saveView } from './saved-views.ts'

type Make = (visit: Visit, request: FastifyRequest, reply: FastifyReply) => Promise<Content | null>
/** A handler that shows the page to who may see it, after the audit was told. */
type Page = (make: Make) => RouteHandlerMethod

/** A reader's own saved views. Whether a view may be opened is asked by the page that it opens, each time. */
export function viewRoutes(app: FastifyInstance, page: Page, { now }: { now: () => Date }): void {
  const form = { preHandler: app.csrfProtection }
  app.get(
    '/views',
    page(visit => viewsPage(visit)),
  )
  app.post(
    '/views',
    form,
    page(async ({ warehouse, reader }, request, reply) => {
      const { name, address, number } = sentIn(request.body)
      if ((await savedViews(warehouse, reader.id)).length >= MOST_VIEWS)
        throw new HomeroomError(
          'QUERY_INVALID',
          `You have ${MOST_VIEWS} saved views; delete one first. Nothing was saved`,
        )
      const id = uuid5(`view|${reader.id}|${number}`)
      await saveView(warehouse, { account: reader.id, id, name, address, at: now() })
      await reply.redirect('/views?saved=1', 303)
      return null
    }),
  )
  app.post(
    '/views/delete',
    form,
    page(async ({ warehouse, reader }, request, reply) => {
      const { data } = Delete.safeParse(request.body)
      const own = (await savedViews(warehouse, reader.id)).find(({ id }) => id === data?.view)
      if (!own) throw new HomeroomError('NOT_FOUND', 'No saved view of yours has this id. Nothing was deleted')
      await deleteView(warehouse, reader.id, own.id, now())
      await reply.redirect('/views?deleted=1', 303)
      return null
    }),
  )
}

const Delete = z.object({ view: z.guid() })
const Save = z.object({
  number: z.uuid(),
  name: z
    .string()
    .transform(typed => typed.normalize('NFC').replace(/\s+/g, ' ').trim())
    .pipe(
      z
        .string()
        .min(1)
        .max(80)
        .regex(/^\P{C}*$/u),
    ),
  address: z.string().transform(knownAddress).pipe(z.string()),
})

/** @throws HomeroomError QUERY_INVALID */
function sentIn(body: unknown): z.infer<typeof Save> {
  const { success, data, error } = Save.safeParse(body)
  if (success) return data
  const isName = error.issues.every(({ path }) => path[0] === 'name')
  throw new HomeroomError(
    'QUERY_INVALID',
    isName
      ? 'A view needs a name of 1 to 80 characters. Nothing was saved'
      : 'Only views of pages of this Homeroom can be saved. Nothing was saved',
  )
}
