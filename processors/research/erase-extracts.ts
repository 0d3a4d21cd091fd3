import { RESEARCH } from '../publish/anonymity.ts'
import { contentsOf, writeManifest } from './extract-manifest.ts'
import { schoolsOf } from './extract-tables.ts'
import { extractDatabase, type ResearchDeps } from './extract.ts'
import { QUASI, SENSITIVE } from './generalise.ts'
import { studyKey, studyNames } from './study-key.ts'
import { listStudies, storeStudy, type Study } from './study.ts'

/** Rows of erased people in one table of one extract. */
export type HeldInExtract = { table: string; own: number; named: 0 }

const TABLES = ['students', 'weeks', 'growth'] as const
const SYNCHRONOUS = { mutations_sync: 1 }

/**
 * Where erased people stand in the extracts of studies. Changes nothing.
 * @param hashes `erasedHash` of each pseudonym of theirs: all that is left of them is enough
 */
export async function heldInExtracts(deps: ResearchDeps, hashes: readonly string[]): Promise<HeldInExtract[]> {
  const held: HeldInExtract[] = []
  for (const study of await withExtract(deps)) {
    const persons = await personsIn(deps, study, hashes)
    if (persons.length === 0) continue
    const extract = extractDatabase(deps.warehouse, study.study)
    for (const table of TABLES) {
      const [found] = await deps.warehouse.query<{ n: number }>(
        `select toFloat64(count()) as n from {extract:Identifier}.${table} where person in {persons:Array(String)}`,
        { extract, persons },
      )
      if (found!.n > 0) held.push({ table: `${extract}.${table}`, own: found!.n, named: 0 })
    }
  }
  return held
}

/**
 * Delete the rows of erased people from every extract, and those of the students whose group has become too small by it: what
 * is left has the k and l that it must have, and does not tell which of them was erased. The manifest says that it happened.
 * Safe to repeat.
 */
export async function eraseFromExtracts(deps: ResearchDeps, hashes: readonly string[], now: Date): Promise<void> {
  for (const study of await withExtract(deps)) {
    const persons = await personsIn(deps, study, hashes)
    if (persons.length === 0) continue
    const extract = extractDatabase(deps.warehouse, study.study)
    await deletePersons(deps, extract, persons)
    const alsoLeftOut = await deleteTooFew(deps, extract)
    await countSchools(deps, extract)
    await tellManifest(deps, study, extract, alsoLeftOut, now)
    // Last: a run that was cut off is repeated by these.
    await deps.warehouse.command(
      `alter table {identity:Identifier}.study_identifiers delete where study = {study:String}
         and lower(hex(person)) in {persons:Array(String)}`,
      { study: study.study, persons },
      SYNCHRONOUS,
    )
  }
}

/** Studies whose tables stand: also of one that was cut off between putting them in place and saying so. */
async function withExtract({ warehouse }: ResearchDeps): Promise<Study[]> {
  const found = await warehouse.query<{ database: string }>(
    `select database from system.tables where name = 'students'`,
  )
  const standing = new Set(found.map(({ database }) => database))
  return (await listStudies(warehouse)).filter(
    ({ study, deletedAt }) => deletedAt === null && standing.has(extractDatabase(warehouse, study)),
  )
}

/** Their pseudonyms in an extract, under whichever identifiers they were known when it was made. */
async function personsIn(
  { warehouse, secrets, district }: ResearchDeps,
  { study }: Study,
  hashes: readonly string[],
): Promise<string[]> {
  const versions = await warehouse.query<{ version: number }>(
    'select distinct version from {identity:Identifier}.study_identifiers where study = {study:String} order by version',
    { study },
  )
  const persons: string[] = []
  for (const { version } of versions) {
    const names = studyNames(studyKey(secrets.masterSecret, district, study, version), district)
    const found = await warehouse.query<{ person: string }>(
      `select distinct lower(hex(person)) as person from {identity:Identifier}.study_identifiers
       where study = {study:String} and version = {version:UInt16} and lower(hex(identifier)) in {identifiers:Array(String)}
       order by person`,
      { study, version, identifiers: hashes.map(names.identifier) },
    )
    persons.push(...found.map(({ person }) => person))
  }
  return persons
}

async function deletePersons({ warehouse }: ResearchDeps, extract: string, persons: readonly string[]): Promise<void> {
  for (const table of TABLES)
    await warehouse.command(
      `alter table {extract:Identifier}.${table} delete where person in {persons:Array(String)}`,
      { extract, persons },
      SYNCHRONOUS,
    )
}

/** @returns students who went because nine or fewer, or only such as are alike, were left of their group */
async function deleteTooFew(deps: ResearchDeps, extract: string): Promise<number> {
  const different = SENSITIVE.map(
    column =>
      `if((select uniqExact(${column}) from {extract:Identifier}.students) > 1, uniqExact(${column}), ${RESEARCH.l})`,
  )
  const found = await deps.warehouse.query<{ persons: string[] }>(
    `select groupArray(person) as persons from {extract:Identifier}.students group by ${QUASI.join(', ')}
     having count() < ${RESEARCH.k} or least(${different.join(', ')}) < ${RESEARCH.l}`,
    { extract },
  )
  const persons = found.flatMap(row => row.persons)
  if (persons.length > 0) await deletePersons(deps, extract, persons)
  return persons.length
}

async function countSchools({ warehouse }: ResearchDeps, extract: string): Promise<void> {
  await warehouse.command('truncate table {extract:Identifier}.schools', { extract })
  await warehouse.command(
    `insert into {extract:Identifier}.schools ${schoolsOf(table => `{extract:Identifier}.${table}`)}`,
    {
      extract,
    },
  )
}

async function tellManifest(
  { warehouse }: ResearchDeps,
  study: Study,
  extract: string,
  alsoLeftOut: number,
  now: Date,
): Promise<void> {
  if (study.manifest === null) return
  const { erasures, anonymity } = study.manifest
  const tables = await contentsOf(warehouse, table => `${extract}.${table}`)
  const [reached] = await warehouse.query<{ k: number; groups: number }>(
    `select toFloat64(min(n)) as k, toFloat64(count()) as groups
     from (select count() as n from {extract:Identifier}.students group by ${QUASI.join(', ')})`,
    { extract },
  )
  const manifest = {
    ...study.manifest,
    tables,
    students: tables.students!.rows,
    anonymity: { ...anonymity, k: reached!.groups === 0 ? null : reached!.k, groups: reached!.groups },
    erasures: {
      times: erasures.times + 1,
      lastOn: now.toISOString().slice(0, 10),
      alsoLeftOut: erasures.alsoLeftOut + alsoLeftOut,
    },
  }
  await writeManifest(warehouse, `${extract}.manifest`, manifest)
  await storeStudy(warehouse, { ...study, manifest })
}
