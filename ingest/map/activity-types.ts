/** Types of activities that stand for a class. */
export const COURSE_TYPES: ReadonlySet<string> = new Set([
  'http://adlnet.gov/expapi/activities/course',
  'https://w3id.org/xapi/cmi5/activitytype/course',
  'http://id.tincanapi.com/activitytype/lms/course',
])

/** Types of activities that stand for a skill. */
export const SKILL_TYPES: ReadonlySet<string> = new Set([
  'http://adlnet.gov/expapi/activities/objective',
  'https://homeroom.example/xapi/activities/skill',
])
