import { CALIPER_ACTIONS_ALLOWED, map, one, required, time, type Properties } from './caliper-terms.ts'

export type EventType = {
  readonly actions: readonly string[]
  /** Where the type says more than `CALIPER_EVENT_PROPERTIES`. */
  readonly has: Properties
  /** Where one action says more than its type. */
  readonly when?: Readonly<Record<string, Properties>>
}

/** What every event has. */
export const CALIPER_EVENT_PROPERTIES: Properties = {
  id: required({ is: 'event id' }),
  actor: required(one('Agent')),
  object: required(one('Entity')),
  eventTime: required(time),
  edApp: one('SoftwareApplication'),
  generated: one('Entity'),
  target: one('Entity'),
  referrer: one('Entity'),
  group: one('Organization'),
  membership: one('Membership'),
  session: one('Session'),
  federatedSession: one('LtiSession'),
  extensions: map,
}

const words = (line: string): readonly string[] => line.trim().split(/\s+/)
const person = { actor: one('Person') }
const asked = { ...person, object: one('SoftwareApplication') }
const context = { referrer: one('DigitalResource', 'SoftwareApplication') }
const attempt = { generated: one('Attempt') }
const answer = { generated: one('Response') }
const answered = { Started: attempt, Skipped: attempt, Completed: answer }
const where = { target: one('Frame') }

/**
 * Every event type: its actions, and of which types its entities are.
 * Source: 1EdTech Caliper Analytics 1.2, "Events"; actions and types that only 1.0 or 1.1 has stand last in their line, or at the end
 */
export const CALIPER_EVENT_TYPES: Readonly<Record<string, EventType>> = {
  AnnotationEvent: {
    actions: words(`
      Bookmarked Highlighted Shared Tagged
      Attached Classified Commented Described Disliked Identified Liked Linked Questioned Ranked Recommended Subscribed`),
    has: { ...person, ...where, object: one('DigitalResource'), generated: one('Annotation') },
  },
  AssessmentEvent: {
    actions: words('Started Paused Resumed Restarted Reset Submitted'),
    has: { ...person, object: one('Assessment'), ...attempt },
  },
  AssessmentItemEvent: {
    actions: words('Started Skipped Completed Reviewed Viewed'),
    has: { ...person, object: one('AssessmentItem'), referrer: one('AssessmentItem') },
    when: answered,
  },
  AssignableEvent: {
    actions: words('Activated Deactivated Started Completed Submitted Reviewed Abandoned Hid Showed'),
    has: { ...person, ...where, object: one('AssignableDigitalResource'), ...attempt },
  },
  Event: { actions: CALIPER_ACTIONS_ALLOWED, has: {} },
  FeedbackEvent: {
    actions: words('Commented Ranked'),
    has: { ...person, ...where },
    when: { Commented: { generated: one('Comment') }, Ranked: { generated: one('Rating') } },
  },
  ForumEvent: { actions: words('Subscribed Unsubscribed'), has: { ...person, object: one('Forum') } },
  GradeEvent: { actions: ['Graded'], has: { object: one('Attempt'), generated: one('Score') } },
  MediaEvent: {
    actions: words(`
      Started Ended Paused Resumed Restarted ForwardedTo JumpedTo ChangedResolution ChangedSize ChangedSpeed ChangedVolume
      EnabledClosedCaptioning DisabledClosedCaptioning EnteredFullScreen ExitedFullScreen Muted Unmuted OpenedPopout ClosedPopout
      Rewound`),
    has: { ...person, object: one('MediaObject'), target: one('MediaLocation') },
  },
  MessageEvent: {
    actions: words('MarkedAsRead MarkedAsUnRead MarkedAsUnread Posted'),
    has: { ...person, object: one('Message') },
  },
  NavigationEvent: {
    actions: ['NavigatedTo'],
    has: {
      ...person,
      ...context,
      object: one('DigitalResource', 'SoftwareApplication'),
      target: one('DigitalResource'),
    },
  },
  QuestionnaireEvent: {
    actions: words('Started Submitted'),
    has: { ...person, object: one('Questionnaire'), ...attempt },
  },
  QuestionnaireItemEvent: {
    actions: words('Started Skipped Completed'),
    has: { ...person, object: one('QuestionnaireItem'), referrer: one('QuestionnaireItem') },
    when: answered,
  },
  ResourceManagementEvent: {
    actions: words(`
      Archived Copied Created Deleted Described Downloaded Modified Printed Published Restored Retrieved Saved Unpublished
      Uploaded`),
    has: { ...person, object: one('DigitalResource'), generated: one('DigitalResource') },
    when: { Copied: { generated: required(one('DigitalResource')) } },
  },
  SearchEvent: { actions: ['Searched'], has: { ...person, generated: one('SearchResponse') } },
  SessionEvent: {
    actions: words('LoggedIn LoggedOut TimedOut'),
    has: { ...context, target: one('DigitalResource') },
    when: {
      LoggedIn: asked,
      // In 1.0 the target of leaving is the session.
      LoggedOut: { ...asked, target: one('DigitalResource', 'Session') },
      TimedOut: { actor: one('SoftwareApplication'), object: one('Session') },
    },
  },
  SurveyEvent: { actions: words('OptedIn OptedOut'), has: { ...person, object: one('Survey') } },
  SurveyInvitationEvent: {
    actions: words('Accepted Declined Sent'),
    has: { ...person, object: one('SurveyInvitation') },
  },
  ThreadEvent: {
    actions: words('MarkedAsRead MarkedAsUnRead MarkedAsUnread'),
    has: { ...person, object: one('Thread') },
  },
  ToolLaunchEvent: {
    actions: words('Launched Returned'),
    has: { ...asked, generated: one('DigitalResource'), target: one('Link', 'LtiLink') },
    when: { Launched: { federatedSession: required(one('LtiSession')) } },
  },
  ToolUseEvent: {
    actions: ['Used'],
    has: { ...asked, target: one('SoftwareApplication'), generated: one('AggregateMeasureCollection') },
  },
  ViewEvent: {
    actions: ['Viewed'],
    has: { ...person, object: one('DigitalResource', 'Result'), target: one('DigitalResource') },
  },

  OutcomeEvent: { actions: ['Graded'], has: { object: one('Attempt'), generated: one('Result') } },
  ReadingEvent: {
    actions: words('NavigatedTo Searched Viewed'),
    has: { ...person, object: one('DigitalResource'), target: one('DigitalResource') },
  },
}

const read = (...types: string[]): Readonly<Record<string, readonly string[]>> => ({
  NavigationEvent: types,
  ViewEvent: types,
})

/**
 * Every metric profile: the events it governs, and the types of the object where it says more than the event does. The general
 * profile is for what no other describes, and takes any event.
 */
export const CALIPER_PROFILES: Readonly<Record<string, Readonly<Record<string, readonly string[]>> | 'any'>> = {
  AnnotationProfile: { AnnotationEvent: [] },
  AssessmentProfile: { AssessmentEvent: [], AssessmentItemEvent: [], ...read('Assessment', 'AssessmentItem') },
  AssignableProfile: { AssignableEvent: [], ...read('AssignableDigitalResource') },
  FeedbackProfile: { FeedbackEvent: [] },
  ForumProfile: { ForumEvent: [], MessageEvent: [], ThreadEvent: [], ...read('Forum', 'Message', 'Thread') },
  GeneralProfile: 'any',
  GradingProfile: { GradeEvent: [], ViewEvent: ['Result'] },
  // A list of media is navigated to as well, as the fixtures of 1.2 do.
  MediaProfile: { MediaEvent: [], ...read('MediaObject', 'DigitalResourceCollection') },
  ReadingProfile: read(),
  ResourceManagementProfile: { ResourceManagementEvent: [] },
  SearchProfile: { SearchEvent: ['DigitalResource', 'SoftwareApplication'] },
  SessionProfile: { SessionEvent: [] },
  SurveyProfile: {
    SurveyEvent: [],
    SurveyInvitationEvent: [],
    QuestionnaireEvent: [],
    QuestionnaireItemEvent: [],
    ...read('Questionnaire', 'QuestionnaireItem'),
  },
  ToolLaunchProfile: { ToolLaunchEvent: [] },
  ToolUseProfile: { ToolUseEvent: [] },

  AssessmentItemProfile: { AssessmentItemEvent: [] },
  BasicProfile: 'any',
  OutcomeProfile: { OutcomeEvent: [], GradeEvent: [] },
}
