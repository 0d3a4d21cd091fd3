import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadFiles } from '../../ingest/load/load.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { publish } from '../../processors/publish/publish.ts'
import { createAccount, type Account, type Scope } from '../accounts.ts'
import {
  planDistrict,
  SOURCES,
  writeFiles,
  writeRoster,
  writeScores,
  writeTruth,
  type Credentials,
  type Size,
  type Sent,
  type Source,
} from '../demo/index.ts'
import { staffId } from '../demo/district.ts'
import { recordDemoConversations } from './demo-conversations.ts'
import type { Runtime } from './runtime.ts'
import { DEMO_SEED, sendWithProgress } from './simulate.ts'
import { untilCaughtUp } from './wait.ts'

const PUBLISH_EVERY_MS = 10_000

/** How far the demo district has been sent: written after each week, so that a stopped start goes on where it was. */
type State = { size: Size; seed: number; filesLoaded: boolean; weeksDone: number; sent: Sent | null }

export type Demo = {
  accounts: Account[]
  /** Send what is missing, wait until it is in the figures, publish. */
  fill: (url: string) => Promise<Sent | null>
}

/**
 * The demo district: its roster is loaded, its credentials and readers are made; `fill` sends its year through the doors.
 */
export async function prepareDemo(runtime: Runtime, size: Size): Promise<Demo> {
  const { config, warehouse, logger } = runtime
  const folder = join(config.data, 'demo')
  const statePath = join(folder, 'state.json')
  const plan = planDistrict({ size, seed: DEMO_SEED, timeZone: config.timeZone })
  const known = existsSync(statePath) ? (JSON.parse(readFileSync(statePath, 'utf8')) as State) : null
  const state: State = known ?? { size, seed: DEMO_SEED, filesLoaded: false, weeksDone: 0, sent: null }
  const save = () => writeFileSync(statePath, JSON.stringify(state))
  if (!known) {
    mkdirSync(folder, { recursive: true })
    await writeRoster(plan, join(folder, 'roster'))
    await loadFiles([join(folder, 'roster')], { ...runtime, source: 'sis' })
    await writeScores(plan, join(folder, 'scores'))
    await loadFiles([join(folder, 'scores')], runtime)
    save()
  }
  const credentials = await credentialsFor(runtime)
  const people = await readersFor(runtime, plan)
  await runtime.accounts.refresh()
  return {
    accounts: people,
    fill: async url => {
      if (state.weeksDone < plan.year.weeks) {
        const publishing = setInterval(
          () =>
            void publish(warehouse, { madeUp: true }).catch((err: unknown) =>
              logger.warn({ err }, 'not published; tried again'),
            ),
          PUBLISH_EVERY_MS,
        )
        try {
          const weeks = { from: state.weeksDone, to: plan.year.weeks }
          const onWeekDone = (week: number) => {
            state.weeksDone = week + 1
            save()
          }
          if (!state.filesLoaded) await loadFiles(await writeFiles(plan, folder), runtime)
          state.filesLoaded = true
          save()
          state.sent = await sendWithProgress({ plan, url, credentials, weeks, onWeekDone })
          await recordDemoConversations(runtime, plan)
          await untilCaughtUp(runtime)
        } finally {
          clearInterval(publishing)
        }
        await publish(warehouse)
        await writeTruth(plan, join(folder, 'truth'))
        save()
      }
      return state.sent
    },
  }
}

async function credentialsFor({ warehouse }: Runtime): Promise<Credentials> {
  const made: Partial<Credentials> = {}
  for (const source of Object.keys(SOURCES) as Source[]) {
    const { secret } = await createAccount(warehouse, { id: source, kind: 'source', role: SOURCES[source].door })
    made[source] = { user: source, password: secret }
  }
  return made as Credentials
}

/** One reader per role; the principal and the adviser belong to the largest school. */
async function readersFor(
  { warehouse, config, secrets }: Runtime,
  plan: ReturnType<typeof planDistrict>,
): Promise<Account[]> {
  const largest = plan.schools.reduce((best, school) => (school.size > best.size ? school : best))
  const index = plan.schools.indexOf(largest)
  const advisory = plan.advisories.find(one => one.school === index)!
  const adviser = pseudonymiser(secrets.pseudonymKey, config.district)('sourcedId', staffId(advisory.adviser))
  const readers: { id: string; role: string; scope: Partial<Scope> }[] = [
    { id: 'demo-analyst', role: 'analyst', scope: {} },
    { id: 'demo-principal', role: 'principal', scope: { schools: [largest.id] } },
    {
      id: 'demo-adviser',
      role: 'adviser',
      scope: { schools: [largest.id], advisories: [advisory.id], person: adviser },
    },
    { id: 'demo-researcher', role: 'researcher', scope: {} },
  ]
  const made: Account[] = []
  for (const reader of readers) made.push((await createAccount(warehouse, { kind: 'person', ...reader })).account)
  return made
}
