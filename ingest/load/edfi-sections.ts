/** A section as references to it say: its class id, and what can be shown of it. */
export type Section = { id: string; school: string; label: string }

const KEY = ['schoolId', 'schoolYear', 'sessionName', 'localCourseCode', 'sectionIdentifier'] as const

/** The section that an object refers to; null if it refers to none, or not to all of it. */
export function sectionOf(values: Record<string, string>, reference = 'sectionReference'): Section | null {
  const parts = KEY.map(name => values[`${reference}.${name}`])
  if (parts.some(part => part === undefined)) return null
  return { id: parts.join('|').slice(0, 256), school: parts[0]!, label: parts[4]! }
}
