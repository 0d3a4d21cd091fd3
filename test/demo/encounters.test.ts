import { expect, test } from 'vitest'
import { emptyRow, VARIANT } from '../../infra/demo/deliveries.ts'
import { planDistrict, staffId, studentId } from '../../infra/demo/district.ts'
import { planEffort } from '../../infra/demo/effort.ts'
import { ENCOUNTER, encountersOf } from '../../infra/demo/encounters.ts'
import { teamId } from '../../infra/demo/teams.ts'
import { recordWriter, traceOf, weeksOf } from '../../infra/demo/week.ts'

const plan = planDistrict({ size: 150, seed: 7, timeZone: 'America/New_York' })
const KIND_OF: Record<number, string> = {
  [ENCOUNTER.met]: 'met',
  [ENCOUNTER.metGroup]: 'met',
  [ENCOUNTER.messaged]: 'messaged',
  [ENCOUNTER.askedHelp]: 'asked-help',
  [ENCOUNTER.collaborated]: 'collaborated',
}

type Sent = { at: string; kind: string; minutes?: number; choice?: string; team?: string; objectType?: string; participants: { id: string; role: string }[] } // prettier-ignore

/** What the interaction log was sent of contacts, a line for each student: from the bytes alone. */
function sentLines(): string[] {
  const write = recordWriter(plan)
  const row = emptyRow()
  const lines: string[] = []
  for (const { deliveries, order } of weeksOf(plan)) {
    for (const i of order) {
      if (deliveries.variant(i) !== VARIANT.original) continue
      const { source } = traceOf(deliveries.read(i, row))
      if (source !== 'advising') continue
      const {
        at,
        kind,
        minutes = 0,
        choice = '',
        team = '',
        participants,
      } = JSON.parse(write(row, VARIANT.original)) as Sent
      const students = participants.filter(({ role }) => role === 'student').map(({ id }) => id)
      const adult = participants.find(({ role }) => role !== 'student')?.id ?? ''
      for (const student of students) {
        const peer = kind === 'collaborated' ? students.find(id => id !== student)! : ''
        lines.push([Date.parse(at), kind, minutes, student, adult, peer, students.length, choice, team].join(' '))
      }
    }
  }
  return lines.sort()
}

test('the columns of encounters say what the sent records say, of every student and contact of the year', () => {
  const lines: string[] = []
  for (const week of plan.year.openWeeks) {
    const { count, kind, at, minutes, student, adult, peer, present, assigned, team } = encountersOf(
      plan,
      planEffort(plan, week),
    )
    for (let i = 0; i < count; i++) {
      const choice = kind[i] === ENCOUNTER.collaborated ? (assigned[i] ? 'assigned' : 'chosen') : ''
      const other = peer[i] === -1 ? '' : studentId(peer[i]!)
      const grown = adult[i] === -1 ? '' : (plan.mentors[adult[i]! - plan.staff.length]?.id ?? staffId(adult[i]!))
      const second = Math.floor(at[i]! / 1000) * 1000
      lines.push([second, KIND_OF[kind[i]!], minutes[i], studentId(student[i]!), grown, other, present[i], choice, team[i] === -1 ? '' : teamId(plan.teams, team[i]!)].join(' ')) // prettier-ignore
    }
  }
  expect(lines.length).toBeGreaterThan(10_000)
  expect(lines.sort()).toEqual(sentLines())
})
