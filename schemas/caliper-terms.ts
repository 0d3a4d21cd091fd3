/**
 * The closed vocabularies of Caliper, and what may be said of a property.
 * Source: 1EdTech Caliper Analytics 1.2, appendices; terms that only 1.0 or 1.1 has stand after them.
 */

/** What a property holds. `null`, an empty string and an empty entity stand for "not said", except where the property
 * is required. */
export type Rule = {
  readonly is:
    'text' | 'time' | 'duration' | 'number' | 'count' | 'flag' | 'map' | 'term' | 'role' | 'entity' | 'event id'
  /** A list of it. */
  readonly list?: true
  readonly required?: true
  /** Types of the entity, each with its subtypes; or the terms allowed. */
  readonly of?: readonly string[]
  /** A part of an entity, which has no IRI of its own and cannot be given by reference. */
  readonly inline?: true
  /** It may be left out, but not be null. */
  readonly neverNull?: true
}

/** Rules by the name of the property. */
export type Properties = Readonly<Record<string, Rule>>

export const text: Rule = { is: 'text' }
export const texts: Rule = { is: 'text', list: true }
export const time: Rule = { is: 'time' }
export const duration: Rule = { is: 'duration' }
export const number: Rule = { is: 'number' }
export const count: Rule = { is: 'count' }
export const flag: Rule = { is: 'flag' }
export const map: Rule = { is: 'map' }
export const one = (...types: readonly string[]): Rule => ({ is: 'entity', of: types })
export const list = (...types: readonly string[]): Rule => ({ is: 'entity', of: types, list: true })
export const inline = (rule: Rule): Rule => ({ ...rule, inline: true })
export const term = (terms: readonly string[]): Rule => ({ is: 'term', of: terms })
export const required = (rule: Rule): Rule => ({ ...rule, required: true })

const words = (lines: string): readonly string[] => lines.trim().split(/\s+/)

export const CALIPER_ACTIONS_ALLOWED = words(`
  Abandoned Accepted Activated Added Archived Attached Bookmarked ChangedResolution ChangedSize ChangedSpeed ChangedVolume
  Classified ClosedPopout Commented Completed Copied Created Deactivated Declined Deleted Described DisabledClosedCaptioning
  Disliked Downloaded EnabledClosedCaptioning Ended EnteredFullScreen ExitedFullScreen ForwardedTo Graded Hid Highlighted
  Identified JumpedTo Launched Liked Linked LoggedIn LoggedOut MarkedAsRead MarkedAsUnread Modified Muted NavigatedTo
  OpenedPopout OptedIn OptedOut Paused Posted Printed Published Questioned Ranked Recommended Removed Reset Restarted Restored
  Resumed Retrieved Returned Reviewed Rewound Saved Searched Sent Shared Showed Skipped Started Submitted Subscribed Tagged
  TimedOut Unmuted Unpublished Unsubscribed Uploaded Used Viewed MarkedAsUnRead`)

/** The context-wide roles of LIS; a subrole follows after `#`, `Instructor#Grader`. */
export const ROLES = words(`
  Administrator ContentDeveloper Instructor Learner Manager Member Mentor Officer TeachingAssistant`)

export const STATUSES = words('Active Inactive')

export const METRICS = words(`
  AssessmentsPassed AssessmentsSubmitted MinutesOnTask SkillsMastered StandardsMastered UnitsCompleted UnitsPassed WordsRead`)

export const IDENTIFIER_TYPES = words(`
  AccountUserName CaseItemUri EmailAddress LisSourcedId LtiContextId LtiDeploymentId LtiPlatformId LtiToolId LtiUserId
  OneRosterSourcedId Other SisSourcedId SystemId`)

export const MESSAGE_TYPES = words('LtiDeepLinkingRequest LtiResourceLinkRequest')
