import {
  arrowStream,
  boolColumn,
  dictionaryColumn,
  hexColumn,
  millisecondsColumn,
  numberColumn,
} from '../../infra/warehouse/arrow-batch.ts'
import { columnsOf, daysColumn, uint64Column, uint8Column } from '../../infra/warehouse/columns-of.ts'
import { readColumns } from '../../infra/warehouse/read-columns.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'
import { monthOf } from '../retired.ts'
import { touchSkillWeeks } from '../touched-skills.ts'
import { floatColumn } from './growth-tables.ts'

/** What is known of one student and skill: a row of `student_mastery`. */
export type KnownSkill = {
  student_id: string
  skill: string
  value: number
  responses: number
  mastered: boolean
  last_ms: number
}

/** A row of `student_skill_weeks`. `week`: Monday, days since 1970. */
export type GainedSkill = {
  student_id: string
  skill: string
  week: number
  gained: number
  responses: number
  newest_ms: number
}

/** Whose rows these are all: of some students, or of some skills. */
export type Scope = { students: readonly string[] } | { skills: readonly string[] }

/**
 * Make the stored rows of a scope those that are given: what is the same is not written again.
 *
 * @param rows.frozen months (YYYYMM) whose weeks stay as they are
 * @param rows.touch under which the changed weeks wait for their aggregates: what is stored is the same when it is computed
 * again after a crash, and nothing else would tell that its weeks have changed
 */
export async function storeMastery(
  warehouse: Warehouse,
  scope: Scope,
  rows: {
    known: readonly KnownSkill[]
    gained: readonly GainedSkill[]
    frozen: ReadonlySet<number>
    computed: string
    touch: bigint
  },
): Promise<void> {
  const { known, frozen, computed } = rows
  const isOpen = ({ week }: { week: number }): boolean => !frozen.has(monthOf(dayOf(week)))
  const skills = changesOf(known, await storedSkills(warehouse, scope), sameSkill)
  const weeks = changesOf(rows.gained.filter(isOpen), (await storedWeeks(warehouse, scope)).filter(isOpen), sameWeek)
  const changed = [...new Set(weeks.map(({ row }) => dayOf(row.week)))]
  if (changed.length > 0) await touchSkillWeeks(warehouse, changed, rows.touch)
  if (weeks.length > 0) await warehouse.insertArrow('student_skill_weeks', weeksStream(weeks, computed))
  if (skills.length > 0) await warehouse.insertArrow('student_mastery', skillsStream(skills, computed))
}

/** `2026-03-02`, from days since 1970. */
export const dayOf = (days: number): Day => new Date(days * 86_400_000).toISOString().slice(0, 10)

type Change<Row> = { row: Row; deleted: boolean }

const keyOf = ({ student_id, skill, week }: { student_id: string; skill: string; week?: number }): string =>
  `${student_id} ${week ?? ''} ${skill}`
const sameSkill = (a: KnownSkill, b: KnownSkill): boolean =>
  a.value === b.value && a.responses === b.responses && a.last_ms === b.last_ms && a.mastered === b.mastered
const sameWeek = (a: GainedSkill, b: GainedSkill): boolean =>
  a.gained === b.gained && a.responses === b.responses && a.newest_ms === b.newest_ms

function changesOf<Row extends { student_id: string; skill: string; week?: number }>(
  rows: readonly Row[],
  stored: readonly Row[],
  isSame: (a: Row, b: Row) => boolean,
): Change<Row>[] {
  const left = new Map(stored.map(row => [keyOf(row), row]))
  const changes: Change<Row>[] = []
  for (const row of rows) {
    const key = keyOf(row)
    const before = left.get(key)
    left.delete(key)
    if (before === undefined || !isSame(row, before)) changes.push({ row, deleted: false })
  }
  return [...changes, ...[...left.values()].map(row => ({ row, deleted: true }))]
}

const WITHIN = `(stored.skill in {skills:Array(String)} or stored.student_id in (select toFixedString(unhex(arrayJoin({students:Array(String)})), 32)))`
const within = (scope: Scope) => ({ skills: [], students: [], ...scope })

async function storedSkills(warehouse: Warehouse, scope: Scope): Promise<KnownSkill[]> {
  const { rows, floats, texts } = await readColumns(
    warehouse,
    `select lower(hex(student_id)) as student_id, toString(skill) as skill, value, toFloat64(responses) as responses,
       toUInt8(mastered) as mastered, toFloat64(toUnixTimestamp64Milli(last_at)) as last_ms
     from student_mastery as stored final where ${WITHIN}`,
    within(scope),
  )
  return Array.from({ length: rows }, (_, row) => ({
    student_id: texts('student_id')[row]!,
    skill: texts('skill')[row]!,
    value: floats('value')[row]!,
    responses: floats('responses')[row]!,
    mastered: floats('mastered')[row] === 1,
    last_ms: floats('last_ms')[row]!,
  }))
}

async function storedWeeks(warehouse: Warehouse, scope: Scope): Promise<GainedSkill[]> {
  const { rows, floats, texts } = await readColumns(
    warehouse,
    `select lower(hex(student_id)) as student_id, toString(skill) as skill, toFloat64(toRelativeDayNum(week)) as monday, gained,
       toFloat64(responses) as responses, toFloat64(toUnixTimestamp64Milli(newest)) as newest_ms
     from student_skill_weeks as stored final where ${WITHIN}`,
    within(scope),
  )
  return Array.from({ length: rows }, (_, row) => ({
    student_id: texts('student_id')[row]!,
    skill: texts('skill')[row]!,
    week: floats('monday')[row]!,
    gained: floats('gained')[row]!,
    responses: floats('responses')[row]!,
    newest_ms: floats('newest_ms')[row]!,
  }))
}

function skillsStream(changes: readonly Change<KnownSkill>[], computed: string): Uint8Array {
  const column = columnsOf(changes)
  return arrowStream(changes.length, [
    column(hexColumn, 'student_id', ({ row }) => row.student_id),
    column(dictionaryColumn, 'skill', ({ row }) => row.skill),
    column(floatColumn, 'value', ({ row }) => row.value),
    column(uint32Column, 'responses', ({ row }) => row.responses),
    column(boolColumn, 'mastered', ({ row }) => row.mastered),
    column(millisecondsColumn, 'last_at', ({ row }) => row.last_ms),
    column(uint64Column, 'computed', () => BigInt(computed)),
    column(uint8Column, 'deleted', ({ deleted }) => deleted),
  ])
}

function weeksStream(changes: readonly Change<GainedSkill>[], computed: string): Uint8Array {
  const column = columnsOf(changes)
  return arrowStream(changes.length, [
    column(daysColumn, 'week', ({ row }) => row.week),
    column(hexColumn, 'student_id', ({ row }) => row.student_id),
    column(dictionaryColumn, 'skill', ({ row }) => row.skill),
    column(floatColumn, 'gained', ({ row }) => row.gained),
    column(uint32Column, 'responses', ({ row }) => row.responses),
    column(millisecondsColumn, 'newest', ({ row }) => row.newest_ms),
    column(uint64Column, 'computed', () => BigInt(computed)),
    column(uint8Column, 'deleted', ({ deleted }) => deleted),
  ])
}

const uint32Column = (name: string, values: readonly number[]): ReturnType<typeof numberColumn> =>
  numberColumn(name, 'UInt32', Uint32Array.from(values))
