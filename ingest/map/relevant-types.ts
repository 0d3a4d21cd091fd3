import { Role } from '../../schemas/record.ts'

// The standard names no types of its own, and profiles are few: so the last word of the IRI decides, one line a role.
const WORDS: Partial<Record<Role, string>> = {
  student: 'student learner pupil peer participant classmate tutee mentee',
  teacher: 'teacher instructor lecturer professor educator facilitator trainer co-teacher substitute',
  adviser: 'adviser advisor counselor counsellor homeroom-teacher form-tutor',
  tutor: 'tutor tutoring',
  'virtual-tutor': 'virtual-tutor ai-tutor intelligent-tutor pedagogical-agent chatbot',
  mentor: 'mentor coach role-model',
  staff: 'staff administrator principal aide assistant paraprofessional nurse librarian',
  family: 'family parent guardian mother father caregiver sibling',
  community: 'community volunteer employer partner',
}
const ROLES: ReadonlyMap<string, Role> = new Map([
  ...Role.options.map(role => [role, role] as const),
  ...Object.entries(WORDS).flatMap(([role, words]) => words.split(' ').map(word => [word, role as Role] as const)),
])

/**
 * What `relevantTypes` of a context agent or group (xAPI 2.0.0) say of who it is: the role that the last word of the first
 * known IRI names (`https://example.org/types/Tutor` → tutor); otherwise `unknown`, and the roster knows.
 */
export function roleOfTypes(types: readonly string[] | undefined): Role {
  for (const type of types ?? []) {
    const role = ROLES.get(lastWord(type))
    if (role !== undefined && role !== 'unknown') return role
  }
  return 'unknown'
}

/** Whether one of the types says that the group is the actor's team. */
export const isTeam = (types: readonly string[] | undefined): boolean =>
  types !== undefined && types.some(type => lastWord(type) === 'team')

// camelCase, snake_case and kebab-case are one word's spellings.
const lastWord = (iri: string): string =>
  iri
    .replace(/(?<![/#:])[/#:]+$/, '')
    .replace(/^.*[/#:]/s, '')
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase()
