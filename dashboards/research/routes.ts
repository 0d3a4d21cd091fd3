import { readFileSync } from 'node:fs'
import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { HomeroomError } from '../../infra/errors.ts'
import { codebookOf, researchDatabase, researchDatabases } from '../../infra/warehouse/codebook.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { catalogue } from '../../schemas/catalogue.ts'
import type { CodebookLine } from '../../schemas/codebook.ts'
import { mayEnter, type SignedIn } from '../access.ts'
import type { Figures } from '../figures/figures.ts'
import type { Content, Visit } from '../pages/parts/visit.ts'
import { codebookCsv, codebookJson } from './codebook-files.ts'
import { researchPage, researchPath } from './page.ts'

export type ResearchRoutes = {
  warehouse: Warehouse
  figures: Pick<Figures, 'snapshot'>
  district: string
  signedIn: (request: FastifyRequest) => SignedIn
}

type Page = (make: (visit: Visit, request: FastifyRequest) => Promise<Content>) => RouteHandlerMethod

/** The page for research; its codebook as files; the text of what computes an indicator. */
export function researchRoutes(app: FastifyInstance, page: Page, deps: ResearchRoutes): void {
  const { warehouse, signedIn } = deps
  app.get(
    researchPath,
    page(async visit => {
      admit(visit.reader)
      const [lines, citation] = await Promise.all([codebook(warehouse, visit.reader), citationOf(deps)])
      const citations = [...(citation === null ? [] : [citation]), ...(await citationsOfStudies(warehouse, lines))]
      return researchPage({ lines, citations, database: researchDatabase(warehouse) })
    }),
  )
  app.get('/api/research/codebook.json', async (request, reply) => {
    const lines = await codebook(warehouse, admit(signedIn(request)))
    reply.header('content-disposition', 'attachment; filename="homeroom-codebook.json"')
    return reply.send(codebookJson(lines, { district: deps.district, citation: await citationOf(deps) }))
  })
  app.get('/api/research/codebook.csv', async (request, reply) => {
    const lines = await codebook(warehouse, admit(signedIn(request)))
    reply.header('content-disposition', 'attachment; filename="homeroom-codebook.csv"')
    return reply.type('text/csv; charset=utf-8; header=present').send(codebookCsv(lines))
  })
  app.get('/api/research/sql/:indicator', (request, reply) => {
    admit(signedIn(request))
    return reply
      .type('text/plain; charset=utf-8')
      .send(computation((request.params as { indicator: string }).indicator))
  })
}

/** @throws HomeroomError SCOPE_DENIED */
function admit(reader: SignedIn): SignedIn {
  if (mayEnter(reader, 'research')) return reader
  throw new HomeroomError('SCOPE_DENIED', 'The pages for research are for researchers and analysts')
}

/** What the reader may ask for: published tables, the district's database, and of studies the researcher's own. */
async function codebook(warehouse: Warehouse, { role, scope }: SignedIn): Promise<CodebookLine[]> {
  const studies = role === 'analyst' ? 'all' : scope.study === undefined ? [] : [scope.study]
  return codebookOf(warehouse, [warehouse.database, ...(await researchDatabases(warehouse, studies))])
}

async function citationOf({ figures, district }: ResearchRoutes): Promise<string | null> {
  const snapshot = await figures.snapshot()
  if (snapshot === undefined) return null
  const published = new Date(snapshot.published_ms).toISOString().slice(0, 10)
  return `Homeroom, district ${district}: published figures. Snapshot ${snapshot.snapshot}, published ${published}.`
}

/** Of the extracts that the codebook tells of, as their manifests say it. */
async function citationsOfStudies(warehouse: Warehouse, lines: readonly CodebookLine[]): Promise<string[]> {
  const manifests = lines.filter(({ part, table }) => part === 'table' && table === 'manifest')
  const found = await Promise.all(
    manifests.map(({ database }) =>
      warehouse.query<{ value: string }>(
        "select value from {of_study:Identifier}.manifest where item = 'citation' order by position",
        { of_study: database },
      ),
    ),
  )
  return found.flat().map(({ value }) => value)
}

const ROOT = new URL('../../', import.meta.url)

/**
 * The files that compute an indicator, one after the other, with everything that they include.
 * @throws HomeroomError NOT_FOUND for an id that the catalogue does not have
 */
function computation(id: string): string {
  const entry = catalogue.find(one => one.id === id)
  if (!entry) throw new HomeroomError('NOT_FOUND', `No indicator has the id ${JSON.stringify(id)}`)
  const texts = entry.files.map(file => {
    const url = new URL(file, ROOT)
    const text = file.endsWith('.sql') ? sql(url) : readFileSync(url, 'utf8')
    return `${file.endsWith('.sql') ? '--' : '//'} ${file}\n${text}`
  })
  return texts.join('\n')
}
