import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { localTime } from '../../processors/local-time.ts'
import { storeConversations } from '../../processors/store-conversations.ts'
import { storePlans } from '../../processors/store-plans.ts'
import type { PlanEntry } from '../../schemas/plan.ts'
import type { RosterEntry } from '../../schemas/roster.ts'
import { aConversation } from '../helpers/conversations.ts'
import { aGoal, aPlan, aReflection, placed } from '../helpers/plans.ts'
import {
  anAlias,
  aRecord,
  aSchool,
  enrol,
  person,
  recompute,
  store,
  ZONE,
  type RecordSketch,
} from '../helpers/records.ts'
import { sealer } from '../helpers/sealed.ts'
import { SECRETS } from './an-app.ts'

/** The day on which pages are read in these tests, a Friday afternoon in the district. */
export const READ_AT = new Date('2026-03-06T20:00:00Z')
export const ADA = person('ada')
export const BEN = person('ben')

const SET_GOAL = 'https://homeroom.example/xapi/verbs/set-goal'

/** A school of one homeroom, HR-1, with ada and ben, a class MATH-9 of ada's, and names for both. Ada is also known as ada@lms. */
export async function aHomeroom(warehouse: Warehouse): Promise<void> {
  const base = { source: 'sis', storedAt: '2025-08-01T12:00:00.000Z', status: 'active' } as const
  const more: RosterEntry[] = [
    {
      type: 'class',
      ...base,
      id: 'c-9',
      school: 'lincoln',
      label: 'MATH-9',
      classType: 'scheduled',
      subjects: ['mathematics'],
      grades: ['09'],
    },
    {
      type: 'class',
      ...base,
      id: 'c-8',
      school: 'lincoln',
      label: 'ART-8',
      classType: 'scheduled',
      subjects: ['art'],
      grades: ['08'],
    },
    {
      type: 'enrolment',
      ...base,
      id: 'e-9',
      person: ADA,
      class: 'c-9',
      school: 'lincoln',
      role: 'student',
      begin: '2025-08-25',
      end: null,
    },
    anAlias('ada', 'ada'),
    anAlias('ada@lms', 'ada'),
    anAlias('ben', 'ben'),
  ]
  await enrol(warehouse, ...aSchool('lincoln', { 'hr-1': ['ada', 'ben'] }), ...more)
  for (const [id, given, family] of [
    [ADA, 'Ada', 'Alder'],
    [BEN, 'Ben', 'Zeller'],
  ] as const)
    await warehouse.command(
      `insert into {identity:Identifier}.people (person_id, given_name, family_name, email, sourced_id, ver, deleted)
       select unhex({id:String}), {given:String}, {family:String}, '', '', 1, 0`,
      { id, given, family },
    )
}

/** What ada planned and wrote: goals of a file and of a statement, a plan, a reflection; words sealed. */
export async function adasWords(warehouse: Warehouse): Promise<void> {
  const seal = sealer(warehouse, SECRETS)
  const words = async (text: string, levels?: Record<string, string>): Promise<string> =>
    seal(ADA, JSON.stringify({ text, ...(levels && { levels }) }))
  const entries: PlanEntry[] = [
    aGoal({
      key: 'g1',
      subject: 'english',
      horizon: 'short',
      due: '2026-03-20',
      words: await words('Read one book a <week>', { '0': 'a book a week', '1': 'two a week' }),
    }),
    aGoal({
      key: 'g2',
      horizon: 'long',
      day: '2025-09-15',
      words: await words('Finish a project that I show in public'),
    }),
    aGoal({
      key: 'g3',
      day: '2025-09-08',
      status: 'attained',
      closed: '2025-12-12',
      level: 1,
      words: await words('Ask before I am stuck for a day'),
    }),
    // Another student's.
    aGoal({ key: 'g4', who: 'ben', words: await seal(BEN, JSON.stringify({ text: 'Only Ben knows' })) }),
    aPlan({
      key: 'p1',
      subject: 'mathematics',
      begin: '2026-01-05',
      end: '2026-06-13',
      mix: { individual: 0.4, adult: 0.1, peer: 0.25, group: 0.25 },
    }),
    aPlan({ key: 'p2', subject: 'mathematics', begin: '2025-09-01', end: '2026-06-13', unitsPerWeek: 9 }),
    aReflection({ key: 'r1', day: '2026-03-04', words: await words('Fractions make sense when I draw them') }),
  ]
  await storePlans(warehouse, placed(entries))
  await store(warehouse, [
    aRecord({
      actor: 'ada@lms',
      kind: 'goal-set',
      verb: SET_GOAL,
      object: 'https://lms.example.org/goals/77',
      at: '2026-02-02T10:00:00-05:00',
      agency: { goal: { horizon: 'short', due: '2026-02-20' } },
      raw: await seal(
        person('ada@lms'),
        `x${JSON.stringify({ actor: { $agent: 'x'.repeat(22) }, object: { id: 'https://lms.example.org/goals/77', definition: { name: { 'en-US': 'Explain my steps aloud' } } } })}`,
      ),
    }),
  ])
}

/** Ada's work of eight weeks: answers on Mondays at 10, choices on Wednesday evenings. */
export async function adasWork(warehouse: Warehouse): Promise<void> {
  const records: RecordSketch[] = []
  for (let week = 0; week < 8; week++) {
    const monday = Date.parse('2026-01-12T15:00:00Z') + week * 7 * 86_400_000
    for (let i = 0; i < 3; i++) {
      const at = new Date(monday + i * 600_000).toISOString()
      records.push({
        actor: 'ada@lms',
        at,
        subject: 'mathematics',
        skills: ['fractions'],
        success: true,
        object: `https://lms.example.org/item/${week}-${i}`,
      })
    }
    const evening = new Date(monday + 2 * 86_400_000 + 10 * 3_600_000).toISOString()
    records.push({
      at: evening,
      kind: 'started',
      choice: 'chosen',
      subject: 'art',
      object: 'https://lms.example.org/activities/paint-a-mural',
    })
  }
  records.push({ actor: 'ben', at: '2026-03-02T11:00:00-05:00' })
  await store(warehouse, records.map(aRecord))
  await recompute(warehouse)
}

/** What computations and a conversation say of ada: a skill that she knows and one that she works on, growth, words of the adviser. */
export async function adasStrengths(warehouse: Warehouse): Promise<void> {
  await warehouse.command(
    `insert into student_mastery (student_id, skill, value, responses, mastered, last_at, computed)
     select unhex({ada:String}), x.1, x.2, x.3, x.4, toDateTime64('2026-03-02 15:20:00', 3, 'UTC'), 1
     from (select arrayJoin([('https://skills.example.org/fractions', 0.97, 24, true), ('urn:skill:long-division', 0.31, 6, false)]) as x)`,
    { ada: ADA },
  )
  await warehouse.command(
    `insert into student_growth (student_id, indicator, test, subject, window, window_begin, day, value, lo, hi, status, computed)
     select unhex({ada:String}), 'growth_percentile', 'MAP', x.1, '2025-2026 winter', '2026-01-12', '2026-01-14', x.2, x.3, x.4, 'ok', 1
     from (select arrayJoin([('mathematics', 78., 70., 85.), ('reading', 52., 40., 66.), ('science', 22., 12., 33.)]) as x)`,
    { ada: ADA },
  )
  const talked = { strengths: ['explains well'], interests: ['murals'], needs: ['a quiet place'] }
  await storeConversations(warehouse, [aConversation(talked)], localTime(ZONE))
}
