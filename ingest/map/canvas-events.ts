import { instantOf } from '../../schemas/formats.ts'
import type { Kind } from '../../schemas/record.ts'
import type { CanvasEvent } from '../../schemas/canvas.ts'
import { eventTable } from './event-table.ts'

// What staff build, what the platform calculates and who is enrolled where is noted: it is nobody's learning.
const tabled = eventTable({
  viewed: `asset_accessed attachment_created`,
  completed: `quiz_submitted course_completed course_progress discussion_entry_submitted`,
  messaged: `conversation_message_created`,
  collaborated: `discussion_topic_created discussion_entry_created`,
  noted: `logged_in logged_out enrollment_* user_* account_* sis_batch_* course_created course_updated course_grade_change
    course_section_* syllabus_updated module_* assignment_* quiz_created quiz_updated quiz_export_* quiz_caliper_* grade_override
    final_grade_custom_status submission_custom_grade_status group_* content_migration_* master_migration_* lti_* learning_outcome_*
    outcome_* outcomes_* wiki_page_deleted attachment_updated attachment_deleted discussion_topic_updated conversation_created
    conversation_forwarded plagiarism_resubmit blueprint_* sis_* `,
})

const STUDENT = 'StudentEnrollment'
/** What Canvas does of itself after somebody submitted follows within it. */
const FRESH_MS = 5 * 60_000

/** What the event and its metadata say of each other. */
export type Facts = {
  /** The one who is signed in is the one whose work it is. */
  isOwn: boolean
  /** A person other than the student graded. */
  isGraded: boolean
}

// Where the name alone does not say it.
const DECIDED: Record<string, (event: CanvasEvent, facts: Facts) => Kind> = {
  // Canvas makes a row for every student of an assignment; a submission is what was submitted.
  submission_created: ({ body }) => (isSubmitted(body) ? 'completed' : 'noted'),
  // Grading updates a submission too. A further attempt of the student's own is a submission.
  submission_updated: (event, { isOwn }) => (isOwn && isNewAttempt(event) ? 'completed' : 'noted'),
  submission_comment_created: ({ metadata }) =>
    metadata.context_role === STUDENT || !metadata.context_role ? 'messaged' : 'gave-feedback',
  // A new maximum changes grades too, and nobody scored anything.
  grade_change: ({ body }, { isOwn, isGraded }) =>
    typeof body.score === 'number' && body.score !== body.old_score && (isOwn || isGraded) ? 'scored' : 'noted',
  rubric_assessed: ({ body }) => (body.assessment_type === 'peer_review' ? 'gave-feedback' : 'noted'),
  wiki_page_created: ({ metadata }) => (metadata.context_role === STUDENT ? 'collaborated' : 'noted'),
  wiki_page_updated: ({ metadata }) => (metadata.context_role === STUDENT ? 'collaborated' : 'noted'),
}

/**
 * What a Canvas Live Event says in the closed vocabulary; `other` for a name that stands nowhere.
 * Source: Instructure, Canvas Live Events, event types
 */
export function canvasKind(event: CanvasEvent, facts: Facts): Kind {
  const name = event.metadata.event_name
  // Who acts as somebody else is neither: what they do is not the student's.
  if (isMasked(event)) return 'noted'
  const decide = Object.hasOwn(DECIDED, name) ? DECIDED[name] : undefined
  return decide?.(event, facts) ?? tabled(name) ?? 'other'
}

/** True if somebody was signed in as somebody else. */
export function isMasked({ metadata: { real_user_id: real, user_id: user } }: CanvasEvent): boolean {
  return real !== undefined && real !== null && real !== '' && String(real) !== String(user)
}

const isSubmitted = ({ submitted_at: at, workflow_state: state }: CanvasEvent['body']): boolean =>
  typeof at === 'string' && state !== 'unsubmitted'

function isNewAttempt({ metadata, body }: CanvasEvent): boolean {
  const { attempt, submitted_at: at } = body
  if (!isSubmitted(body) || typeof attempt !== 'number' || attempt < 2) return false
  return Math.abs(instantOf(metadata.event_time) - instantOf(at as string)) <= FRESH_MS
}
