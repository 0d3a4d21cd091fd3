import { z } from 'zod'
import type { Role } from '../../schemas/record.ts'

/** A date that the calendar has. */
export const DateText = z.string().refine(isDate, { error: 'a date, YYYY-MM-DD' })

const Id = z.string().min(1).max(256)
/** Delta files only; empty in bulk files. */
const status = z.enum(['active', 'inactive', 'tobedeleted']).default('active')
const common = { sourcedId: Id, status }
const list = z
  .string()
  .default('')
  .transform(text =>
    text
      .split(',')
      .map(part => part.trim())
      .filter(Boolean),
  )

/** OneRoster 1.1 and 1.2, CSV binding: the columns that Homeroom reads; others may be there. Empty fields are absent. */
export const OrgRow = z.object({
  ...common,
  name: z.string().max(512),
  type: z.string(),
  parentSourcedId: z.string().optional(),
})

export const SessionRow = z.object({
  ...common,
  title: z.string().max(512).default(''),
  type: z.string().max(64),
  startDate: DateText,
  endDate: DateText,
  schoolYear: z.string().max(16).default(''),
})

export const CourseRow = z.object({ ...common, subjects: list, grades: list })

export const ClassRow = z.object({
  ...common,
  classCode: z.string().max(256).optional(),
  classType: z.enum(['homeroom', 'scheduled']),
  courseSourcedId: z.string().optional(),
  schoolSourcedId: Id,
  termSourcedIds: list,
  subjects: list,
  grades: list,
})

/** 1.1 has the role here; 1.2 in roles.csv. */
export const UserRow = z.object({
  ...common,
  role: z.string().optional(),
  username: z.string().max(512).optional(),
  userIds: z.string().default(''),
  givenName: z.string().max(256).default(''),
  familyName: z.string().max(256).default(''),
  identifier: z.string().max(512).optional(),
  email: z.string().max(320).optional(),
  grades: list,
})
export type UserRow = z.infer<typeof UserRow>

export const RoleRow = z.object({
  ...common,
  userSourcedId: Id,
  roleType: z.string().default('primary'),
  role: z.string(),
})

export const EnrollmentRow = z.object({
  ...common,
  classSourcedId: Id,
  schoolSourcedId: Id,
  userSourcedId: Id,
  role: z.string(),
  beginDate: DateText.optional(),
  endDate: DateText.optional(),
})

/** Columns without which a file cannot be used. */
export const REQUIRED: Record<string, readonly string[]> = {
  'orgs.csv': ['sourcedId', 'name', 'type'],
  'academicsessions.csv': ['sourcedId', 'type', 'startDate', 'endDate'],
  'courses.csv': ['sourcedId'],
  'classes.csv': ['sourcedId', 'classType', 'schoolSourcedId'],
  'users.csv': ['sourcedId'],
  'roles.csv': ['sourcedId', 'userSourcedId', 'role'],
  'enrollments.csv': ['sourcedId', 'classSourcedId', 'schoolSourcedId', 'userSourcedId', 'role'],
  'demographics.csv': ['sourcedId'],
}

const ROLES: Record<string, Role> = {
  student: 'student',
  teacher: 'teacher',
  administrator: 'staff',
  aide: 'staff',
  proctor: 'staff',
  principal: 'staff',
  counselor: 'staff',
  siteadministrator: 'staff',
  districtadministrator: 'staff',
  systemadministrator: 'staff',
  parent: 'family',
  guardian: 'family',
  relative: 'family',
}

/** Homeroom's role for a role of OneRoster 1.1 or 1.2; undefined for one that neither has. */
export const roleOf = (role: string): Role | undefined => ROLES[role.toLowerCase()]

export const ROLE_NAMES =
  'student, teacher, administrator, aide, proctor, principal, counselor, parent, guardian, relative'

/** Grades as OneRoster codes them, two digits where a number: `9` is `09`. */
export function gradeOf(grade: string | undefined): string {
  if (grade === undefined) return ''
  const text = grade.trim().toUpperCase().slice(0, 16)
  return /^\d$/.test(text) ? `0${text}` : text
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const date = new Date(`${text}T00:00:00.000Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
