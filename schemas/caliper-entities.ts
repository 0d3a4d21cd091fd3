import {
  count,
  duration,
  flag,
  IDENTIFIER_TYPES,
  inline,
  list,
  map,
  MESSAGE_TYPES,
  METRICS,
  number,
  one,
  required,
  STATUSES,
  term,
  text,
  texts,
  time,
  type Properties,
} from './caliper-terms.ts'

export type EntityType = {
  /** Its supertypes, separated by blanks. */
  readonly is: string
  readonly has: Properties
  /** A part of an entity: it has no id. */
  readonly part?: true
}

const span = { startedAtTime: time, endedAtTime: time, duration }
const scored = { attempt: { ...one('Attempt'), neverNull: true as const }, scoredBy: one('Agent'), comment: text }
const points = { itemLabels: texts, itemValues: texts }
const due = { dateToActivate: time, dateToShow: time, dateToStartOn: time, dateToSubmit: time }
const volume = { volumeLevel: text, volumeMin: text, volumeMax: text, muted: flag }
const plain = (is: string): EntityType => ({ is, has: {} })

/**
 * Every entity type: what it is a subtype of, and what its own properties hold. Properties that no table names are kept and
 * not judged.
 * Source: 1EdTech Caliper Analytics 1.2, appendix "Entities"; types that only 1.0 or 1.1 has stand last
 */
export const CALIPER_ENTITIES: Readonly<Record<string, EntityType>> = {
  Entity: {
    is: '',
    has: {
      name: text,
      description: text,
      dateCreated: time,
      dateModified: time,
      isPartOf: one('Entity'),
      otherIdentifiers: inline(list('SystemIdentifier')),
      extensions: map,
    },
  },
  Agent: plain('Entity'),
  AggregateMeasure: {
    is: 'Entity',
    has: {
      metric: required(term(METRICS)),
      metricValue: required(number),
      maxMetricValue: number,
      startedAtTime: time,
      endedAtTime: time,
    },
  },
  AggregateMeasureCollection: { is: 'Collection', has: { items: list('AggregateMeasure') } },
  Annotation: { is: 'Entity', has: { annotator: one('Person'), annotated: one('DigitalResource') } },
  Assessment: { is: 'AssignableDigitalResource DigitalResourceCollection', has: { items: list('AssessmentItem') } },
  AssessmentItem: { is: 'AssignableDigitalResource', has: { isTimeDependent: flag } },
  AssignableDigitalResource: {
    is: 'DigitalResource',
    has: { ...due, maxAttempts: count, maxSubmits: count, maxScore: number },
  },
  Attempt: {
    is: 'Entity',
    has: { assignee: one('Person'), assignable: one('DigitalResource'), isPartOf: one('Attempt'), count, ...span },
  },
  AudioObject: { is: 'MediaObject', has: volume },
  BookmarkAnnotation: { is: 'Annotation', has: { bookmarkNotes: text } },
  Chapter: plain('DigitalResource'),
  Collection: { is: 'Entity', has: { items: list('Entity') } },
  Comment: { is: 'Entity', has: { commenter: one('Person'), commentedOn: one('Entity'), value: text } },
  CourseOffering: { is: 'Organization', has: { courseNumber: text, academicSession: text } },
  CourseSection: { is: 'CourseOffering', has: { category: text } },
  DateTimeQuestion: {
    is: 'Question',
    has: { minDateTime: time, minLabel: text, maxDateTime: time, maxLabel: text },
  },
  DateTimeResponse: { is: 'Response', has: { dateTimeSelected: time } },
  DigitalResource: {
    is: 'Entity',
    has: {
      storageName: text,
      creators: list('Agent'),
      mediaType: text,
      keywords: texts,
      learningObjectives: list('LearningObjective'),
      datePublished: time,
      version: text,
    },
  },
  DigitalResourceCollection: { is: 'Collection DigitalResource', has: { items: list('DigitalResource') } },
  Document: plain('DigitalResource'),
  FillinBlankResponse: { is: 'Response', has: { values: texts } },
  Forum: { is: 'DigitalResourceCollection', has: { items: list('Thread') } },
  Frame: { is: 'DigitalResource', has: { index: count } },
  Group: plain('Organization'),
  HighlightAnnotation: {
    is: 'Annotation',
    has: { selection: inline(one('TextPositionSelector')), selectionText: text },
  },
  ImageObject: plain('MediaObject'),
  LearningObjective: plain('Entity'),
  LikertScale: { is: 'Scale', has: { scalePoints: count, ...points } },
  Link: plain('Entity'),
  LtiLink: { is: 'DigitalResource', has: { messageType: term(MESSAGE_TYPES) } },
  LtiSession: { is: 'Session', has: { messageParameters: map } },
  MediaLocation: { is: 'DigitalResource', has: { currentTime: duration } },
  MediaObject: { is: 'DigitalResource', has: { duration } },
  Membership: {
    is: 'Entity',
    has: {
      organization: one('Organization'),
      member: one('Person'),
      roles: { is: 'role', list: true },
      status: term(STATUSES),
    },
  },
  Message: {
    is: 'DigitalResource',
    has: { replyTo: one('Message'), body: text, attachments: list('DigitalResource') },
  },
  MultipleChoiceResponse: { is: 'Response', has: { value: text } },
  MultipleResponseResponse: { is: 'Response', has: { values: texts } },
  MultiselectQuestion: { is: 'Question', has: { points: count, ...points } },
  MultiselectResponse: { is: 'Response', has: { selections: texts } },
  MultiselectScale: {
    is: 'Scale',
    has: { scalePoints: count, ...points, isOrderedSelection: flag, minSelections: count, maxSelections: count },
  },
  NumericScale: {
    is: 'Scale',
    has: { minValue: number, minLabel: text, maxValue: number, maxLabel: text, step: number },
  },
  OpenEndedQuestion: plain('Question'),
  OpenEndedResponse: { is: 'Response', has: { value: text } },
  Organization: { is: 'Agent', has: { subOrganizationOf: one('Organization'), members: list('Agent') } },
  Page: plain('DigitalResource'),
  Person: plain('Agent'),
  Query: { is: 'Entity', has: { creator: one('Person'), searchTarget: one('Entity'), searchTerms: text } },
  Question: { is: 'DigitalResource', has: { questionPosed: text } },
  Questionnaire: { is: 'DigitalResourceCollection', has: { items: list('QuestionnaireItem') } },
  QuestionnaireItem: {
    is: 'DigitalResource',
    has: { question: one('Question'), categories: texts, weight: number },
  },
  Rating: {
    is: 'Entity',
    has: {
      rater: one('Person'),
      rated: one('Entity'),
      question: one('Question'),
      selections: texts,
      ratingComment: one('Comment'),
    },
  },
  RatingScaleQuestion: { is: 'Question', has: { scale: one('Scale') } },
  RatingScaleResponse: { is: 'Response', has: { selections: texts } },
  Response: { is: 'Entity', has: { attempt: one('Attempt'), ...span } },
  Result: { is: 'Entity', has: { ...scored, maxResultScore: number, resultScore: number } },
  Scale: plain('Entity'),
  Score: { is: 'Entity', has: { ...scored, maxScore: number, scoreGiven: number } },
  SearchResponse: {
    is: 'Entity',
    has: {
      searchProvider: one('SoftwareApplication'),
      searchTarget: one('Entity'),
      query: one('Query'),
      searchResultsItemCount: count,
      searchResults: list('Entity'),
    },
  },
  SelectTextResponse: { is: 'Response', has: { values: texts } },
  Session: { is: 'Entity', has: { user: one('Person'), client: one('SoftwareApplication'), ...span } },
  SharedAnnotation: { is: 'Annotation', has: { withAgents: list('Agent') } },
  SoftwareApplication: { is: 'Agent', has: { host: text, ipAddress: text, userAgent: text, version: text } },
  Survey: { is: 'Collection', has: { items: list('Questionnaire') } },
  SurveyInvitation: {
    is: 'DigitalResource',
    has: { rater: one('Person'), survey: one('Survey'), sentCount: count, dateSent: time },
  },
  SystemIdentifier: {
    is: '',
    part: true,
    has: {
      identifierType: required(term(IDENTIFIER_TYPES)),
      identifier: required(text),
      source: one('SoftwareApplication'),
      extensions: map,
    },
  },
  TagAnnotation: { is: 'Annotation', has: { tags: texts } },
  TextPositionSelector: { is: '', part: true, has: { start: required(count), end: required(count) } },
  Thread: { is: 'DigitalResourceCollection', has: { items: list('Message') } },
  TrueFalseResponse: { is: 'Response', has: { value: text } },
  VideoObject: plain('MediaObject'),
  WebPage: plain('DigitalResource'),

  EpubChapter: plain('DigitalResource'),
  EpubPart: plain('DigitalResource'),
  EpubSubChapter: plain('DigitalResource'),
  EpubVolume: plain('DigitalResource'),
  Reading: plain('DigitalResource'),
}
