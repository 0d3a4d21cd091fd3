type Json = Record<string, unknown>

/**
 * One line for each interaction of the metric profiles of Caliper 1.2: profile, event, action (several by `/`), actor, object,
 * then other properties with the type of their entity. Written from the profiles' tables, apart from the tables in schemas/.
 */
const INTERACTIONS = `
  Annotation AnnotationEvent Bookmarked Person Page generated=BookmarkAnnotation target=Frame
  Annotation AnnotationEvent Highlighted Person Document generated=HighlightAnnotation
  Annotation AnnotationEvent Shared Person Document generated=SharedAnnotation
  Annotation AnnotationEvent Tagged Person WebPage generated=TagAnnotation
  Assessment AssessmentEvent Started/Paused/Resumed/Restarted/Reset/Submitted Person Assessment generated=Attempt
  Assessment AssessmentItemEvent Started/Skipped Person AssessmentItem generated=Attempt referrer=AssessmentItem
  Assessment AssessmentItemEvent Completed Person AssessmentItem generated=FillinBlankResponse
  Assessment NavigationEvent NavigatedTo Person Assessment referrer=WebPage
  Assessment ViewEvent Viewed Person AssessmentItem
  Assignable AssignableEvent Activated/Deactivated Person AssignableDigitalResource
  Assignable AssignableEvent Started/Completed/Submitted/Reviewed Person Assessment generated=Attempt target=Frame
  Assignable NavigationEvent NavigatedTo Person AssignableDigitalResource
  Assignable ViewEvent Viewed Person AssignableDigitalResource
  Feedback FeedbackEvent Commented Person Document generated=Comment
  Feedback FeedbackEvent Ranked Person Person generated=Rating target=Frame
  Forum ForumEvent Subscribed/Unsubscribed Person Forum
  Forum ThreadEvent MarkedAsRead/MarkedAsUnRead Person Thread
  Forum MessageEvent MarkedAsRead/MarkedAsUnRead/Posted Person Message
  Forum NavigationEvent NavigatedTo Person Thread
  Forum ViewEvent Viewed Person Message
  Grading GradeEvent Graded SoftwareApplication Attempt generated=Score
  Grading GradeEvent Graded Person Attempt generated=Score
  Grading ViewEvent Viewed Person Result
  Media MediaEvent Started/Ended/Paused/Resumed/Restarted/ForwardedTo/JumpedTo Person VideoObject target=MediaLocation
  Media MediaEvent ChangedResolution/ChangedSize/ChangedSpeed/EnabledClosedCaptioning/DisabledClosedCaptioning Person VideoObject
  Media MediaEvent ChangedVolume/Muted/Unmuted Person AudioObject target=MediaLocation
  Media MediaEvent EnteredFullScreen/ExitedFullScreen/OpenedPopout/ClosedPopout Person MediaObject
  Media NavigationEvent NavigatedTo Person AudioObject target=MediaLocation
  Media ViewEvent Viewed Person ImageObject
  Reading NavigationEvent NavigatedTo Person SoftwareApplication referrer=SoftwareApplication target=Frame
  Reading ViewEvent Viewed Person Chapter target=Frame
  ResourceManagement ResourceManagementEvent Archived/Created/Deleted/Described/Downloaded/Modified/Printed Person Document
  ResourceManagement ResourceManagementEvent Published/Restored/Retrieved/Saved/Unpublished/Uploaded Person DigitalResource
  ResourceManagement ResourceManagementEvent Copied Person Document generated=Document
  Search SearchEvent Searched Person SoftwareApplication generated=SearchResponse
  Session SessionEvent LoggedIn/LoggedOut Person SoftwareApplication target=Document referrer=WebPage session=Session
  Session SessionEvent TimedOut SoftwareApplication Session
  Survey SurveyInvitationEvent Sent/Accepted/Declined Person SurveyInvitation
  Survey SurveyEvent OptedIn/OptedOut Person Survey
  Survey QuestionnaireEvent Started/Submitted Person Questionnaire generated=Attempt
  Survey QuestionnaireItemEvent Started/Skipped Person QuestionnaireItem generated=Attempt
  Survey QuestionnaireItemEvent Completed Person QuestionnaireItem generated=RatingScaleResponse
  Survey NavigationEvent NavigatedTo Person QuestionnaireItem referrer=QuestionnaireItem
  Survey ViewEvent Viewed Person Questionnaire
  ToolLaunch ToolLaunchEvent Launched Person SoftwareApplication federatedSession=LtiSession target=LtiLink
  ToolLaunch ToolLaunchEvent Returned Person SoftwareApplication generated=Document target=Link
  ToolUse ToolUseEvent Used Person SoftwareApplication generated=AggregateMeasureCollection target=SoftwareApplication
  General Event Created/Modified/Added/Removed/Liked/Used Organization Person generated=Entity target=Group referrer=Session
`

export type Interaction = { profile: string; type: string; action: string; entities: Readonly<Record<string, string>> }

export const interactions: readonly Interaction[] = INTERACTIONS.trim()
  .split('\n')
  .flatMap(line => {
    const [profile = '', type = '', actions = '', actor = '', object = '', ...others] = line.trim().split(' ')
    const entities = { actor, object, ...Object.fromEntries(others.map(other => other.split('='))) }
    return actions.split('/').map(action => ({ profile: `${profile}Profile`, type, action, entities }))
  })

/** An entity with nothing but what it must have. */
export function anEntity(type: string): Json {
  if (type === 'SystemIdentifier') return { type, identifier: 'kim', identifierType: 'AccountUserName' }
  if (type === 'TextPositionSelector') return { type, start: 1, end: 2 }
  const id = `https://lms.example.org/${type.toLowerCase()}/1`
  return type === 'AggregateMeasure' ? { id, type, metric: 'MinutesOnTask', metricValue: 12.5 } : { id, type }
}

/** The event of an interaction, its entities whole, with all the context that an event can have. */
export function anEvent({ profile, type, action, entities }: Interaction): Json {
  return {
    '@context': 'http://purl.imsglobal.org/ctx/caliper/v1p2',
    id: 'urn:uuid:fd41c918-b88b-4b20-a0a5-a4c32391aaa0',
    type,
    profile,
    action,
    eventTime: '2026-03-02T13:59:00.000Z',
    edApp: anEntity('SoftwareApplication'),
    group: anEntity('CourseSection'),
    membership: { ...anEntity('Membership'), member: anEntity('Person'), roles: ['Learner'], status: 'Active' },
    session: anEntity('Session'),
    ...Object.fromEntries(Object.entries(entities).map(([name, entity]) => [name, anEntity(entity)])),
    extensions: { 'com.example.lms': { bell: 3 } },
  }
}

/**
 * What the properties of each entity type hold, by kind: `Type.property`; of entities `Type.property=Type of the entity`.
 * Written from the appendix "Entities" of Caliper 1.2.
 */
const PROPERTIES: Readonly<Record<string, string>> = {
  text: `Entity.name Entity.description DigitalResource.storageName DigitalResource.mediaType DigitalResource.version
    AudioObject.volumeLevel AudioObject.volumeMin AudioObject.volumeMax BookmarkAnnotation.bookmarkNotes Comment.value
    CourseOffering.courseNumber CourseSection.academicSession CourseSection.category DateTimeQuestion.minLabel
    DateTimeQuestion.maxLabel HighlightAnnotation.selectionText Message.body MultipleChoiceResponse.value NumericScale.minLabel
    NumericScale.maxLabel OpenEndedResponse.value OpenEndedQuestion.questionPosed Query.searchTerms Result.comment Score.comment
    SoftwareApplication.host SoftwareApplication.ipAddress SoftwareApplication.userAgent SoftwareApplication.version
    TrueFalseResponse.value Person.name SystemIdentifier.identifier`,
  texts: `Document.keywords FillinBlankResponse.values LikertScale.itemLabels LikertScale.itemValues
    MultipleResponseResponse.values MultiselectQuestion.itemLabels MultiselectQuestion.itemValues MultiselectResponse.selections
    MultiselectScale.itemLabels MultiselectScale.itemValues QuestionnaireItem.categories Rating.selections
    RatingScaleResponse.selections SelectTextResponse.values TagAnnotation.tags`,
  time: `Entity.dateCreated Entity.dateModified AggregateMeasure.startedAtTime AggregateMeasure.endedAtTime
    Assessment.dateToActivate Assessment.dateToShow AssessmentItem.dateToStartOn Assessment.dateToSubmit Attempt.startedAtTime
    Attempt.endedAtTime DateTimeQuestion.minDateTime DateTimeQuestion.maxDateTime DateTimeResponse.dateTimeSelected
    Document.datePublished Response.startedAtTime FillinBlankResponse.endedAtTime Session.startedAtTime LtiSession.endedAtTime
    SurveyInvitation.dateSent`,
  duration: `Attempt.duration Response.duration Session.duration VideoObject.duration MediaLocation.currentTime`,
  number: `AggregateMeasure.metricValue AggregateMeasure.maxMetricValue Assessment.maxScore NumericScale.minValue
    NumericScale.maxValue NumericScale.step QuestionnaireItem.weight Result.resultScore Result.maxResultScore Score.scoreGiven
    Score.maxScore`,
  count: `Assessment.maxAttempts Assessment.maxSubmits Attempt.count Frame.index LikertScale.scalePoints
    MultiselectQuestion.points MultiselectScale.scalePoints MultiselectScale.minSelections MultiselectScale.maxSelections
    SearchResponse.searchResultsItemCount SurveyInvitation.sentCount TextPositionSelector.start TextPositionSelector.end`,
  flag: `AssessmentItem.isTimeDependent AudioObject.muted MultiselectScale.isOrderedSelection`,
  map: `Entity.extensions LtiSession.messageParameters SystemIdentifier.extensions`,
  term: `AggregateMeasure.metric LtiLink.messageType Membership.status SystemIdentifier.identifierType`,
  entity: `Annotation.annotator=Person TagAnnotation.annotated=Page Attempt.assignee=Person Attempt.assignable=Assessment
    Attempt.isPartOf=Attempt Comment.commenter=Person Membership.organization=CourseSection Membership.member=Person
    Message.replyTo=Message CourseSection.subOrganizationOf=CourseOffering Query.creator=Person QuestionnaireItem.question=Question
    Rating.rater=Person Rating.question=RatingScaleQuestion Rating.ratingComment=Comment RatingScaleQuestion.scale=LikertScale
    Response.attempt=Attempt Result.attempt=Attempt Result.scoredBy=Person Score.attempt=Attempt
    Score.scoredBy=SoftwareApplication SearchResponse.searchProvider=SoftwareApplication SearchResponse.query=Query
    Session.user=Person Session.client=SoftwareApplication SurveyInvitation.rater=Person SurveyInvitation.survey=Survey
    SystemIdentifier.source=SoftwareApplication`,
  entities: `AggregateMeasureCollection.items=AggregateMeasure Assessment.items=AssessmentItem
    DigitalResourceCollection.items=VideoObject Document.creators=Person Document.learningObjectives=LearningObjective
    Forum.items=Thread Group.members=Person Message.attachments=Document Organization.members=SoftwareApplication
    Questionnaire.items=QuestionnaireItem SharedAnnotation.withAgents=Group Survey.items=Questionnaire Thread.items=Message`,
  parts: `Entity.otherIdentifiers=SystemIdentifier`,
  part: `HighlightAnnotation.selection=TextPositionSelector`,
}

export type Property = { kind: string; type: string; property: string; of: string }

export const properties: readonly Property[] = Object.entries(PROPERTIES).flatMap(([kind, lines]) =>
  lines
    .trim()
    .split(/\s+/)
    .map(entry => {
      const [type = '', property = '', of = ''] = entry.split(/[.=]/)
      return { kind, type, property, of }
    }),
)
