import type { NextStep, Topic } from '../../../schemas/conversation.ts'

/** How topics are said, in the order of the form. */
export const TOPICS: Readonly<Record<Topic, string>> = {
  'how-it-goes': 'How it goes',
  schoolwork: 'School work',
  goals: 'Goals',
  people: 'Other students',
  family: 'Family',
  attendance: 'Being here',
  interests: 'Interests',
  'after-school-years': 'After school years',
  'something-else': 'Something else',
}

/** How next steps are said. */
export const NEXT_STEPS: Readonly<Record<NextStep, string>> = {
  'meet-again': 'We meet again',
  'talk-with-family': 'Talk with the family',
  'ask-a-teacher': 'Ask a teacher',
  'find-a-mentor': 'Find a mentor or tutor',
  'join-others': 'Join a project or club',
  'student-tries': 'The student tries it',
}

export type TagKind = 'strength' | 'interest' | 'need'

/** What the form offers to tick, beside what was said of this student before. */
export const OFFERED: Readonly<Record<TagKind, readonly string[]>> = {
  strength: [
    'keeps at it',
    'helps others',
    'asks good questions',
    'plans ahead',
    'has ideas',
    'speaks up',
    'works well with others',
  ],
  interest: [
    'music',
    'sports',
    'art and design',
    'science',
    'technology',
    'reading',
    'nature',
    'building things',
    'languages',
  ],
  need: [
    'more challenge',
    'more time',
    'help with planning',
    'somebody to work with',
    'a quiet place',
    'to be listened to',
  ],
}

export const KINDS: Readonly<Record<TagKind, { title: string; other: string }>> = {
  strength: { title: 'Strengths', other: 'Other strengths' },
  interest: { title: 'Interests', other: 'Other interests' },
  need: { title: 'What would help', other: 'What else would help' },
}
