import { html, type Html } from '../html.ts'
import { seasonInEnglish } from '../wording.ts'
import type { WhyNot } from './why-not.ts'

const WHY: Readonly<Record<WhyNot, string>> = {
  none: 'nothing has been computed for it',
  few: 'figures of fewer than 10 students are not shown',
  hidden: 'it is not shown, to protect students in small groups',
  'no-school': 'there was no school week',
  'no-activity': 'no learning activity was recorded',
  'not-logged': 'too few meetings are logged to tell',
  'no-scores': 'there are no scores of two years to compare',
  stale: 'the figures are not up to date',
  insufficient: 'there is not enough data',
}

/** What a report says, in English. Ranges first; asking, never explaining; roles, never names. */
export const EN = {
  list: (parts: readonly (Html | string)[]): Html =>
    html`${parts.map((part, i) => [i === 0 ? '' : i === parts.length - 1 ? ' and ' : ', ', part])}`,
  quote: (text: Html): Html => html`“${text}”`,
  season: seasonInEnglish,
  subject: (name: string): string => name,
  grade: (grade: string): string => `grade ${grade}`,
  domain: (_id: string, english: string): string => english,
  title: (school: string): string => `${school}: school report`,
  lead: (day: string): string => `School report for the week of ${day}`,
  leadWithoutWeek: 'School report. No week of learning activity or contact has been computed yet.',
  live: 'For the school’s own use: its figures are live and may still change.',
  published: 'All figures are published ones.',
  howToRead:
    'A range is a 95% interval: it holds the true figure about 19 times in 20. “Above” and “below”, “higher” and “lower” are said only where two ranges do not overlap.',
  controls: {
    label: 'This report',
    week: 'Week of',
    show: 'Show',
    back: 'All figures of the school',
    other: 'En español',
    print: 'Print this page for two to four sheets.',
  },
  headings: {
    sentences: 'In four sentences',
    changes: 'What has changed',
    questions: 'Three questions worth asking',
    figures: 'The figures behind it',
    behind: 'What stands behind it',
  },
  topics: { growth: 'Growth', engagement: 'Engagement', connectedness: 'Connectedness', climate: 'Climate' },
  voices: { student: 'Students', family: 'Families', staff: 'Staff' },
  ofVoices: { student: 'students', family: 'families', staff: 'staff' },

  growth: (parts: readonly Html[]): Html =>
    html`Students grew, on average, ${parts.map((part, i) => [i > 0 && '; ', part])}.`,
  grew: (range: string, subject: string, when: string, verdict: string): Html =>
    html`at <strong>percentile ${range}</strong>${subject && ` in ${subject}`} (${when}): ${verdict}`,
  points: {
    more: (range: string, subject: string): Html =>
      html`Students grew <strong>${range}</strong> points a year more than in the
        district${subject && ` in ${subject}`}, on the test’s own scale.`,
    less: (range: string, subject: string): Html =>
      html`Students grew <strong>${range}</strong> points a year less than in the
        district${subject && ` in ${subject}`}, on the test’s own scale.`,
    open: (less: string, more: string, subject: string): Html =>
      html`Students grew between <strong>${less}</strong> points a year less and <strong>${more}</strong> more than in
        the district${subject && ` in ${subject}`}, on the test’s own scale: not distinguishable from it.`,
  },
  typical: {
    'above typical': 'above typical',
    'below typical': 'below typical',
    'not distinguishable from typical': 'not distinguishable from typical',
  },
  engagement: (days: string, beside: Html | null, minutes: string | null): Html =>
    html`Students were active on <strong>${days}</strong> of their school
      days${beside}${minutes && html`; the connected tools show <strong>${minutes}</strong> minutes of learning activity per student`}.`,
  connectedness: (by: string, share: string, beside: Html | null, logged: string | null): Html =>
    html`By ${by}, <strong>${share}</strong> of students had sustained contact with at least one
      adult${beside}.${logged && ` ${logged} of advisers logged a meeting in the eight weeks before.`}`,
  climate: (when: string, parts: Html, question: Html): Html =>
    html`In ${when}, ${parts} who answered were favourable to “${question}”.`,
  of: (share: string, voice: string): Html => html`<strong>${share}</strong> of ${voice}`,
  quiet: (voices: string): string => ` Of ${voices} nothing can be shown.`,
  beside: (word: 'above' | 'below' | 'not distinguishable', range: string): Html =>
    word === 'not distinguishable'
      ? html`, not distinguishable from the district (${range})`
      : html`, <strong>${word}</strong> the district (${range})`,
  unsaid: {
    growth: (why: string): string => `How much students grew cannot be said: ${why}.`,
    engagement: (why: string): string => `How active students were cannot be said: ${why}.`,
    connectedness: (why: string): string =>
      `How many students have sustained contact with an adult cannot be said: ${why}.`,
    climate: (why: string): string => `How school feels cannot be said: ${why}.`,
  },
  contactOnly: (minutes: string): Html =>
    html` Logged contact with other people: <strong>${minutes}</strong> minutes per student.`,
  notAsked: 'no survey has been published',
  tooFewAnswered: 'too few answered to show figures',
  why: WHY,
  behind: (n: string): string => `${n} students.`,
  answered: (voice: string, n: string, enrolled: string | null, share: string | null, limited: boolean): string =>
    `${voice} who answered: ${n}${enrolled === null ? '' : ` of ${enrolled}`}${share === null ? '' : ` (${share}${limited ? ', limited: fewer than half' : ''})`}`,
  hiddenAnswers: (voice: string): string => `${voice} who answered: not shown`,
  blind: {
    growth: 'Who sat no test, or has no score of a year earlier, is not in it.',
    engagement: 'Work that no connected tool records is not seen; a quiet day is not an absence.',
    connectedness: 'Logs show contact, not how it was; what nobody logs is not seen.',
    climate: 'Those who did not answer may feel otherwise. Students, families and staff are never added up.',
  },

  changes: {
    since: (day: string, isFour: boolean): string =>
      `Active days and adult contact are held against the week of ${day}${isFour ? ', four weeks earlier' : ', the last one with figures four weeks earlier or more'}; growth against the test window before, climate against the survey before.`,
    sinceNothing:
      'The school year has no week with figures four weeks earlier; growth is held against the test window before, climate against the survey before.',
    none: 'No change that the data can show.',
    nothing: 'There is nothing yet to compare with.',
    some: (_n: number, changed: string, all: string): string =>
      `Of ${all} figures that can be compared, ${changed} changed by more than their ranges allow for; of the others the data can show no change.`,
    one: 'The one figure that can be compared changed by more than its range allows for.',
    every: 'Every figure that can be compared changed by more than its range allows for.',
    caption: 'Before and now, with 95% intervals',
    before: 'Before',
    now: 'Now',
    shows: 'What the data show',
    higher: 'higher',
    lower: 'lower',
    same: 'no change that the data can show',
    unknown: 'cannot be compared',
    district: {
      higher: 'in the district higher too',
      lower: 'in the district lower too',
      same: 'in the district no change that the data can show',
    },
    against: { higher: 'in the district higher', lower: 'in the district lower' },
    growth: (subject: string): string => `Growth${subject && ` in ${subject}`}: mean percentile`,
    engagement: 'Active days: share of school days',
    connectedness: 'Students with sustained adult contact',
    climate: (question: Html): Html => html`Students favourable to “${question}”`,
    byMean: 'said by the mean answers of both surveys',
  },

  questions: {
    whom: 'Ask',
    because: 'What it comes from',
    team: (subject: string): string => (subject ? `the ${subject} team` : 'the subject teams'),
    gradeTeams: 'the grade-level teams',
    advisers: 'the advisers',
    advisersOf: (grade: string): string => `the advisers of ${grade}`,
    council: 'the student council',
    councilAndStaff: 'the student council and the staff',
    councilAndFamilies: 'the student council and the family association',
    tests: 'whoever coordinates the tests',
    platforms: 'whoever looks after the learning platforms',
    lowestQuarter: (subject: string): string =>
      `What helps students who started in the lowest quarter${subject && ` in ${subject}`}, and what gets in their way? What do they say themselves?`,
    growthBelow: (subject: string): string =>
      `Which work${subject && ` in ${subject}`} helped students most this year, and whom did it not reach?`,
    growthAbove: (subject: string): string =>
      `What would you keep of this year’s work${subject && ` in ${subject}`}, and would students name the same?`,
    growthUnknown: 'Which students have no scores to compare, and when can they next have one?',
    growthOpen: (subject: string): string =>
      `Whose growth${subject && ` in ${subject}`} surprised you this year, in either direction?`,
    activityLower: (week: string, before: string): string =>
      `What was different for students in the week of ${week} from the week of ${before}?`,
    activityBelow: 'On which days do students work with the connected tools, and what do they do on the other days?',
    activityUnknown: 'Which tools do classes use of which nothing arrives here?',
    activityOpen: 'When students may choose what to work on, what do they choose?',
    gradeContact: (grade: string): string =>
      `Which adult knows each student of ${grade}, also those of whom no meeting is logged?`,
    logging: 'Which meetings with students take place that nobody logs?',
    contactLower: (before: string): string =>
      `Which meetings with students no longer take place, or are no longer logged, since the week of ${before}?`,
    contactBelow: 'Whom has no adult met one to one in the last weeks, and who could?',
    voicesApart: (question: Html): Html =>
      html`Students and staff answer “${question}” differently. What does each of them have in mind?`,
    climateLower: (question: Html, when: string): Html =>
      html`Fewer students than in ${when} are favourable to “${question}”. What were they thinking of when they
      answered?`,
    climateHalf: (question: Html): Html =>
      html`Fewer than half of the students are favourable to “${question}”. What would they like to be different?`,
    climateLimited: 'Whom did the survey not reach, and how would they like to be asked?',
    climateUnknown: 'How does school feel to students, families and staff, and when were they last asked?',
    climateOpen: (question: Html): Html => html`What should the school know about “${question}” that no survey asks?`,
    lowestAndHighest: (lowest: string, highest: string): string =>
      `growth of the lowest quarter at percentile ${lowest}, of the highest at ${highest}`,
    lowestAlone: (lowest: string): string => `growth of the lowest quarter at percentile ${lowest}`,
    pointsMore: (range: string): string => `${range} points a year more than in the district`,
    pointsLess: (range: string): string => `${range} points a year less than in the district`,
    percentile: (range: string): string => `growth at percentile ${range}`,
    days: (range: string): string => `active on ${range} of school days`,
    daysThen: (now: string, before: string): string => `active on ${now} of school days, before ${before}`,
    daysBeside: (own: string, district: string): string =>
      `active on ${own} of school days, in the district ${district}`,
    contact: (range: string): string => `${range} of students with sustained adult contact`,
    contactThen: (now: string, before: string): string =>
      `${now} of students with sustained adult contact, before ${before}`,
    contactBeside: (own: string, district: string): string =>
      `${own} of students with sustained adult contact, in the district ${district}`,
    contactGrade: (grade: string, range: string, whole: string): string =>
      `sustained adult contact: ${grade} ${range}, the whole school ${whole}`,
    logged: (share: string): string => `${share} of advisers logged a meeting in eight weeks`,
    favourable: (parts: Html): Html => html`favourable: ${parts}`,
    response: (voices: string): string => `fewer than half answered of ${voices}`,
  },

  figures: {
    figure: 'Figure',
    school: 'This school',
    district: 'District',
    ofDistrict: 'the whole district',
    marked: 'Marked',
    notes: 'Notes on the weekly charts',
    students: 'Students',
    all: 'All students',
    week: 'Week of',
    grade: 'Grade',
    who: 'Who',
    question: 'Question',
    percentile: 'Mean percentile',
    quarters: ['Lowest quarter', 'Second quarter', 'Third quarter', 'Highest quarter'],
    growth: (subject: string, when: string): string => `Growth${subject && ` in ${subject}`}, ${when}`,
    growthHow:
      'A growth percentile holds a new score against those of students with similar earlier scores: 50 is typical, for low and high starters alike. Quarters: where students started, in the district.',
    engagement: 'Active days, week by week',
    engagementHow: 'Share of school days on which students left a trace of learning.',
    connectedness: 'Sustained adult contact, week by week',
    connectednessHow:
      'Share of students with about a quarter of an hour one to one every three weeks, in two or more of the last eight.',
    contactByGrade: 'Sustained adult contact by grade',
    climate: (when: string): string => `Climate: one question to all, ${when}`,
    climateHow: (question: Html): Html => html`Share of favourable answers to ${question}, among those who answered.`,
    onlyBounds: 'A bar without a dot: so near to none or all that only this much is told.',
    notCompared: 'not compared',
    otherTopics: 'Climate by topic: share of favourable answers',
    lastOfMonths: 'the last week of every month with figures, and the week reported on',
    intervals: '95% interval and, in small, best estimate',
    label: (what: string, spans: string): string => `${what}: ${spans}. The table gives the figures.`,
    small: '* Fewer than 20 students: such a figure moves a lot by chance.',
    none: 'no figure',
    few: 'fewer than 10',
    hidden: 'not shown',
    'no-school': 'no school week',
    notAsked: 'not asked',
    bracket: (side: 'at most' | 'at least', share: string): string => `${side} ${share}`,
    missing: (topic: string): string => `${topic}: no figure to draw yet.`,
  },

  coverage: {
    live: (moment: string): string =>
      `The school’s weekly figures, growth and contact are live: everything that had arrived by ${moment}; they may still change.`,
    snapshot: (id: string, published: string, asOf: string): string =>
      `Figures of the district and of surveys were published ${published} (snapshot ${id}), from what had arrived by ${asOf}.`,
    noSnapshot: 'Nothing has been published yet, so there are no figures of the district or of surveys.',
    rules:
      'Figures of fewer than 10 students are left out. Schools are compared with the district and with themselves, never put in order.',
    questions: 'The questions are chosen by fixed rules from the figures above. They ask; they do not say why.',
    defined: 'How each figure is defined stands in Homeroom under “Indicators”.',
  },
}

export type Words = typeof EN
