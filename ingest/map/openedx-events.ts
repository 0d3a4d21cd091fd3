import type { Kind } from '../../schemas/record.ts'
import { eventTable } from './event-table.ts'

type Details = Record<string, unknown>

// Two events tell of one submission, the page's and the server's: only the server's, which knows the result, is an answer.
// What the platform calculates from scores, and what staff or the platform administer, is noted: it is nobody's learning.
const tabled = eventTable({
  started: `edx.special_exam.*.attempt.started`,
  viewed: `load_video play_video pause_video stop_video seek_video speed_change_video hide_transcript show_transcript
    video_hide_cc_menu video_show_cc_menu edx.video.* seq_goto seq_next seq_prev page_close edx.ui.lms.* edx.bookmark.*
    edx.course.bookmark.* edx.course.tool.accessed edx.course.home.* textbook.pdf.* book edx.googlecomponent.*
    edx.drag_and_drop_v2.loaded edx.drag_and_drop_v2.item.picked_up edx.drag_and_drop_v2.feedback.*
    edx.course.student_notes.deleted edx.course.student_notes.searched edx.course.student_notes.viewed
    edx.course.student_notes.used_unit_link edx.course.student_notes.notes_page_viewed
    edx.forum.searched edx.forum.thread.viewed edx.forum.*.edited edx.forum.thread.followed edx.forum.thread.unfollowed
    edx.team.page_viewed edx.team.searched problem_show showanswer show_answer problem_graded problem_check_fail save_problem_check_fail
    problem_reset reset_problem reset_problem_fail problem_save save_problem_success save_problem_fail
    edx.problem.hint.feedback_displayed openassessmentblock.get_peer_submission openassessmentblock.save_submission
    openassessment.upload_file openassessment.upload_file_error xblock.poll.view_results xblock.survey.view_results
    edx.certificate.evidence_visited`,
  answered: `edx.drag_and_drop_v2.item.dropped openassessment.student_training_assess_example xblock.poll.submitted
    xblock.survey.submitted`,
  completed: `complete_video edx.video.completed edx.special_exam.*.attempt.submitted openassessmentblock.create_submission
    edx.course.grade.passed.first_time`,
  scored: `edx.grades.problem.submitted edx.grades.problem.rescored edx.grades.problem.score_overridden problem_rescore`,
  reflected: `edx.course.student_notes.added edx.course.student_notes.edited openassessmentblock.self_assess
    openassessmentblock.submit_feedback_on_assessments`,
  'asked-help': `edx.problem.hint.demandhint_displayed`,
  'gave-feedback': `openassessmentblock.peer_assess openassessmentblock.staff_assess edx.forum.response.mark`,
  collaborated: `edx.forum.response.created edx.forum.comment.created edx.team.activity_updated`,
  noted: `edx.course.enrollment.* edx.certificate.* edx.cohort.* edx.team.* edx.librarycontentblock.* edx.special_exam.*
    edx.grades.* edx.course.grade.* edx.forum.*.deleted edx.forum.*.reported edx.forum.*.unreported edx.forum.*.locked
    edx.forum.*.unlocked edx.forum.*.pinned edx.forum.*.unpinned edx.forum.response.unmark edx.user.* edx.instructor.* edx.credit.*
    xmodule.partitions.assigned_user_to_partition xblock.split_test.child_render problem_rescore_fail
    openassessmentblock.get_submission_for_staff_grading add-* remove-* list-* dump-* reset-* delete-* rescore-*
    edx.bi.* edx.experiment.*`,
})

// Where the name alone does not say it.
const DECIDED: Record<string, (details: Details, source: string) => Kind> = {
  problem_check: (_, source) => (source === 'browser' ? 'viewed' : 'answered'),
  'edx.completion.block_completion.changed': ({ completion }) => (Number(completion) >= 1 ? 'completed' : 'viewed'),
  'edx.done.toggled': ({ done }) => (done === true ? 'completed' : 'viewed'),
  'edx.forum.thread.created': ({ thread_type: type }) => (type === 'question' ? 'asked-help' : 'collaborated'),
  'edx.forum.thread.voted': ({ undo_vote: undone }) => (isTrue(undone) ? 'viewed' : 'gave-feedback'),
  'edx.forum.response.voted': ({ undo_vote: undone }) => (isTrue(undone) ? 'viewed' : 'gave-feedback'),
}

/**
 * What an event of a tracking log says in the closed vocabulary; `other` for a name that stands nowhere.
 * @param source `event_source`
 * Source: Open edX, "Events in the Tracking Logs", student and course team event types
 */
export function openEdxKind(name: string, source: string, details: Details): Kind {
  const decide = Object.hasOwn(DECIDED, name) ? DECIDED[name] : undefined
  return decide?.(details, source) ?? tabled(name) ?? 'other'
}

const isTrue = (value: unknown): boolean => value === true || value === 'true'
