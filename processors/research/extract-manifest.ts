import { readFileSync } from 'node:fs'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { catalogue } from '../../schemas/catalogue.ts'
import { citationText } from './citation.ts'
import type { Steps } from './extract.ts'
import { EXTRACT_TABLES, unfinished } from './extract-tables.ts'
import type { Generalised } from './generalise.ts'
import {
  DATES,
  NOT_COVERED,
  QUASI_IDENTIFIERS,
  REQUIRED,
  SENSITIVE_COLUMNS,
  VALUES,
  type Manifest,
} from './manifest.ts'
import type { Study } from './study.ts'

const PACKAGE = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

/** What made an extract. */
export const SOFTWARE = `Homeroom ${PACKAGE.version}`

type Made = {
  warehouse: Warehouse
  district: string
  /** With the version and time of the extract that is being made. */
  study: Study
  generalised: Generalised
  most: Record<string, number>
  steps: Steps
}

export async function extractManifest({
  warehouse,
  district,
  study,
  generalised,
  most,
  steps,
}: Made): Promise<Manifest> {
  const [newest] = await warehouse.query<{ snapshot: string }>(
    'select toString(max(snapshot)) as snapshot from snapshots final where complete',
  )
  const { reached, kept, dropped, ofAll, ofFew } = generalised
  const cited = { ...study, district, extractedAt: study.extractedAt!, software: SOFTWARE }
  return {
    study: study.study,
    title: study.title,
    purpose: study.purpose,
    approvedBy: study.approvedBy,
    district,
    version: study.version,
    extractedAt: study.extractedAt!,
    endsOn: study.endsOn,
    snapshot: newest!.snapshot === '0' ? null : newest!.snapshot,
    catalogue: Object.fromEntries(catalogue.map(({ id, version }) => [id, version])),
    software: SOFTWARE,
    tables: await contentsOf(warehouse, unfinished),
    students: kept,
    anonymity: {
      quasiIdentifiers: QUASI_IDENTIFIERS,
      sensitive: SENSITIVE_COLUMNS,
      required: REQUIRED,
      k: finite(reached.k),
      l: finite(reached.l),
      groups: reached.groups,
      generalised: ofAll,
      generalisedFew: ofFew,
      dropped,
    },
    dates: { shiftedByUpToWeeks: study.terms.shiftWeeks, weeksLeftOut: study.terms.skipWeeks, words: DATES },
    values: { words: VALUES, mostSaid: most, steps },
    notCovered: [...NOT_COVERED],
    erasures: { times: 0, lastOn: null, alsoLeftOut: 0 },
    citation: citationText(cited),
  }
}

/** Rows and hash of every table but the manifest itself. @param nameOf where a table stands */
export async function contentsOf(
  warehouse: Warehouse,
  nameOf: (table: (typeof EXTRACT_TABLES)[number]['name']) => string,
): Promise<Manifest['tables']> {
  const contents: Manifest['tables'] = {}
  for (const { name } of EXTRACT_TABLES) {
    if (name === 'manifest') continue
    const [found] = await warehouse.query<{ rows: number; hash: string }>(
      `select toFloat64(count()) as rows, lower(hex(sum(reinterpretAsUInt256(SHA256(toString(tuple(*))))))) as hash from ${nameOf(name)}`,
    )
    contents[name] = found!
  }
  return contents
}

/** The manifest as the table that stands beside the data. */
export async function writeManifest(warehouse: Warehouse, table: string, manifest: Manifest): Promise<void> {
  const lines = [...Object.entries(manifest), ['json', manifest] as const]
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
  await warehouse.command(`truncate table ${table}`)
  await warehouse.insert(
    table,
    lines.map(([item, value], position) => ({ position, item, value: text(value) })),
  )
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
