import { staffId, studentId, type District } from '../../infra/demo/district.ts'
import { planEffort } from '../../infra/demo/effort.ts'
import { ENCOUNTER, encountersOf } from '../../infra/demo/encounters.ts'
import type { Kind, LearningRecord, Participant } from '../../schemas/record.ts'
import { aRecord } from './records.ts'

const MINUTE_MS = 60_000

/**
 * The contacts of a week of the demo district as the log would hold them.
 * @param idOf pseudonym of a sourcedId, or of a mentor's id
 */
export function encounterRecords(of: District, at: number, idOf: (id: string) => string): LearningRecord[] {
  const found = encountersOf(of, planEffort(of, at))
  const rows = Map.groupBy(
    Array.from({ length: found.count }, (_, i) => i),
    i => found.record[i]!,
  )
  return [...rows.values()].map(([first, ...rest]): LearningRecord => {
    const i = first!
    const students = [i, ...rest].map((j): Participant => ({
      id: idOf(studentId(found.student[j]!)),
      role: 'student',
    }))
    const adult = found.adult[i]!
    const adults: Participant[] =
      adult < 0 ? [] : [{ id: idOf(adultId(of, adult)), role: adult < of.staff.length ? 'teacher' : 'mentor' }]
    const [actor, ...counterparts] =
      KINDS[found.kind[i]!] === 'met' ? [...adults, ...students] : [...students, ...adults]
    const record = aRecord({
      at: new Date(found.at[i]!).toISOString(),
      kind: KINDS[found.kind[i]!]!,
      hash: '0'.repeat(16),
      ...(found.kind[i] === ENCOUNTER.collaborated && { choice: found.assigned[i] ? 'assigned' : 'chosen' }),
      ...(found.minutes[i]! > 0 && { durationMs: found.minutes[i]! * MINUTE_MS }),
    })
    return { ...record, actor: actor!, counterparts }
  })
}

const adultId = (of: District, adult: number): string => of.mentors[adult - of.staff.length]?.id ?? staffId(adult)

const KINDS: Record<number, Kind> = {
  [ENCOUNTER.met]: 'met',
  [ENCOUNTER.metGroup]: 'met',
  [ENCOUNTER.messaged]: 'messaged',
  [ENCOUNTER.askedHelp]: 'asked-help',
  [ENCOUNTER.collaborated]: 'collaborated',
}
