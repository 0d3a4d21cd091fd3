import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { forgetDerived } from '../../processors/replay.ts'
import { EXTENSIONS } from '../../schemas/xapi.ts'
import { redriving } from './a-redrive.ts'
import { NOW } from './start-ingest.ts'

const EXAMPLES = fileURLToPath(new URL('../../infra/examples/plans/', import.meta.url))
const OWN = 'https://homeroom.example/xapi/verbs/'
const HOUR_MS = 3_600_000
const at = redriving()

const VIEWS = ['current_plans', 'current_goals', 'current_choices', 'current_reflections']
const shown = async (): Promise<object[][]> => {
  await at.stored()
  return Promise.all(VIEWS.map(view => at.warehouse.query<object>(`select * from ${view} order by all`)))
}

let statements = 0
async function say(verb: string, object: string, extensions: Record<string, unknown>, day: string): Promise<void> {
  const answer = await at.ingest.post('/xapi/statements', {
    id: `fd41c918-b88b-4b20-a0a5-${String(statements++).padStart(12, '0')}`,
    actor: { account: { homePage: 'https://lms.example.org', name: 'kim' } },
    verb: { id: `${OWN}${verb}` },
    object: { id: `https://lms.example.org/${object}` },
    context: { extensions },
    timestamp: `${day}T15:00:00.000Z`,
  })
  expect(answer.statusCode).toBe(200)
}

test('what files and statements say of plans is stored from the log, and the same after a replay', async () => {
  await cp(EXAMPLES, join(at.folder, 'plans'), { recursive: true })
  await say('set-plan', 'plans/1', { [EXTENSIONS.plan]: { unitsPerWeek: 4 } }, '2025-10-06')
  await say('set-goal', 'goals/1', { [EXTENSIONS.goal]: { weight: 2, due: '2025-12-01' } }, '2025-10-06')
  await at.load('plans')
  await say('reflected', 'goals/1', { [EXTENSIONS.goal]: { level: 1 } }, '2025-11-03')
  await say('chose', 'labs/2', { [EXTENSIONS.offered]: ['labs/1', 'labs/2'] }, '2025-11-04')
  // Again, an hour later: nothing new, but for when it was stored last.
  await at.load('plans', NOW + HOUR_MS)
  const first = await shown()
  expect(first.map(rows => rows.length)).toEqual([4, 6, 5, 4])
  expect(first[1]).toContainEqual(
    expect.objectContaining({ set_day: '2025-10-06', due_day: '2025-12-01', status: 'open', level: 1, weight: 2 }),
  )
  await at.stop()
  await forgetDerived(at.warehouse, at.ingest.log)
  expect((await at.count('plans')) + (await at.count('goals')) + (await at.count('plan_lists'))).toBe(0)
  await at.process()
  expect(await shown()).toEqual(first)
})
