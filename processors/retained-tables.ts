import type { Policy } from './retention-policy.ts'

/** A table of which months go. */
export type Retained = {
  /** What the policy calls it; `endedKeys` needs no policy: nobody can open these any more. */
  name: Exclude<keyof Policy, 'log'> | 'endedKeys'
  table: string
  /** SQL: YYYYMM of a row. */
  month: string
  /** SQL: YYYYMM of the row's partition; null: the table has no monthly ones. */
  partition: string | null
  /** SQL: what is shown as the oldest and newest. */
  time: string
  /** Kinds have periods of their own. */
  kinds: boolean
}

const byColumn = (
  name: Retained['name'],
  table: string,
  column: string,
  { partitioned }: { partitioned: boolean },
): Retained => ({
  name,
  table,
  month: `toYYYYMM(${column})`,
  partition: partitioned ? `toYYYYMM(${column})` : null,
  time: `toDate(${column})`,
  kinds: false,
})

/** Figures of a survey's window go with the week under which they stand; those of one that is being computed stay. */
const WEEK_OF_WINDOW = `transform(concat(instrument, ' ', window),
  (select groupArray(concat(instrument, ' ', window)) from climate_windows final), (select groupArray(week) from climate_windows final), toDate('2149-06-06'))`

/** What stands in a partition of its own goes with it; elsewhere the rows are deleted. */
export const RETAINED: readonly Retained[] = [
  {
    name: 'events',
    table: 'events',
    // Undated events, kept as statements only, go by their storage.
    month: 'toYYYYMM(if(week = toDate(0), toDate(stored_at), week))',
    partition: 'toYYYYMM(week)',
    time: 'if(week = toDate(0), toDate(stored_at), local_day)',
    kinds: true,
  },
  byColumn('originals', 'originals', 'stored_at', { partitioned: true }),
  byColumn('endedKeys', 'dead_letter_originals', 'stored_at', { partitioned: true }),
  byColumn('deadLetters', 'dead_letter_originals', 'stored_at', { partitioned: true }),
  byColumn('deadLetters', 'dead_letters', 'stored_at', { partitioned: false }),
  byColumn('deadLetters', 'redriven', 'redriven_at', { partitioned: false }),
  byColumn('scores', 'scores', 'day', { partitioned: false }),
  // Answers carry the time of their response's storage in their version.
  byColumn('surveys', 'survey_answers', "fromUnixTimestamp64Milli(toInt64(bitShiftRight(ver, 20)), 'UTC')", {
    partitioned: false,
  }),
  byColumn('surveys', 'survey_responses', 'stored_at', { partitioned: false }),
  // By storage: by their own days an older version could outlive the newer one that corrected it.
  byColumn('plans', 'plans', 'stored_at', { partitioned: false }),
  byColumn('plans', 'goals', 'stored_at', { partitioned: false }),
  byColumn('plans', 'choices', 'stored_at', { partitioned: false }),
  byColumn('plans', 'reflections', 'stored_at', { partitioned: false }),
  byColumn('conversations', 'conversations', 'stored_at', { partitioned: false }),
  byColumn('actions', 'alarms', 'raised_at', { partitioned: false }),
  byColumn('actions', 'alarm_answers', 'answered_at', { partitioned: false }),
  byColumn('actions', 'alarm_notices', 'notified_at', { partitioned: false }),
  byColumn('actions', 'annotations', 'stored_at', { partitioned: false }),
  byColumn('audit', 'audit', 'at', { partitioned: true }),
  byColumn('studentWeeks', 'student_week', 'week', { partitioned: true }),
  byColumn('studentWeeks', 'student_skill_weeks', 'week', { partitioned: true }),
  byColumn('studentWeeks', 'student_engagement', 'week', { partitioned: true }),
  byColumn('studentWeeks', 'alarm_weeks', 'week', { partitioned: true }),
  byColumn('studentWeeks', 'student_flags', 'begin_day', { partitioned: false }),
  byColumn('studentWeeks', 'tie_weeks', 'week', { partitioned: true }),
  byColumn('studentWeeks', 'flow_weeks', 'week', { partitioned: true }),
  byColumn('studentWeeks', 'student_connectedness', 'week', { partitioned: true }),
  byColumn('studentWeeks', 'adviser_load', 'week', { partitioned: true }),
  byColumn('indicators', 'contact_logging', 'week', { partitioned: true }),
  byColumn('indicators', 'mixing', 'week', { partitioned: true }),
  byColumn('indicators', 'home_bases', 'week', { partitioned: true }),
  byColumn('indicators', 'indicators', 'week', { partitioned: true }),
  byColumn('indicators', 'climate_scales', WEEK_OF_WINDOW, { partitioned: false }),
  byColumn('indicators', 'climate_schools', WEEK_OF_WINDOW, { partitioned: false }),
  byColumn('indicators', 'climate_differences', WEEK_OF_WINDOW, { partitioned: false }),
  // Last: the three above go by it.
  byColumn('indicators', 'climate_windows', 'week', { partitioned: false }),
]
