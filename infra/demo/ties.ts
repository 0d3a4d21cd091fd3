import type { SchoolYear } from './calendar.ts'
import type { Move } from './moves.ts'
import { STREAM, Random } from './random.ts'
import type { School } from './schools.ts'
import type { Students } from './students.ts'

/** Planted pairs who work together, each while both are in the same school: weeks [from, to). */
export type Ties = { count: number; a: Uint32Array; b: Uint32Array; from: Uint8Array; to: Uint8Array }

const WITHIN_BAND = 0.04
const ACROSS_BANDS = 0.012
/** The probabilities hold in a school of this size; others keep the number of ties per student and the ratio. */
const REFERENCE_SIZE = 280
const MAX_PROBABILITY = 0.9
/** A pair that shares fewer weeks plants nothing. */
const MIN_WEEKS = 4

type Member = { student: number; from: number; to: number }

/** Ties between students of one school: four prior bands, likelier within a band, none for the planted isolates. */
export function planTies(
  seed: number,
  year: SchoolYear,
  schools: readonly School[],
  students: Students,
  moves: readonly Move[],
): Ties {
  const found: [number, number, number, number][] = []
  const random = new Random()
  for (const [school, members] of membersOf(year, schools, students, moves).entries()) {
    random.restart(seed, STREAM.ties, 0, school)
    const scale = REFERENCE_SIZE / members.length
    for (let i = 0; i < members.length; i++) {
      const one = members[i]!
      for (let j = i + 1; j < members.length; j++) {
        const other = members[j]!
        const sameBand = students.band[one.student] === students.band[other.student]
        if (random.unit() >= Math.min(MAX_PROBABILITY, scale * (sameBand ? WITHIN_BAND : ACROSS_BANDS))) continue
        if (students.isolate[one.student] || students.isolate[other.student]) continue
        const from = Math.max(one.from, other.from)
        const to = Math.min(one.to, other.to)
        if (to - from >= MIN_WEEKS) found.push([one.student, other.student, from, to])
      }
    }
  }
  return {
    count: found.length,
    a: Uint32Array.from(found, tie => tie[0]),
    b: Uint32Array.from(found, tie => tie[1]),
    from: Uint8Array.from(found, tie => tie[2]),
    to: Uint8Array.from(found, tie => tie[3]),
  }
}

/** Who is in each school, in which weeks; nobody in both during the week of a move. */
function membersOf(
  year: SchoolYear,
  schools: readonly School[],
  students: Students,
  moves: readonly Move[],
): Member[][] {
  const members: Member[][] = schools.map(() => [])
  const moveOf = new Map(moves.map(move => [move.student, move]))
  for (let student = 0; student < students.count; student++) {
    const move = moveOf.get(student)
    const to = move ? Math.floor(move.day / 7) : year.weeks
    members[students.school[student]!]!.push({ student, from: 0, to })
  }
  for (const { student, day, school } of moves) {
    members[school]!.push({ student, from: Math.floor(day / 7) + 1, to: year.weeks })
  }
  return members
}
