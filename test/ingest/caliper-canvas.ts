type Json = Record<string, unknown>

const CANVAS = 'com.instructure.canvas'
const user = (id: string, said: Json = {}): Json => ({
  id: `urn:instructure:canvas:user:${id}`,
  type: 'Person',
  extensions: { [CANVAS]: { user_login: `${id}@example.org`, user_sis_id: `sis-${id}`, entity_id: id, ...said } },
})
const thing = (kind: string, type: string, more: Json = {}): Json => ({
  id: `urn:instructure:canvas:${kind}:21070000000000144`,
  type,
  extensions: { [CANVAS]: { entity_id: '21070000000000144' } },
  ...more,
})
const submission = thing('submission', 'Attempt', {
  assignee: { id: 'urn:instructure:canvas:user:7', type: 'Person' },
  assignable: { id: 'urn:instructure:canvas:assignment:355', type: 'AssignableDigitalResource' },
})
const program = { id: 'http://lms.instructure.com/', type: 'SoftwareApplication' }

/**
 * Live events of Canvas in their Caliper form: name, type, action, object, what else differs, and the kind that they are of.
 * Shaped as its documentation shows them (developer documentation, "Live Events", event format Caliper); the values are ours.
 */
export const canvasEvents: readonly [
  name: string,
  type: string,
  action: string,
  object: Json,
  more: Json,
  kind: string,
][] = [
  ['asset_accessed', 'NavigationEvent', 'NavigatedTo', thing('course', 'Entity', { name: 'quizzes' }), {}, 'viewed'],
  [
    'asset_accessed by nobody',
    'NavigationEvent',
    'NavigatedTo',
    thing('attachment', 'Entity'),
    { actor: program },
    'viewed',
  ],
  [
    'assignment_created',
    'Event',
    'Created',
    thing('assignment', 'AssignableDigitalResource', { dateToSubmit: '2026-03-09T05:59:59.000Z', maxScore: 100 }),
    {},
    'noted',
  ],
  ['assignment_override_created', 'Event', 'Created', thing('assignmentOverride', 'Entity'), {}, 'noted'],
  [
    'attachment_created',
    'Event',
    'Created',
    thing('attachment', 'Document', { mediaType: 'text/csv' }),
    {},
    'collaborated',
  ],
  ['attachment_deleted', 'Event', 'Deleted', thing('attachment', 'Document'), {}, 'noted'],
  ['course_created', 'Event', 'Created', thing('course', 'CourseOffering'), {}, 'noted'],
  [
    'discussion_entry_created',
    'MessageEvent',
    'Posted',
    thing('discussionEntry', 'Message', { body: '<p>Yes</p>', isPartOf: thing('discussion', 'Thread') }),
    {},
    'collaborated',
  ],
  ['discussion_topic_created', 'ThreadEvent', 'Created', thing('discussion', 'Thread'), {}, 'collaborated'],
  ['enrollment_created', 'Event', 'Created', thing('enrollment', 'Entity'), {}, 'noted'],
  [
    'grade_change',
    'GradeEvent',
    'Graded',
    submission,
    {
      generated: thing('submission', 'Score', {
        attempt: submission,
        maxScore: 10,
        scoreGiven: 8,
        scoredBy: 'urn:instructure:canvas:user:9',
      }),
    },
    'scored',
  ],
  [
    'group_created',
    'Event',
    'Created',
    thing('group', 'Group', { isPartOf: thing('groupCategory', 'Entity') }),
    {},
    'noted',
  ],
  [
    'group_membership_created',
    'Event',
    'Created',
    thing('groupMembership', 'Membership', { member: user('7'), organization: thing('group', 'Group') }),
    {},
    'noted',
  ],
  [
    'logged_in',
    'SessionEvent',
    'LoggedIn',
    { ...program, extensions: { [CANVAS]: { redirect_url: 'https://lms.instructure.com/' } } },
    {},
    'noted',
  ],
  ['logged_out', 'SessionEvent', 'LoggedOut', program, {}, 'noted'],
  [
    'quiz_submitted',
    'AssessmentEvent',
    'Submitted',
    { ...submission, assignable: { id: 'urn:instructure:canvas:quiz:2', type: 'Assessment' } },
    {},
    'completed',
  ],
  ['submission_created', 'AssignableEvent', 'Submitted', { ...submission, count: 12, body: 'Text' }, {}, 'completed'],
  [
    'submission_updated',
    'Event',
    'Modified',
    { ...submission, dateModified: '2026-03-02T13:00:00.000Z' },
    {},
    'completed',
  ],
  [
    'syllabus_updated',
    'Event',
    'Modified',
    thing('syllabus', 'Document', { creators: [user('9')] }),
    {},
    'collaborated',
  ],
  ['user_account_association_created', 'Event', 'Created', thing('account', 'Entity'), { session: undefined }, 'noted'],
  ['wiki_page_updated', 'Event', 'Modified', thing('wikiPage', 'Page', { name: 'Fractions' }), {}, 'collaborated'],
]

/** The envelope as Canvas sends it: one event in each. */
export function canvasEnvelope([, type, action, object, more]: (typeof canvasEvents)[number], id: string): Json {
  const course = thing('course', 'CourseOffering')
  const event = {
    '@context': 'http://purl.imsglobal.org/ctx/caliper/v1p1',
    id: `urn:uuid:${id}`,
    type,
    actor: user('7'),
    action,
    object,
    eventTime: '2026-03-02T13:59:00.150Z',
    referrer: 'https://lms.instructure.com/courses/565/quizzes?filter=[a|b]',
    edApp: program,
    group: course,
    membership: {
      id: `${course.id as string}:Learner:7`,
      type: 'Membership',
      member: { id: 'urn:instructure:canvas:user:7', type: 'Person' },
      organization: { id: course.id, type: 'CourseOffering' },
      roles: ['Learner'],
    },
    session: { id: 'urn:instructure:canvas:session:ef686f8ed684', type: 'Session' },
    extensions: { [CANVAS]: { hostname: 'lms.instructure.com', client_ip: '93.184.216.34', version: '1.0.0' } },
    ...more,
  }
  const dataVersion = 'http://purl.imsglobal.org/ctx/caliper/v1p1'
  return { sensor: 'http://lms.instructure.com/', sendTime: '2026-03-02T14:00:00.000Z', dataVersion, data: [event] }
}
