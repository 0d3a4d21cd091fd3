import { STREAM, Random } from './random.ts'
import type { School } from './schools.ts'
import type { Students } from './students.ts'

export const SUBJECTS = [
  { id: 'ela', title: 'English Language Arts', code: '01' },
  { id: 'math', title: 'Mathematics', code: '02' },
  { id: 'science', title: 'Science', code: '03' },
  { id: 'social', title: 'Social Studies', code: '04' },
] as const

const ADVISEES = 18
const CLASS_SIZE = 27

/** A home base: one adult, about 18 students. */
export type Advisory = { id: string; code: string; school: number; adviser: number; grades: number[] }
/** A scheduled class. */
export type Section = { id: string; code: string; school: number; grade: number; subject: number; teacher: number }
/** An adult. Every teacher of a school with enough advisories also advises one. */
export type Staff = { school: number; role: 'teacher' | 'administrator' }

export type Groups = {
  staff: Staff[]
  advisories: Advisory[]
  sections: Section[]
  /** Advisory of each student on the first day. */
  advisoryOf: Uint32Array
  /** Section of each student in each subject on the first day: student × 4 + subject. */
  sectionOf: Uint32Array
}

/** Staff, advisories within schools, and a class per subject for every student. */
export function planGroups(seed: number, schools: readonly School[], students: Students): Groups {
  const groups: Groups = {
    staff: [],
    advisories: [],
    sections: [],
    advisoryOf: new Uint32Array(students.count),
    sectionOf: new Uint32Array(students.count * SUBJECTS.length),
  }
  let first = 0
  for (const [index, school] of schools.entries()) {
    const advisories = Math.max(1, Math.round(school.size / ADVISEES))
    const teachers = Math.max(SUBJECTS.length, advisories)
    const firstTeacher = groups.staff.length
    for (let i = 0; i < teachers; i++) groups.staff.push({ school: index, role: 'teacher' })
    groups.staff.push({ school: index, role: 'administrator' })
    planAdvisories(groups, students, { index, school, first, firstTeacher, advisories })
    planSections(groups, students, new Random(), { seed, index, school, first, firstTeacher, teachers })
    first += school.size
  }
  return groups
}

type AdvisoryPlace = { index: number; school: School; first: number; firstTeacher: number; advisories: number }

function planAdvisories(groups: Groups, students: Students, place: AdvisoryPlace): void {
  const { index, school, first, firstTeacher, advisories } = place
  const firstAdvisory = groups.advisories.length
  for (let i = 0; i < advisories; i++) {
    const number = String(i + 1).padStart(2, '0')
    const id = `advisory-${school.id.slice(7)}-${number}`
    groups.advisories.push({ id, code: `HR-${number}`, school: index, adviser: firstTeacher + i, grades: [] })
  }
  for (let i = 0; i < school.size; i++) {
    const advisory = firstAdvisory + Math.floor((i * advisories) / school.size)
    groups.advisoryOf[first + i] = advisory
    const { grades } = groups.advisories[advisory]!
    const grade = students.grade[first + i]!
    if (!grades.includes(grade)) grades.push(grade)
  }
}

type SectionPlace = {
  seed: number
  index: number
  school: School
  first: number
  firstTeacher: number
  teachers: number
}

function planSections(groups: Groups, students: Students, random: Random, place: SectionPlace): void {
  const { seed, index, school, first, firstTeacher, teachers } = place
  for (let from = first; from < first + school.size;) {
    const grade = students.grade[from]!
    let to = from
    while (to < first + school.size && students.grade[to] === grade) to++
    for (let subject = 0; subject < SUBJECTS.length; subject++) {
      const firstSection = groups.sections.length
      const count = Math.max(1, Math.ceil((to - from) / CLASS_SIZE))
      // Teachers of a subject are every fourth one; they share its sections in turn.
      const ofSubject = Math.ceil((teachers - subject) / SUBJECTS.length)
      for (let i = 0; i < count; i++) {
        const code = `${SUBJECTS[subject]!.id.toUpperCase()}-${grade}-${i + 1}`
        const teacher = firstTeacher + subject + SUBJECTS.length * ((grade + i) % ofSubject)
        const id = `class-${school.id.slice(7)}-${code.toLowerCase()}`
        groups.sections.push({ id, code, school: index, grade, subject, teacher })
      }
      const order = shuffled(random.restart(seed, STREAM.sections, index * 16 + grade, subject), to - from)
      order.forEach((student, i) => {
        groups.sectionOf[(from + student) * SUBJECTS.length + subject] = firstSection + (i % count)
      })
    }
    from = to
  }
}

function shuffled(random: Random, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const kept = order[i]!
    order[i] = order[j]!
    order[j] = kept
  }
  return order
}
