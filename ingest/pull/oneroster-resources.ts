/** One collection of a OneRoster service, and the file of the CSV binding that holds the same. */
export type Resource = {
  /** In addresses, and of the array in answers. */
  name: string
  service: 'rostering' | 'gradebook'
  file: string
  /** Property of the JSON binding → column of the CSV binding. */
  columns: Readonly<Record<string, string>>
  /** Without it nothing can be loaded; the others a service need not offer. */
  isRequired: boolean
  /** Few, and referred to by much: fetched whole also by a delta. */
  isContext: boolean
}

const COMMON = { sourcedId: 'sourcedId', status: 'status', dateLastModified: 'dateLastModified' }

const resource = (
  name: string,
  kind: 'context' | 'required' | 'optional' | 'score',
  columns: Record<string, string>,
): Resource => ({
  name,
  service: kind === 'score' ? 'gradebook' : 'rostering',
  file: `${name}.csv`,
  columns: { ...COMMON, ...columns },
  isRequired: (kind === 'context' && name !== 'courses') || kind === 'required',
  isContext: kind === 'context',
})

const same = (...names: string[]): Record<string, string> => Object.fromEntries(names.map(name => [name, name]))

/**
 * What is fetched, in the order in which it is, and of it only what is read: addresses, telephone numbers and birth dates
 * are not asked for, and not kept if they come. OneRoster 1.1 and 1.2, REST and CSV bindings.
 */
export const RESOURCES: readonly Resource[] = [
  resource('orgs', 'context', { ...same('name', 'type', 'identifier'), parent: 'parentSourcedId' }),
  resource('academicSessions', 'context', {
    ...same('title', 'type', 'startDate', 'endDate', 'schoolYear'),
    parent: 'parentSourcedId',
  }),
  resource('courses', 'context', { ...same('title', 'courseCode', 'grades', 'subjects'), org: 'orgSourcedId' }),
  resource('classes', 'context', {
    ...same('title', 'grades', 'classCode', 'classType', 'subjects'),
    course: 'courseSourcedId',
    school: 'schoolSourcedId',
    terms: 'termSourcedIds',
  }),
  resource('users', 'required', {
    ...same('role', 'username', 'userIds', 'givenName', 'familyName', 'identifier', 'email', 'grades'),
    orgs: 'orgSourcedIds',
    // 1.2: becomes roles.csv.
    roles: '',
  }),
  resource('demographics', 'optional', {
    ...same(
      'sex',
      'americanIndianOrAlaskaNative',
      'asian',
      'blackOrAfricanAmerican',
      'nativeHawaiianOrOtherPacificIslander',
      'white',
      'demographicRaceTwoOrMoreRaces',
      'hispanicOrLatinoEthnicity',
    ),
  }),
  resource('enrollments', 'required', {
    ...same('role', 'primary', 'beginDate', 'endDate'),
    class: 'classSourcedId',
    school: 'schoolSourcedId',
    user: 'userSourcedId',
  }),
  resource('categories', 'score', same('title', 'weight')),
  resource('scoreScales', 'score', {
    ...same('title', 'type', 'scoreScaleValue'),
    course: 'courseSourcedId',
    class: 'classSourcedId',
  }),
  resource('lineItems', 'score', {
    ...same('title', 'assignDate', 'dueDate', 'resultValueMin', 'resultValueMax'),
    class: 'classSourcedId',
    school: 'schoolSourcedId',
    category: 'categorySourcedId',
    gradingPeriod: 'gradingPeriodSourcedId',
    academicSession: 'academicSessionSourcedId',
    scoreScale: 'scoreScaleSourcedId',
  }),
  resource('results', 'score', {
    ...same('scoreStatus', 'score', 'textScore', 'scoreDate', 'inProgress', 'incomplete', 'late', 'missing'),
    lineItem: 'lineItemSourcedId',
    student: 'studentSourcedId',
    class: 'classSourcedId',
    scoreScale: 'scoreScaleSourcedId',
  }),
  resource('assessmentLineItems', 'score', {
    ...same('title', 'resultValueMin', 'resultValueMax'),
    class: 'classSourcedId',
    parentAssessmentLineItem: 'parentAssessmentLineItemSourcedId',
    scoreScale: 'scoreScaleSourcedId',
  }),
  resource('assessmentResults', 'score', {
    ...same(
      'scoreStatus',
      'score',
      'textScore',
      'scoreDate',
      'scorePercentile',
      'inProgress',
      'incomplete',
      'late',
      'missing',
    ),
    assessmentLineItem: 'assessmentLineItemSourcedId',
    student: 'studentSourcedId',
    scoreScale: 'scoreScaleSourcedId',
  }),
]
