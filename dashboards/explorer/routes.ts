import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { HomeroomError } from '../../infra/errors.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'
import type { SignedIn } from '../access.ts'
import type { Annotations } from '../annotations/annotations.ts'
import { withScript } from '../guards.ts'
import type { Figures } from '../figures/figures.ts'
import type { Content, Visit } from '../pages/parts/visit.ts'
import { codebookOf, originOf, type Source } from './codebook.ts'
import { Explorer } from './explorer.ts'
import { fileName } from './downloads.ts'
import { FORMATS, figuresAs, type Format } from './files.ts'
import { explorerPage, type Beside } from './page.ts'
import { pictureOf } from './picture.ts'
import { explorerPath, questionOf } from './question.ts'
import { scriptRoutes } from './scripts.ts'
import { planOf, viewOf, type Plan } from './view.ts'

type Make = (visit: Visit, request: FastifyRequest, reply: FastifyReply) => Promise<Content | null>
type Page = (make: Make) => RouteHandlerMethod

export type ExplorerRoutes = {
  warehouse: Warehouse
  figures: Figures
  annotations: Annotations
  district: string
  today: () => Day
  signedIn: (request: FastifyRequest) => SignedIn
  /** What else stands below the pictures. */
  beside?: readonly Beside[]
}

/** The district explorer: the page, and files of exactly what it shows. */
export function explorerRoutes(app: FastifyInstance, page: Page, deps: ExplorerRoutes): void {
  const { warehouse, figures, annotations, district, today, signedIn, beside = [] } = deps
  const explorer = new Explorer(warehouse, figures)
  scriptRoutes(app)
  app.get(
    explorerPath,
    { helmet: withScript },
    page((visit, _request, reply) => explorerPage(visit, { explorer, district, beside }, reply)),
  )
  const file =
    (send: (reply: FastifyReply, plan: Plan, source: Source) => FastifyReply | Promise<FastifyReply>) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const reader = signedIn(request)
      const viewer = { reader, schools: await figures.schools(), explorer, annotations }
      const plan = await planOf(viewer, questionOf(request.query))
      if (!plan) throw new HomeroomError('NOT_FOUND', 'Nothing has been published yet')
      if (plan.withheld > 0) {
        const said = `${plan.withheld} of the lines in the address are outside what your account may see; the file would not hold what the address says`
        throw new HomeroomError('SCOPE_DENIED', said)
      }
      return send(reply, plan, { district, today: today(), origin: originOf(request) })
    }
  for (const format of Object.keys(FORMATS) as Format[]) {
    app.get(
      `/api/explore.${format}`,
      file(async (reply, plan) => {
        const { type, body } = await figuresAs(warehouse, plan.asked, format)
        return named(reply, plan, format).type(type).send(Readable.from(body))
      }),
    )
  }
  app.get(
    '/api/explore.svg',
    file(async (reply, plan, source) => {
      const picture = pictureOf(await viewOf(plan, explorer), source)
      return named(reply, plan, 'svg').type('image/svg+xml').send(picture)
    }),
  )
  app.get(
    '/api/explore.txt',
    file((reply, plan, source) =>
      named(reply, plan, 'codebook.txt').type('text/plain; charset=utf-8').send(codebookOf(plan, source)),
    ),
  )
}

/** Under which name a browser keeps it: indicator, snapshot, ending. */
function named(reply: FastifyReply, plan: Plan, ending: string): FastifyReply {
  return reply.header('content-disposition', `attachment; filename="${fileName(plan)}.${ending}"`)
}
