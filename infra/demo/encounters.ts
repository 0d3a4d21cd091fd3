import { dayAt } from './calendar.ts'
import { emptyRow, VARIANT } from './deliveries.ts'
import type { District } from './district.ts'
import { advisoryOn, sectionOn } from './district.ts'
import type { Effort } from './effort.ts'
import { Random } from './random.ts'
import { teamOfPair } from './teams.ts'
import { choiceOf, collaboration } from './traces/collaboration.ts'
import { contacts, MET, MET_GROUP, studentsMet } from './traces/contacts.ts'
import { help } from './traces/help.ts'
import { mentoring } from './traces/mentoring.ts'
import { smallGroups, studentsTaken } from './traces/small-groups.ts'
import type { Trace } from './traces/trace.ts'
import { idOf } from './week.ts'

/** What an encounter is; numbers of the column `kind`. */
export const ENCOUNTER = { met: 0, metGroup: 1, messaged: 2, askedHelp: 3, collaborated: 4 } as const

/** Contacts of one week as columns: a row for each student and record, as the records say once all have arrived. */
export type Encounters = {
  count: number
  /** Record of the week: rows of one record share it. */
  record: Uint32Array
  kind: Uint8Array
  /** UTC milliseconds of its end. */
  at: Float64Array
  /** Local day of the year, counted from the first Monday. */
  day: Uint16Array
  /** 0: not said. */
  minutes: Uint8Array
  student: Uint32Array
  /** Number of the adult in `plan.staff`, or, beyond those, in `plan.mentors`; −1: none. */
  adult: Int32Array
  /** The other student of a pair; −1: none. */
  peer: Int32Array
  /** Students present. */
  present: Uint8Array
  /** 1: the teacher made the pair. */
  assigned: Uint8Array
  /** Number in `plan.teams.list`; −1: no project team. */
  team: Int32Array
}

type Entry = { kind: number; students: readonly number[]; adult: number; assigned?: number; team?: number }

/**
 * The contacts that are planted in a week, without any record being written: what recovery tests of large districts read.
 * @param effort the week, of `planEffort`
 */
export function encountersOf(plan: District, effort: Effort): Encounters {
  const rows: number[][] = []
  let record = 0
  const random = new Random()
  const row = emptyRow()
  row.week = effort.week
  const readAll = (trace: Trace, entryOf: () => Entry) => {
    row.trace = trace.number
    row.ordinal = 0
    trace.layOut(plan, effort, new Random(), (at, who, a = 0, b = 0) => {
      Object.assign(row, { at, who, a, b })
      const { kind, students, adult, assigned = 0, team = -1 } = entryOf()
      const minutes = trace === help ? 0 : a
      const day = dayAt(plan.year, at)
      for (const student of students) {
        const peer = kind === ENCOUNTER.collaborated ? students.find(other => other !== student)! : -1
        rows.push([record, kind, at, day, minutes, student, adult, peer, students.length, assigned, team])
      }
      record++
      row.ordinal++
    })
  }
  const details = () => {
    idOf(plan, row, VARIANT.original, random)
    return random
  }
  readAll(contacts, () => contactOf(plan, row, details))
  readAll(help, () => {
    const { teacher } = plan.sections[sectionOn(plan, row.who, row.a, dayAt(plan.year, row.at))]!
    return { kind: ENCOUNTER.askedHelp, students: [row.who], adult: teacher }
  })
  readAll(collaboration, () => {
    const [a, b] = [plan.ties.a[row.who]!, plan.ties.b[row.who]!]
    const team = teamOfPair(plan.teams, plan.students.count, a, b, row.week)
    const choice = team < 0 ? choiceOf(details()) : plan.teams.list[team]!.choice
    return { kind: ENCOUNTER.collaborated, students: [a, b], adult: -1, assigned: choice === 'assigned' ? 1 : 0, team }
  })
  readAll(smallGroups, () => {
    const { teacher } = plan.smallGroups[row.who]!
    return { kind: ENCOUNTER.metGroup, students: studentsTaken(plan, row, details()), adult: teacher }
  })
  readAll(mentoring, () => ({ kind: ENCOUNTER.met, students: [row.who], adult: plan.staff.length + row.b }))
  return columnsOf(rows)
}

function contactOf(plan: District, row: ReturnType<typeof emptyRow>, details: () => Random): Entry {
  const group = row.b === MET_GROUP
  const students = group ? studentsMet(plan, row, details()) : [row.who]
  const advisory = group ? row.who : advisoryOn(plan, row.who, dayAt(plan.year, row.at))
  const kind = row.b === MET ? ENCOUNTER.met : group ? ENCOUNTER.metGroup : ENCOUNTER.messaged
  return { kind, students, adult: plan.advisories[advisory]!.adviser }
}

function columnsOf(rows: readonly number[][]): Encounters {
  const column = (i: number) => rows.map(row => row[i]!)
  return {
    count: rows.length,
    record: Uint32Array.from(column(0)),
    kind: Uint8Array.from(column(1)),
    at: Float64Array.from(column(2)),
    day: Uint16Array.from(column(3)),
    minutes: Uint8Array.from(column(4)),
    student: Uint32Array.from(column(5)),
    adult: Int32Array.from(column(6)),
    peer: Int32Array.from(column(7)),
    present: Uint8Array.from(column(8)),
    assigned: Uint8Array.from(column(9)),
    team: Int32Array.from(column(10)),
  }
}
