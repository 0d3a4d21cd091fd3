// What made-up students write: sentences that many could have written, about nobody.

/** A goal and what each level of attainment means for it, from −2 (much less than expected) to 2 (much more). */
export type GoalPhrase = { text: string; levels: readonly [string, string, string, string, string] }

/** Goals for a term; `{subject}` stands for the title of the subject it is about. */
export const SHORT_GOALS: readonly GoalPhrase[] = [
  {
    text: 'Finish one unit of {subject} every week',
    levels: ['none', 'one a month', 'one a week', 'two a week', 'three a week'],
  },
  {
    text: 'Ask for help in {subject} before I am stuck for a day',
    levels: ['never', 'once', 'most times', 'every time', 'and help others'],
  },
  {
    text: 'Look over my work in {subject} before I hand it in',
    levels: ['never', 'sometimes', 'mostly', 'always', 'with a partner too'],
  },
  {
    text: 'Explain one idea of {subject} to somebody every week',
    levels: ['never', 'once a month', 'once a week', 'twice a week', 'every day'],
  },
  {
    text: 'Begin the weekly work in {subject} on Monday',
    levels: ['never', 'some weeks', 'most weeks', 'every week', 'and plan the week'],
  },
  {
    text: 'Write down one question about {subject} each day',
    levels: ['none', 'once a week', 'most days', 'each day', 'and find the answers'],
  },
]

/** Goals for the year. */
export const LONG_GOALS: readonly GoalPhrase[] = [
  { text: 'Finish a project that I show to others', levels: ['no project', 'a draft', 'a project', 'shown in class', 'shown in public'] },
  { text: 'Find out what I want to do after school', levels: ['no idea yet', 'a list', 'two talks with people who do it', 'a visit', 'a plan'] },
  { text: 'Work with people whom I did not know before', levels: ['nobody', 'one person', 'a team', 'two teams', 'and lead one'] },
  { text: 'Read one book a month that I choose myself', levels: ['none', 'three in all', 'one a month', 'two a month', 'and tell others about them'] },
  { text: 'Teach a younger student something that I am good at', levels: ['not yet', 'once', 'every month', 'every week', 'a group of them'] },
] // prettier-ignore

export const PLAN_REASONS: readonly string[] = [
  'I want more time on my own in the morning and to work with others later.',
  'Working in a group helps me to keep going.',
  'I would like to talk with a teacher more often.',
  'A steady pace suits me best.',
  'I plan a little more this time, because the last weeks went well.',
  'I plan a little less, so that I can finish what I began.',
]

export const REFLECTIONS: readonly string[] = [
  'I got further than I thought, because I began early.',
  'Explaining it to somebody else showed me what I had not understood.',
  'I was stuck and waited too long before I asked.',
  'Working with a partner helped most this week.',
  'I rushed the last part and will check it next time.',
  'I liked that I could choose the topic.',
  'The second try went much better than the first.',
  'I want to plan the week before it begins.',
  'I found a way to remember it that works for me.',
  'I would like to show this to others.',
]

/** What is offered in a week, as ends of the ids of activities. */
export const OFFERS: readonly string[] = ['video', 'lab', 'worksheet', 'project', 'reading', 'quiz']

/** What advisers write down of conversations; topics and next steps are words of `schemas/conversation.ts`. */
export const CONVERSATION_WORDS = {
  topics: ['how-it-goes', 'schoolwork', 'goals', 'people', 'interests', 'after-school-years'],
  strengths: ['keeps at it', 'helps others', 'asks good questions', 'plans ahead', 'has ideas', 'speaks up'],
  interests: ['music', 'sports', 'art and design', 'science', 'technology', 'reading', 'nature', 'building things'],
  needs: ['more challenge', 'more time', 'help with planning', 'somebody to work with', 'a quiet place'],
  steps: [
    { step: 'meet-again', words: 'We meet again in two weeks.' },
    { step: 'student-tries', words: 'Tries the plan for the week, and says on Friday how it went.' },
    { step: 'ask-a-teacher', words: 'I ask which unit fits best now.' },
    { step: 'join-others', words: 'Looks at the list of clubs.' },
    { step: 'find-a-mentor', words: '' },
  ],
  notes: [
    'A good talk; begin with the project next time.',
    'Ask how the first week with the new plan went.',
    'Prefers to talk while walking.',
    'Remember to say what went well.',
  ],
  goals: ['Join one thing after school', 'Plan the week on Mondays', 'Show my project to somebody'],
} as const

/** What is written under a survey. */
export const COMMENTS: readonly { en: string; es: string }[] = [
  { en: 'More time between classes.', es: 'Más tiempo entre clases.' },
  { en: 'Ask us before something changes.', es: 'Pregúntennos antes de cambiar algo.' },
  { en: 'A quiet place to work at noon.', es: 'Un lugar tranquilo para trabajar al mediodía.' },
  { en: 'Nothing, it is good as it is.', es: 'Nada, está bien así.' },
  { en: 'More time with my advisory.', es: 'Más tiempo con mi grupo de asesoría.' },
  { en: 'The bus is late too often.', es: 'El autobús llega tarde muchas veces.' },
  { en: 'Somebody to ask when I am stuck.', es: 'Alguien a quien preguntar cuando no avanzo.' },
]
