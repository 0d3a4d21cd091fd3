import { createHash } from 'node:crypto'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { catalogue } from '../../schemas/catalogue.ts'
import { researchDatabase, writeCodebook } from './codebook.ts'

/**
 * Bring what every researcher reads up to date with this version of Homeroom: the words of the catalogue, which the views of
 * published figures join, and their codebook. Costs one query where nothing has changed.
 */
export async function refreshResearch(warehouse: Warehouse): Promise<{ changed: boolean }> {
  const [found] = await warehouse.query<{ known: number; described: number }>(
    `select toFloat64((select count() from catalogue where release = {release:String})) as known,
       toFloat64((select count() from system.tables where database = {common:String} and name = 'codebook')) as described`,
    { release: RELEASE, common: researchDatabase(warehouse) },
  )
  if (found!.known === ROWS.length && found!.described === 1) return { changed: false }
  await warehouse.command('truncate table catalogue')
  await warehouse.insert('catalogue', ROWS)
  await writeCodebook(warehouse, researchDatabase(warehouse))
  return { changed: true }
}

const RELEASE = createHash('sha256').update(JSON.stringify(catalogue)).digest('hex')

const ROWS = catalogue.map(entry => ({
  indicator: entry.id,
  version: entry.version,
  code: entry.code,
  name: entry.name,
  question: entry.question,
  unit: entry.unit,
  least: entry.range[0],
  most: entry.range[1],
  period: entry.period,
  minimum_n: entry.minimumN,
  caution: entry.caution,
  source: entry.source,
  definition: entry.definition,
  release: RELEASE,
}))
