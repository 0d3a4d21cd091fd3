import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import { rows } from '../../infra/warehouse/rows.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { QUASI } from './generalise.ts'
import { Manifest } from './manifest.ts'

const Day = z.iso.date()
const Slug = z
  .string()
  .regex(/^[a-z][a-z0-9_]{1,30}$/, 'expected 2 to 31 lower-case letters, digits and _, beginning with a letter')

/** Nobody decides today for whom it may concern then. */
const LONGEST_YEARS = 10

/** What an extract is made of, and what is given up last when it has to be said more coarsely. */
export const Terms = z.strictObject({
  /** First day and day after the last; not given: everything there is. */
  from: Day.default('1970-01-01'),
  to: Day.default('2149-06-01'),
  /** Demographic attribute of the roster that the study needs; empty: none. */
  group: z.string().max(64).default(''),
  /** Most needed first: columns are given up from the end. */
  order: z
    .array(z.enum(QUASI))
    .default([...QUASI])
    .refine(order => new Set(order).size === QUASI.length && order.length === QUASI.length, {
      error: `expected each of ${QUASI.join(', ')} once`,
    }),
  /** Tables of values that the study needs; another one is there, and empty: what is not given cannot be compared. */
  tables: z.array(z.enum(['weeks', 'growth'])).default(['weeks', 'growth']),
  /** Weeks of a student are shifted by up to so many, either way. */
  shiftWeeks: z.int().min(8).max(104).default(52),
  /** So many weeks are left out of each student's, some at the beginning, the others at the end. */
  skipWeeks: z.int().min(0).max(12).default(4),
})
export type Terms = z.infer<typeof Terms>

/** A study as its file says it. */
export const StudyPlan = z.strictObject({
  study: Slug,
  title: z.string().min(1).max(200),
  purpose: z.string().min(1).max(2000),
  /** Reference of the decision that allows it: of the board, or whoever decides. */
  approvedBy: z.string().min(1).max(200),
  /** Last day on which there is an extract. */
  endsOn: Day,
  terms: Terms.prefault({}),
})
export type StudyPlan = z.infer<typeof StudyPlan>

/** A study as it is stored. */
export type Study = StudyPlan & {
  createdAt: string
  /** Of the extract; 0: none was made. */
  version: number
  extractedAt: string | null
  /** The study has ended, and its extract is deleted. */
  deletedAt: string | null
  manifest: Manifest | null
}

/**
 * A study from what was typed or written.
 * @throws HomeroomError ARGUMENT_INVALID naming every fault
 */
export function studyPlan(said: unknown, today: string): StudyPlan {
  const parsed = StudyPlan.safeParse(said)
  const faults = parsed.success
    ? endFaults(parsed.data.endsOn, today)
    : parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'study'}: ${message}`)
  if (parsed.success && faults.length === 0) return parsed.data
  throw new HomeroomError('ARGUMENT_INVALID', `${faults.join('; ')}. No study was recorded`)
}

function endFaults(endsOn: string, today: string): string[] {
  const last = `${Number(today.slice(0, 4)) + LONGEST_YEARS}${today.slice(4)}`
  if (endsOn >= today && endsOn <= last) return []
  return [`endsOn: ${endsOn} is ${endsOn < today ? 'over' : 'too far away'}, expected ${today} to ${last}`]
}

/**
 * Record a study. What is recorded again is changed, as long as it has no extract.
 * @throws HomeroomError ARGUMENT_INVALID if it has one, or has ended: the terms of an extract stay what they were
 */
export async function recordStudy(warehouse: Warehouse, plan: StudyPlan, now: Date): Promise<Study> {
  const known = (await listStudies(warehouse)).find(({ study }) => study === plan.study)
  if (known && (known.deletedAt !== null || known.version > 0)) {
    const why = known.deletedAt === null ? 'has an extract, whose terms stay what they were' : 'has ended'
    throw new HomeroomError(
      'ARGUMENT_INVALID',
      `study ${plan.study} ${why}. Record another one under a name of its own`,
    )
  }
  const study: Study = {
    ...plan,
    createdAt: known?.createdAt ?? now.toISOString(),
    version: 0,
    extractedAt: null,
    deletedAt: null,
    manifest: null,
  }
  await storeStudy(warehouse, study)
  return study
}

export async function storeStudy(warehouse: Warehouse, study: Study): Promise<void> {
  const never = new Date(0).toISOString()
  await warehouse.insert(`${warehouse.identity}.studies`, [
    {
      study: study.study,
      title: study.title,
      purpose: study.purpose,
      approved_by: study.approvedBy,
      ends_on: study.endsOn,
      terms: JSON.stringify(study.terms),
      created_at: study.createdAt,
      version: study.version,
      extracted_at: study.extractedAt ?? never,
      deleted_at: study.deletedAt ?? never,
      manifest: study.manifest === null ? '' : JSON.stringify(study.manifest),
      ver: String(Date.now()),
    },
  ])
}

/** Every study, ended ones too, by name. */
export async function listStudies(warehouse: Warehouse): Promise<Study[]> {
  const found = rows(
    Row,
    await warehouse.query(
      `select study, title, purpose, approved_by, toString(ends_on) as ends, terms, toFloat64(toUnixTimestamp64Milli(created_at)) as created_ms,
         version, toFloat64(toUnixTimestamp64Milli(extracted_at)) as extracted_ms, toFloat64(toUnixTimestamp64Milli(deleted_at)) as deleted_ms, manifest
       from {identity:Identifier}.studies final order by study`,
    ),
  )
  const at = (ms: number): string | null => (ms === 0 ? null : new Date(ms).toISOString())
  return found.map(row => ({
    study: row.study,
    title: row.title,
    purpose: row.purpose,
    approvedBy: row.approved_by,
    endsOn: row.ends,
    terms: Terms.parse(JSON.parse(row.terms)),
    createdAt: new Date(row.created_ms).toISOString(),
    version: row.version,
    extractedAt: at(row.extracted_ms),
    deletedAt: at(row.deleted_ms),
    manifest: row.manifest === '' ? null : Manifest.parse(JSON.parse(row.manifest)),
  }))
}

/** @throws HomeroomError NOT_FOUND if there is none of that name, or it has ended */
export async function readStudy(warehouse: Warehouse, name: string): Promise<Study> {
  const found = (await listStudies(warehouse)).find(({ study }) => study === name)
  if (found && found.deletedAt === null) return found
  const what = found ? `study ${name} has ended, and its extract is deleted` : `there is no study ${name}`
  throw new HomeroomError('NOT_FOUND', `${what}; homeroom research list shows those there are`)
}

/**
 * A study whose extract may be made or taken along.
 * @param today in the district's time zone
 * @throws HomeroomError NOT_FOUND, also if its last day is over
 */
export async function standingStudy(warehouse: Warehouse, name: string, today: string): Promise<Study> {
  const study = await readStudy(warehouse, name)
  if (study.endsOn >= today) return study
  throw new HomeroomError(
    'NOT_FOUND',
    `study ${name} was approved until ${study.endsOn}, which is over. Nothing was done; homeroom research tidy deletes its extract`,
  )
}

const Row = z.object({
  study: z.string(),
  title: z.string(),
  purpose: z.string(),
  approved_by: z.string(),
  ends: z.string(),
  terms: z.string(),
  created_ms: z.number(),
  version: z.number(),
  extracted_ms: z.number(),
  deleted_ms: z.number(),
  manifest: z.string(),
})
