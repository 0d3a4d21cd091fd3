import type { CaliperEvent } from '../../schemas/caliper.ts'
import type { Kind } from '../../schemas/record.ts'
import { whole } from './caliper-people.ts'

/** Event type → action → kind, for every action that `schemas/caliper-events.ts` allows. */
const CALIPER_EVENTS: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  AnnotationEvent: {
    Bookmarked: 'viewed',
    Highlighted: 'viewed',
    Shared: 'messaged',
    Tagged: 'viewed',
    Attached: 'viewed',
    Classified: 'viewed',
    Commented: 'reflected',
    Described: 'viewed',
    Disliked: 'viewed',
    Identified: 'viewed',
    Liked: 'viewed',
    Linked: 'viewed',
    Questioned: 'asked-help',
    Ranked: 'viewed',
    Recommended: 'viewed',
    Subscribed: 'viewed',
  },
  AssessmentEvent: {
    Started: 'started',
    Paused: 'viewed',
    Resumed: 'started',
    Restarted: 'started',
    Reset: 'started',
    Submitted: 'completed',
  },
  AssessmentItemEvent: {
    Started: 'started',
    Skipped: 'viewed',
    Completed: 'answered',
    Reviewed: 'viewed',
    Viewed: 'viewed',
  },
  AssignableEvent: {
    Activated: 'noted',
    Deactivated: 'noted',
    Started: 'started',
    Completed: 'completed',
    Submitted: 'completed',
    Reviewed: 'viewed',
    Abandoned: 'viewed',
    Hid: 'noted',
    Showed: 'noted',
  },
  Event: {},
  FeedbackEvent: { Commented: 'gave-feedback', Ranked: 'gave-feedback' },
  ForumEvent: { Subscribed: 'viewed', Unsubscribed: 'viewed' },
  GradeEvent: { Graded: 'scored' },
  MediaEvent: {
    Started: 'started',
    Ended: 'viewed',
    Paused: 'viewed',
    Resumed: 'viewed',
    Restarted: 'viewed',
    ForwardedTo: 'viewed',
    JumpedTo: 'viewed',
    Rewound: 'viewed',
    ChangedResolution: 'viewed',
    ChangedSize: 'viewed',
    ChangedSpeed: 'viewed',
    ChangedVolume: 'viewed',
    EnabledClosedCaptioning: 'viewed',
    DisabledClosedCaptioning: 'viewed',
    EnteredFullScreen: 'viewed',
    ExitedFullScreen: 'viewed',
    Muted: 'viewed',
    Unmuted: 'viewed',
    OpenedPopout: 'viewed',
    ClosedPopout: 'viewed',
  },
  MessageEvent: { MarkedAsRead: 'viewed', MarkedAsUnRead: 'viewed', MarkedAsUnread: 'viewed', Posted: 'collaborated' },
  NavigationEvent: { NavigatedTo: 'viewed' },
  OutcomeEvent: { Graded: 'scored' },
  QuestionnaireEvent: { Started: 'started', Submitted: 'completed' },
  QuestionnaireItemEvent: { Started: 'started', Skipped: 'viewed', Completed: 'answered' },
  ReadingEvent: { NavigatedTo: 'viewed', Searched: 'viewed', Viewed: 'viewed' },
  ResourceManagementEvent: {
    Archived: 'noted',
    Copied: 'viewed',
    Created: 'collaborated',
    Deleted: 'noted',
    Described: 'viewed',
    Downloaded: 'viewed',
    Modified: 'collaborated',
    Printed: 'viewed',
    Published: 'noted',
    Restored: 'noted',
    Retrieved: 'viewed',
    Saved: 'viewed',
    Unpublished: 'noted',
    Uploaded: 'viewed',
  },
  SearchEvent: { Searched: 'viewed' },
  SessionEvent: { LoggedIn: 'noted', LoggedOut: 'noted', TimedOut: 'noted' },
  SurveyEvent: { OptedIn: 'noted', OptedOut: 'noted' },
  SurveyInvitationEvent: { Accepted: 'noted', Declined: 'noted', Sent: 'noted' },
  ThreadEvent: { MarkedAsRead: 'viewed', MarkedAsUnRead: 'viewed', MarkedAsUnread: 'viewed' },
  ToolLaunchEvent: { Launched: 'started', Returned: 'viewed' },
  ToolUseEvent: { Used: 'viewed' },
  ViewEvent: { Viewed: 'viewed' },
}

// Of a plain `Event`, and where a sender pairs type and action in a way of its own.
const ACTIONS: ReadonlyMap<string, Kind> = new Map([
  ...Object.values(CALIPER_EVENTS).flatMap(actions => Object.entries(actions)),
  ['Completed', 'completed'],
  ['Added', 'noted'],
  ['Removed', 'noted'],
])

const WORKED: ReadonlySet<string> = new Set(['Created', 'Modified'])
/** Things whose making is administration, not work of a learner. */
const ADMINISTERED: ReadonlySet<string> = new Set(
  'Entity Organization CourseOffering CourseSection Group Membership Person SoftwareApplication AssignableDigitalResource Assessment'.split(
    ' ',
  ),
)

/** Kind of a valid event; `other` for an action of another vocabulary. */
export function caliperKind(event: CaliperEvent): Kind {
  const { type, action } = event
  const actions = Object.hasOwn(CALIPER_EVENTS, type) ? CALIPER_EVENTS[type]! : {}
  if (Object.hasOwn(actions, action)) return actions[action]!
  return (WORKED.has(action) ? workedOn(event) : undefined) ?? ACTIONS.get(action) ?? 'other'
}

/** What making or changing something says, by what it is: Canvas tells so of everything there is. */
function workedOn({ actor, object }: CaliperEvent): Kind | undefined {
  const { type, assignee } = whole(object) ?? {}
  // Where several discuss, it is work in common; `messaged` is from one to another.
  if (type === 'Thread' || type === 'Message') return 'collaborated'
  if (type === 'Attempt') return personId(assignee) === personId(actor) ? 'completed' : 'noted'
  return typeof type !== 'string' || ADMINISTERED.has(type) ? 'noted' : undefined
}

const personId = (entity: unknown): unknown => (typeof entity === 'string' ? entity : whole(entity)?.id)
