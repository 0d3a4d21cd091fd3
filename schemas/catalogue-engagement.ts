import type { CatalogueEntry } from './catalogue.ts'

const ALL = ['student', 'class', 'advisory', 'school', 'district'] as const
const base = {
  version: 1,
  units: ALL,
  period: 'week',
  minimumN: 10,
  definition: 'processors/engagement/README.md',
  files: ['processors/engagement/engagement-aggregates.sql'],
} as const satisfies Partial<CatalogueEntry>
const share = { decimals: 2, range: [0, 1] } as const
const count = { decimals: 1, range: [0, 1000] } as const
const minutes = { decimals: 0, range: [0, 10_080], unit: 'minutes per student and week' } as const

const engagement: readonly CatalogueEntry[] = [
  {
    ...base,
    ...share,
    id: 'completion',
    code: 'B3',
    name: 'Completion',
    question: 'Of the activities that students started, what share did they complete within four weeks?',
    unit: 'share of activities started',
    domain: 'engagement',
    caution:
      'It looks back: activities started four to eight weeks ago. Only of tools that record starts and completions, and of students who started five or more.',
    source: 'Indicator specification B3; mean of students’ own shares',
  },
  {
    ...base,
    ...share,
    id: 'persistence',
    code: 'B3',
    name: 'Persistence',
    question: 'After a first attempt failed, how often did students try again within a week?',
    unit: 'share of failed first attempts',
    domain: 'engagement',
    caution:
      'Only where tools record outcomes and allow another attempt; of students with five failed first attempts or more.',
    source: 'Indicator specification B3; mean of students’ own shares',
  },
  {
    ...base,
    ...share,
    id: 'evenness',
    code: 'B4',
    name: 'Evenness over the week',
    question: 'How evenly was the time on task spread over the school days?',
    unit: 'evenness, 0 (one day) to 1 (all days alike)',
    domain: 'engagement',
    caution: 'A description, not a target: a project day may be a good week. Days of absence do not count.',
    source: 'Indicator specification B4; in the spirit of Boroujeni et al. 2016, not their measure',
  },
  {
    ...base,
    ...share,
    id: 'similarity',
    code: 'B4',
    name: 'Likeness to the week before',
    question: 'How alike were the shares of the days in this week and in the one before?',
    unit: 'likeness, 0 (nothing in common) to 1 (the same)',
    domain: 'engagement',
    caution: 'A description of rhythm, not of quality. Only days that are school days in both weeks count.',
    source: 'Indicator specification B4; 1 − Jensen-Shannon divergence',
  },
  {
    ...base,
    id: 'engagement_index',
    code: 'B7',
    name: 'Engagement index',
    question: 'Beside last year’s weeks of the same grades, how active, complete, even and reflective was the week?',
    unit: 'index; 50 is the mean of the reference',
    decimals: 1,
    range: [20, 80],
    domain: 'engagement',
    caution:
      'Three of five components are enough. In a first year the reference is weeks 3 to 8 of the year itself: provisional. It is no T score, and no grade.',
    source: 'Indicator specification B7; reference frozen for the school year',
  },
]

const agency: readonly CatalogueEntry[] = [
  {
    ...base,
    id: 'pace',
    code: 'B5',
    name: 'Pace against own plan',
    question: 'How many of the units that students planned for themselves to date have they done?',
    unit: 'units done per unit planned',
    decimals: 2,
    range: [0, 4],
    domain: 'agency',
    caution: 'Against the student’s own plan, not against others’. A running week counts as planned in full.',
    source: 'Indicator specification B5; a ratio above 4 counts as 4',
  },
  {
    ...base,
    id: 'pace_variation',
    code: 'B5',
    name: 'Variation of pace',
    question: 'How much do the units that students do vary from week to week?',
    unit: 'standard deviation as a share of the mean',
    decimals: 2,
    range: [0, 8],
    domain: 'agency',
    caution: 'Neither good nor bad: some work in bursts. From four whole weeks of a plan on.',
    source: 'Indicator specification B5',
  },
  {
    ...base,
    ...share,
    id: 'choice_share',
    code: 'B6',
    name: 'Own choices',
    question: 'What share of the activities that students started had they chosen themselves?',
    unit: 'share of activities of which is said who chose them',
    domain: 'agency',
    caution: 'Four weeks together; of students of whom it is said for ten activities or more.',
    source: 'Indicator specification B6; mean of students’ own shares',
  },
  {
    ...base,
    ...count,
    id: 'goals_set',
    code: 'B6',
    name: 'Goals set',
    question: 'How many goals have students set for themselves in this term so far?',
    unit: 'goals per student in the term so far',
    domain: 'agency',
    caution: 'It grows with the term. Goals that nobody records are not seen.',
    source: 'Indicator specification B6',
  },
  {
    ...base,
    ...count,
    id: 'reflections',
    code: 'B6',
    name: 'Reflections',
    question: 'How often did students write about their own learning in the last four weeks?',
    unit: 'reflections per student in four weeks',
    domain: 'agency',
    caution: 'Counted, not read: how deep a reflection goes is for people to see.',
    source: 'Indicator specification B6',
  },
  {
    ...base,
    ...share,
    id: 'profile_current',
    code: 'B6',
    name: 'Current profiles',
    question: 'What share of students have a plan, a goal or a conversation of the last 60 days?',
    unit: 'share of students',
    domain: 'agency',
    caution: 'It says that something was recorded, not that it was talked over.',
    source: 'Indicator specification B6; Wilson’s interval',
  },
  {
    ...base,
    ...count,
    id: 'help_asked',
    code: 'B6',
    name: 'Help asked for',
    question: 'How often did students ask for help in the last four weeks?',
    unit: 'requests per student in four weeks',
    domain: 'agency',
    caution: 'Asking for help is a strength. Help that is asked for face to face is mostly not seen.',
    source: 'Indicator specification B6',
  },
]

const modes: readonly CatalogueEntry[] = (
  [
    ['individual_minutes', 'Time alone', 'learning alone'],
    ['small_group_minutes', 'Time in small groups', 'with a peer or in a small group'],
    ['one_to_one_minutes', 'Time one-to-one', 'with one adult of the school'],
    ['virtual_tutor_minutes', 'Time with a virtual tutor', 'with a virtual tutor'],
    ['project_team_minutes', 'Time in project teams', 'in a project team'],
    ['community_minutes', 'Time with the community', 'with mentors and people of the community'],
  ] as const
).map(([id, name, how]) => ({
  ...base,
  ...minutes,
  id,
  code: 'B',
  name,
  question: `How many minutes did students spend ${how}?`,
  domain: 'mode' as const,
  caution:
    'Time together that nobody logs is not seen, so that time alone looks longer than it is. What happens at once counts in both.',
  source: 'Union of the logged stretches of one mode, as in B2',
}))

const years: readonly CatalogueEntry[] = (
  [
    ['year_active_days', 'B1', 'Active days of the year', 'On what share of school days were students active, grade by grade?', 'share of school days enrolled', share],
    ['year_effort_minutes', 'B2', 'Time on task of the year', 'How many minutes a week were students at work, grade by grade?', minutes.unit, minutes],
    ['year_choice_share', 'B6', 'Own choices of the year', 'What share of activities did students choose themselves, grade by grade?', 'share of activities of which is said who chose them', share],
    ['year_engagement_index', 'B7', 'Engagement index of the year', 'How does the engagement index develop, grade by grade?', 'index; 50 is the mean of the reference', { decimals: 1, range: [20, 80] }],
  ] as const
).map(([id, code, name, question, unit, scale]) => ({
  ...base,
  ...scale,
  id,
  code,
  name,
  question,
  unit,
  units: ['school', 'district'] as const,
  period: 'year' as const,
  files: ['processors/engagement/engagement-years.sql'],
  domain: 'engagement' as const,
  caution:
    'Grades of one year are different students: to follow one cohort, read one grade higher a year later. Of students with four known weeks or more.',
  source: 'Mean of each student’s known weeks of a school year, then of students',
})) // prettier-ignore

/** B3 to B7, minutes by mode, and whole school years (engagement by grade). */
export const engagementEntries: readonly CatalogueEntry[] = [...engagement, ...agency, ...modes, ...years]
