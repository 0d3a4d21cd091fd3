import { erasedHash } from '../../infra/erased.ts'
import { HomeroomError } from '../../infra/errors.ts'
import type { Secrets } from '../../infra/secrets.ts'
import { hexColumn, hexUint64Column, int64Column, arrowStream, textColumn } from '../../infra/warehouse/arrow-batch.ts'
import { readColumns } from '../../infra/warehouse/read-columns.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Params, Warehouse } from '../../infra/warehouse/warehouse.ts'
import { writeCodebook, researchDatabase } from './codebook.ts'
import { createTable, EXTRACT_TABLES, schoolsOf, unfinished } from './extract-tables.ts'
import { forgetIdentifiers, rememberIdentifiers } from './extract-identifiers.ts'
import { extractManifest, writeManifest } from './extract-manifest.ts'
import { generalise, QUASI, SENSITIVE, type Alike, type Generalised, type Quasi } from './generalise.ts'
import { studyKey, studyNames, type StudyNames } from './study-key.ts'
import { storeStudy, type Study } from './study.ts'

/** What making and keeping extracts needs. */
export type ResearchDeps = { warehouse: Warehouse; secrets: Pick<Secrets, 'masterSecret'>; district: string }

/** Tables that hold a district's pseudonyms beside an extract's, in memory only and no longer than it takes to make it. */
const WORK_TABLES = ['facts', 'people', 'recoded', 'students', 'units'].map(name => `extracting_${name}`)
const PEOPLE_AT_ONCE = 20_000

const FACTS = sql(new URL('./study-facts.sql', import.meta.url))
const CAPS = sql(new URL('./study-caps.sql', import.meta.url))
const WEEKS = sql(new URL('./study-weeks.sql', import.meta.url))
const UNITS = sql(new URL('./study-units.sql', import.meta.url))
const GROWTH = sql(new URL('./study-growth.sql', import.meta.url))

/** The database of a study's extract: `research_<study>`. */
export const extractDatabase = (warehouse: Pick<Warehouse, 'database'>, study: string): string =>
  `${researchDatabase(warehouse)}_${study}`

/**
 * Make the extract of a study: the next version, under a key of its own, in the place of the one before.
 *
 * Memory grows with the number of students (some 300 bytes each), not of their weeks, which are copied month by month.
 * Two at once must be kept apart by who calls.
 *
 * @param tell hears what is being done
 * @returns the study with its version and manifest
 * @throws HomeroomError ARGUMENT_INVALID if nobody is left once groups are large enough; INTERNAL if what was made does not have the
 *   k and l that it must have. Either way the earlier extract stands
 */
export async function makeExtract(
  deps: ResearchDeps,
  study: Study,
  now: Date,
  tell: (what: string) => void = () => undefined,
): Promise<Study> {
  const { warehouse, secrets, district } = deps
  const version = study.version + 1
  const names = studyNames(studyKey(secrets.masterSecret, district, study.study, version), district)
  try {
    await dropUnfinished(warehouse)
    tell('Students')
    const generalised = await describeStudents(warehouse, study, names)
    for (const table of EXTRACT_TABLES) await warehouse.command(createTable(table))
    await fillStudents(warehouse, study)
    const needs = new Set(study.terms.tables)
    const most = needs.has('weeks') ? await fillWeeks(warehouse, study, tell) : {}
    tell('Growth and schools')
    const steps = needs.has('growth') ? await fillGrowth(warehouse, study) : []
    await warehouse.command(`insert into ${unfinished('schools')} ${schoolsOf(unfinished)}`)
    await inOneOrder(warehouse)
    await proveAnonymity(warehouse)
    const made = { ...study, version, extractedAt: now.toISOString() }
    const manifest = await extractManifest({ warehouse, district, study: made, generalised, most, steps })
    await writeManifest(warehouse, unfinished('manifest'), manifest)
    tell('Identifiers')
    await rememberIdentifiers(warehouse, { study: study.study, version, names })
    await putInPlace(warehouse, study.study)
    const done: Study = { ...made, manifest }
    await storeStudy(warehouse, done)
    await forgetIdentifiers(warehouse, study.study, { but: version })
    return done
  } finally {
    await dropUnfinished(warehouse)
  }
}

/** Drop what making an extract leaves behind when it is cut off; whoever calls sees to it that none is being made. */
export async function dropUnfinished(warehouse: Pick<Warehouse, 'command'>): Promise<void> {
  for (const table of [...WORK_TABLES, ...EXTRACT_TABLES.map(({ name }) => unfinished(name))])
    await warehouse.command(`drop table if exists ${table} sync`)
}

const rangeOf = ({ terms }: Study): Params => ({ from: terms.from, to: terms.to })
const COLUMNS = QUASI.map(column => (column === 'school' ? 'school_id' : column))

/** Everybody whom the extract could tell of, under its names, with as coarse words as it takes. */
async function describeStudents(warehouse: Warehouse, study: Study, names: StudyNames): Promise<Generalised> {
  await warehouse.command(`create table extracting_facts engine = Memory as ${FACTS}`, {
    ...rangeOf(study),
    group: study.terms.group,
  })
  const found = await warehouse.query<Alike & { school_id: string }>(
    `select ${[...COLUMNS, ...SENSITIVE].join(', ')}, toFloat64(count()) as students from extracting_facts
     group by all order by all`,
  )
  const alike = found.map(row => ({
    ...row,
    school: row.school_id === 'not known' ? row.school_id : names.school(row.school_id),
  }))
  const generalised = generalise(alike, study.terms.order)
  if (generalised.kept === 0)
    throw new HomeroomError(
      'ARGUMENT_INVALID',
      `study ${study.study}: of ${generalised.dropped} students none is in a group of 10 who differ in what is sensitive, whatever is given up. No extract was made`,
    )
  const recoded = new Map<string, object>()
  found.forEach((row, at) => {
    const said = generalised.said[at]
    const from = COLUMNS.map(column => row[column as Exclude<Quasi, 'school'>])
    if (said) recoded.set(JSON.stringify(from), { ...pick(row), ...renamed(said) })
  })
  const types = [...COLUMNS, ...QUASI.map(column => `said_${column}`)].map(column => `${column} String`)
  await warehouse.command(`create table extracting_recoded (${types.join(', ')}) engine = Memory`)
  await warehouse.insert('extracting_recoded', [...recoded.values()])
  await nameStudents(warehouse, study, names)
  return generalised
}

const pick = (row: Record<string, unknown>): object => Object.fromEntries(COLUMNS.map(column => [column, row[column]]))
const renamed = (said: Record<Quasi, string>): object =>
  Object.fromEntries(QUASI.map(column => [`said_${column}`, said[column]]))

async function nameStudents(warehouse: Warehouse, { terms }: Study, names: StudyNames): Promise<void> {
  await warehouse.command(
    'create table extracting_people (student_id FixedString(32), person String, seed UInt64, shift_weeks Int64, skip_weeks Int64) engine = Memory',
  )
  const students = (
    await readColumns(warehouse, 'select lower(hex(student_id)) as student from extracting_facts')
  ).texts('student')
  for (let from = 0; from < students.length; from += PEOPLE_AT_ONCE) {
    const some = students.slice(from, from + PEOPLE_AT_ONCE)
    const hashes = some.map(erasedHash)
    const blurs = hashes.map(hash => names.blur(hash, terms))
    const columns = [
      hexColumn('student_id', some),
      textColumn('person', hashes.map(names.person)),
      hexUint64Column('seed', blurs.map(({ seed }) => seed)),
      int64Column('shift_weeks', blurs.map(({ shiftWeeks }) => shiftWeeks)),
      int64Column('skip_weeks', blurs.map(({ skipWeeks }) => skipWeeks)),
    ] // prettier-ignore
    await warehouse.insertArrow('extracting_people', arrowStream(some.length, columns))
  }
  const same = COLUMNS.map(column => `r.${column} = f.${column}`).join(' and ')
  await warehouse.command(
    `create table extracting_students engine = Memory as
     select p.student_id as student_id, p.person as person, p.seed as seed, p.shift_weeks as shift_weeks, p.skip_weeks as skip_weeks,
       f.weeks as weeks, ${SENSITIVE.map(column => `f.${column} as ${column}`).join(', ')},
       ${QUASI.map(column => `r.said_${column} as ${column}`).join(', ')}
     from extracting_facts as f
     inner join extracting_people as p on p.student_id = f.student_id
     inner join extracting_recoded as r on ${same}`,
  )
}

async function fillStudents(warehouse: Warehouse, { terms }: Study): Promise<void> {
  await warehouse.command(
    `insert into ${unfinished('students')} select person, school, school_level, grade_band, band, gender, demographic, absence,
       adult_contact, growth, toUInt16({told:Bool} * greatest(0, toInt32(length(weeks)) - {skipped:Int32})) as weeks
     from extracting_students`,
    { skipped: terms.skipWeeks, told: terms.tables.includes('weeks') },
  )
}

/** @returns what each top-coded column is said as at most */
async function fillWeeks(
  warehouse: Warehouse,
  study: Study,
  tell: (what: string) => void,
): Promise<Record<string, number>> {
  const range = rangeOf(study)
  const [most] = await warehouse.query<Record<string, number>>(CAPS, range)
  const months = await warehouse.query<{ month: number; first: string }>(
    `select toUInt32(toYYYYMM(week)) as month, toString(min(min(week)) over ()) as first
     from extracting_students array join weeks as week group by month order by month`,
  )
  for (const { month, first } of months) {
    tell(`Weeks of ${month}`)
    await warehouse.command(`insert into ${unfinished('weeks')} ${WEEKS}`, {
      ...range,
      month,
      first,
      skipped: study.terms.skipWeeks,
      most_effort: most!.effort_minutes,
      most_adults: most!.adults,
      most_ties: most!.peer_ties,
      most_adult_minutes: most!.adult_minutes,
      most_peer_minutes: most!.peer_minutes,
    })
  }
  return most!
}

export type Steps = { test: string; subject: string; score: number; slope: number }[]

async function fillGrowth(warehouse: Warehouse, study: Study): Promise<Steps> {
  const range = rangeOf(study)
  await warehouse.command(`create table extracting_units engine = Memory as ${UNITS}`, range)
  await warehouse.command(`insert into ${unfinished('growth')} ${GROWTH}`, range)
  return warehouse.query<Steps[number]>(
    'select test, subject, score_step as score, slope_step as slope from extracting_units order by test, subject',
  )
}

/**
 * Rows in the order of their pseudonyms, in one part each: weeks are filled month by month, and parts, of which every row says
 * its own (`_part`), would tell the true month.
 */
async function inOneOrder(warehouse: Warehouse): Promise<void> {
  for (const table of EXTRACT_TABLES.filter(({ name }) => name !== 'manifest').map(({ name }) => unfinished(name))) {
    await warehouse.command(`optimize table ${table} final`)
    const [found] = await warehouse.query<{ parts: number }>(
      `select toFloat64(uniqExact(_part)) as parts from ${table}`,
    )
    if (found!.parts > 1)
      throw new HomeroomError(
        'INTERNAL',
        `${table} lies in ${found!.parts} parts, expected one: they would tell the order in which it was filled. No extract was made`,
      )
  }
}

/** Counted anew in what was made, by other means than it was made by. */
async function proveAnonymity(warehouse: Warehouse): Promise<void> {
  const table = unfinished('students')
  const diverse = SENSITIVE.map(
    column => `if((select uniqExact(${column}) from ${table}) > 1, uniqExact(${column}), 2) >= 2`,
  )
  const unsafe = await warehouse.query<{ students: number }>(
    `select toFloat64(count()) as students from ${table} group by ${QUASI.join(', ')}
     having count() < 10 or not (${diverse.join(' and ')})`,
  )
  if (unsafe.length > 0)
    throw new HomeroomError(
      'INTERNAL',
      `${unsafe.length} groups of the extract are too small or too alike, the smallest of ${Math.min(...unsafe.map(({ students }) => students))} students. No extract was made`,
    )
}

async function putInPlace(warehouse: Warehouse, study: string): Promise<void> {
  const database = extractDatabase(warehouse, study)
  await warehouse.command('create database if not exists {extract:Identifier}', { extract: database })
  for (const { name } of EXTRACT_TABLES)
    await warehouse.command(`drop table if exists {extract:Identifier}.${name} sync`, { extract: database })
  const moves = EXTRACT_TABLES.map(({ name }) => `${unfinished(name)} to {extract:Identifier}.${name}`)
  await warehouse.command(`rename table ${moves.join(', ')}`, { extract: database })
  await writeCodebook(warehouse, database)
}
