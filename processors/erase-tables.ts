/** A column that names people by pseudonym, and what erasing a person does to its rows. */
export type PersonColumn = {
  table: string
  /** In the identity database. */
  identity?: true
  column: string
  /**
   * `own`: the row is the person's, and goes. `named`: it is somebody else's; `ERASED` takes the person's place in it.
   * `listed`: the same, of an array. `unit`: the same, of an array of texts `student:<pseudonym>`. `text`: the same, of digits that may be something
   * else. `scope`: an account's, in JSON; that of the person goes.
   */
  is: 'own' | 'named' | 'listed' | 'unit' | 'text' | 'scope'
}

const of = (table: string, columns: Record<string, PersonColumn['is']>): PersonColumn[] =>
  Object.entries(columns).map(([column, is]) => ({ table, column, is }))

const ofIdentity = (table: string, column: string): PersonColumn => ({ table, column, identity: true, is: 'own' })

/**
 * Every column of every table that names people. A test compares it with the tables: a column of pseudonyms that stands
 * neither here nor in `NOT_PEOPLE` fails it.
 */
export const PERSON_COLUMNS: readonly PersonColumn[] = [
  ...of('events', { person_id: 'own', counterparts: 'listed', object: 'text' }),
  ...of('record_index', { person_id: 'named' }),
  ...of('originals', { actor: 'own', agents: 'listed', related_agents: 'listed' }),
  ...of('touched', { person_id: 'own' }),
  ...of('student_week', { student_id: 'own' }),
  ...of('student_engagement', { student_id: 'own' }),
  ...of('persons', { person_id: 'own' }),
  ...of('enrolments', { person_id: 'own' }),
  ...of('person_of', { identifier: 'own', person_id: 'own' }),
  // What was said of somebody else's identifier is kept before (`erase.ts`): it stays contested.
  ...of('aliases', { node: 'own', other: 'own', decided_by: 'named' }),
  ...of('merged_persons', { person_id: 'own', into_id: 'own' }),
  ...of('contested', { identifier: 'own', persons: 'listed' }),
  ...of('survey_responses', { person_id: 'own', student_id: 'own' }),
  ...of('survey_answers', { person_id: 'own', student_id: 'own' }),
  ...of('scores', { student_id: 'own', teacher_id: 'named' }),
  ...of('score_cohorts_left', { student_id: 'own' }),
  ...of('touched_scores', { student_id: 'own' }),
  ...of('window_scores', { student_id: 'own' }),
  ...of('student_growth', { student_id: 'own' }),
  ...of('student_trajectories', { student_id: 'own' }),
  ...of('touched_skills', { person_id: 'own' }),
  ...of('student_mastery', { student_id: 'own' }),
  ...of('student_skill_weeks', { student_id: 'own' }),
  ...of('tie_weeks', { student_id: 'own', others: 'listed' }),
  ...of('flow_weeks', { student_id: 'own' }),
  ...of('student_connectedness', { student_id: 'own', adults: 'listed', advisers: 'listed', peers: 'listed' }),
  ...of('adviser_load', { adviser_id: 'own' }),
  ...of('plans', { student_id: 'own' }),
  ...of('goals', { student_id: 'own' }),
  ...of('choices', { student_id: 'own' }),
  ...of('reflections', { student_id: 'own' }),
  ...of('conversations', { student_id: 'own', author_id: 'named' }),
  ...of('alarm_weeks', { student_id: 'own' }),
  ...of('alarms', { student_id: 'own' }),
  ...of('alarm_answers', { student_id: 'own', author_id: 'named' }),
  ...of('alarm_notices', { student_id: 'own' }),
  ...of('annotations', { author_id: 'named' }),
  ...of('student_flags', { student_id: 'own' }),
  ...of('scheduled_meetings', { people: 'listed' }),
  ...of('audit', { units: 'unit' }),
  ofIdentity('people', 'person_id'),
  ofIdentity('agents', 'identifier'),
  ofIdentity('salts', 'identifier'),
  ofIdentity('survey_links', 'person_id'),
  ofIdentity('survey_links', 'student_id'),
  ofIdentity('survey_states', 'person_id'),
  ofIdentity('survey_states', 'student_id'),
  ofIdentity('survey_consents', 'person_id'),
  ofIdentity('mail_addresses', 'person_id'),
  { table: 'accounts', identity: true, column: 'scope', is: 'scope' },
]

/** Columns that look like it and lead to nobody's rows, and why. */
export const NOT_PEOPLE: Readonly<Record<string, string>> = {
  'identity.erasures.identifiers': 'hashes of pseudonyms: what is remembered of who was erased',
  'identity.study_identifiers.identifier':
    'keyed hash for one extract: research/erase-extracts.ts derives it anew and deletes by it',
  'identity.study_identifiers.person': 'pseudonym in one extract: goes with the identifiers',
  'scheduled_meetings.calendar': 'pseudonym of the name of a calendar',
  'scheduled_calendars.calendar': 'pseudonym of the name of a calendar',
}
