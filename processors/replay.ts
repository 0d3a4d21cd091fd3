import type { LogAdmin } from '../infra/log/event-log.ts'
import { PROCESSORS_GROUP } from '../infra/log/topics.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { emptyButFrozen } from './retired.ts'
import { PROCESSED_TOPICS } from './run.ts'

/** Everything that follows from the log. Identity, accounts and published snapshots are primary and stay. */
const DERIVED = [
  'events',
  'record_index',
  'originals',
  'statement_refs',
  'voided',
  'duplicates',
  'dead_letters',
  'dead_letter_originals',
  'redriven',
  'touched',
  'touched_stages',
  'schools',
  'sessions',
  'classes',
  'persons',
  'aliases',
  'person_of',
  'merged_persons',
  'contested',
  'enrolments',
  'calendar',
  'scheduled_meetings',
  'scheduled_calendars',
  'survey_instruments',
  'survey_responses',
  'survey_answers',
  'survey_exports',
  'climate_windows',
  'climate_scales',
  'climate_schools',
  'climate_differences',
  'scores',
  'score_cohorts_left',
  'score_firsts',
  'score_lists',
  'score_items',
  'score_terms',
  'touched_scores',
  'window_scores',
  'growth_models',
  'student_growth',
  'student_trajectories',
  'touched_skills',
  'skill_parameters',
  'student_mastery',
  'plans',
  'goals',
  'choices',
  'reflections',
  'plan_lists',
  'alarms',
  'alarm_answers',
  'alarm_notices',
  'student_flags',
  'flag_outcomes',
  'conversations',
  'annotations',
  'audit',
]

/**
 * By week. Those of weeks of which retention has removed events could not be made again, and stay; so does what the
 * engagement index is held against (engagement_references), which is made of them.
 */
const FIGURES = [
  'student_week',
  'student_skill_weeks',
  'student_engagement',
  'effort_sensitivity',
  'alarm_weeks',
  'tie_weeks',
  'flow_weeks',
  'student_connectedness',
  'contact_logging',
  'adviser_load',
  'mixing',
  'home_bases',
  'indicators',
]

/** Empty the derived tables and rewind the processors: they compute everything again from the log's beginning. */
export async function forgetDerived(warehouse: Warehouse, log: LogAdmin): Promise<void> {
  // Rewound first: a crash in between leaves rows that the replay replaces by the same ones.
  for (const topic of PROCESSED_TOPICS) await log.rewind(topic, PROCESSORS_GROUP)
  for (const table of DERIVED) await warehouse.command(`truncate table ${table}`)
  for (const table of FIGURES) await emptyButFrozen(warehouse, table)
}
