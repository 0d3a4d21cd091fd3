import type { Kind, Mode } from '../../schemas/record.ts'

/** What a verb says in Homeroom's closed vocabulary; `mode` only where the verb itself decides it. */
export type Rule = { kind: Kind; mode?: Mode }

const NAMESPACES: Record<string, string> = {
  adl: 'http://adlnet.gov/expapi/verbs/',
  cmi5: 'https://w3id.org/xapi/adl/verbs/',
  video: 'https://w3id.org/xapi/video/verbs/',
  acrossx: 'https://w3id.org/xapi/acrossx/verbs/',
  tincan: 'http://id.tincanapi.com/verb/',
  streams: 'http://activitystrea.ms/schema/1.0/',
  stream: 'http://activitystrea.ms/',
  homeroom: 'https://homeroom.example/xapi/verbs/',
}

// One line a kind: namespace: verbs. A verb that stands nowhere is `other`: kept and counted.
const VERBS: Partial<Record<Kind, string>> = {
  started: `adl: attempted initialized launched resumed; streams: start open; stream: start open; tincan: opened`,
  viewed: `adl: experienced interacted progressed exited suspended terminated; cmi5: abandoned launched; video: played paused seeked interacted terminated initialized; acrossx: viewed accessed searched; tincan: viewed previewed reviewed paused read bookmarked downloaded skipped focused unfocused; streams: access read watch listen play consume search; stream: access read watch listen play consume search`,
  answered: `adl: answered responded; streams: answer submit; stream: answer submit; acrossx: answered`,
  completed: `adl: completed passed failed mastered; cmi5: satisfied; video: completed; streams: complete; stream: complete; acrossx: completed; tincan: completed`,
  scored: `adl: scored; tincan: earned`,
  chose: `adl: preferred; tincan: selected personalized; streams: favorite; stream: favorite; homeroom: chose`,
  'goal-set': `tincan: planned; homeroom: set-goal`,
  'goal-met': `streams: satisfy; stream: satisfy; homeroom: met-goal`,
  reflected: `tincan: evaluated; homeroom: reflected`,
  'asked-help': `adl: asked; tincan: requested-attention; homeroom: asked-help`,
  'gave-help': `homeroom: gave-help`,
  'gave-feedback': `adl: commented; tincan: rated voted-up voted-down; streams: like; stream: like; acrossx: posted liked; homeroom: gave-feedback`,
  messaged: `adl: shared; streams: send share; stream: send share; tincan: called; homeroom: messaged`,
  met: `tincan: mentored talked-with interviewed; homeroom: met`,
  collaborated: `streams: author; stream: author; homeroom: collaborated`,
  attended: `adl: attended; streams: attend checkin; stream: attend checkin; homeroom: attended`,
  absent: `streams: unattend; homeroom: absent`,
  noted: `adl: registered imported; cmi5: waived; tincan: enrolled; homeroom: noted`,
  voided: `adl: voided`,
}

/** Kind by verb id. */
export const XAPI_VERBS: ReadonlyMap<string, Rule> = new Map(
  Object.entries(VERBS).flatMap(([kind, line]) =>
    line.split(';').flatMap(part => {
      const [namespace = '', verbs = ''] = part.split(':')
      return verbs
        .trim()
        .split(' ')
        .map(verb => [NAMESPACES[namespace.trim()] + verb, { kind: kind as Kind }] as const)
    }),
  ),
)

/** Where the activity's type says more than the verb: type → (kind by the verb → kind). */
export const XAPI_ACTIVITY_TYPES: ReadonlyMap<string, Partial<Record<Kind, Rule>>> = new Map([
  [
    'http://adlnet.gov/expapi/activities/meeting',
    { attended: { kind: 'met' }, started: { kind: 'met' }, completed: { kind: 'met' } },
  ],
  [
    'http://id.tincanapi.com/activitytype/tutor-session',
    { attended: { kind: 'met', mode: 'adult' }, completed: { kind: 'met', mode: 'adult' } },
  ],
  [
    'http://id.tincanapi.com/activitytype/goal',
    { started: { kind: 'goal-set' }, chose: { kind: 'goal-set' }, completed: { kind: 'goal-met' } },
  ],
  [
    'https://homeroom.example/xapi/activities/goal',
    { started: { kind: 'goal-set' }, chose: { kind: 'goal-set' }, completed: { kind: 'goal-met' } },
  ],
  [
    'https://homeroom.example/xapi/activities/reflection',
    { answered: { kind: 'reflected' }, completed: { kind: 'reflected' } },
  ],
])

export const COURSE_TYPES: ReadonlySet<string> = new Set([
  'http://adlnet.gov/expapi/activities/course',
  'https://w3id.org/xapi/cmi5/activitytype/course',
  'http://id.tincanapi.com/activitytype/lms/course',
])
export const SKILL_TYPES: ReadonlySet<string> = new Set([
  'http://adlnet.gov/expapi/activities/objective',
  'https://homeroom.example/xapi/activities/skill',
])
