import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAccount } from '../../infra/accounts.ts'
import { openRuntime, prepare, type Runtime } from '../../infra/commands/runtime.ts'
import { createServer } from '../../infra/commands/server.ts'
import { planDistrict, sendDistrict, SOURCES, writeFiles, writeRoster, writeScores, type Credentials, type District, type Source } from '../../infra/demo/index.ts' // prettier-ignore
import { lagOf } from '../../infra/log/event-log.ts'
import { loadFiles } from '../../ingest/load/load.ts'
import { climateStage } from '../../processors/climate/recompute-climate.ts'
import { connectednessStage } from '../../processors/connectedness/recompute-connectedness.ts'
import { EngagementRecompute } from '../../processors/engagement/recompute-engagement.ts'
import { percentilesOfCohorts } from '../../processors/growth/percentile-workers.ts'
import { GrowthRecompute } from '../../processors/growth/recompute-growth.ts'
import { MasteryRecompute } from '../../processors/growth/recompute-mastery.ts'
import { handlersOf, PROCESSED_TOPICS } from '../../processors/handlers.ts'
import { Recompute } from '../../processors/recompute.ts'
import type { ProcessorStats } from '../../processors/run.ts'
import { freePort } from '../helpers/kafka-broker.ts'
import { until } from '../helpers/until.ts'

const MINUTE_MS = 60_000

export type ProcessedDistrict = {
  plan: District
  runtime: Runtime
  /** Records of some weeks of the school year through the doors, and every figure that follows. */
  send: (weeks: { from: number; to: number }) => Promise<void>
  remove: () => Promise<void>
}

/**
 * A planted district on an engine of its own, with roster, scores, plans and surveys of all its year; records come by `send`. What a
 * processor does beside each other and again and again while records arrive is done once here.
 */
export async function aProcessedDistrict(size: number): Promise<ProcessedDistrict> {
  const plan = planDistrict({ size, seed: 20261122, timeZone: 'America/New_York' })
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-reproduced-'))
  const accounts = [{ homePage: 'https://lms.example.org', field: 'username' as const }]
  const place = { data: folder, secretsFile: join(folder, 'secrets.json'), port: await freePort() }
  const runtime = await openRuntime({ ...place, accounts, district: 'reproduced', logLevel: 'error', kafka: null })
  await prepare(runtime)
  const credentials: Partial<Credentials> = {}
  for (const source of Object.keys(SOURCES) as Source[]) {
    const { secret } = await createAccount(runtime.warehouse, {
      id: source,
      kind: 'source',
      role: SOURCES[source].door,
    })
    credentials[source] = { user: source, password: secret }
  }
  await runtime.accounts.refresh()
  const app = await createServer(runtime, { ingest: true, dashboards: false })
  const url = await app.listen({ host: '127.0.0.1', port: place.port })
  await writeRoster(plan, join(folder, 'roster'))
  await loadFiles([join(folder, 'roster')], { ...runtime, source: 'sis' })
  // Referrals and marks are of the whole year: with them, every week of it would have figures.
  const files = (await writeFiles(plan, join(folder, 'files'))).filter(file => /(?:plans|surveys)$/.test(file))
  await writeScores(plan, join(folder, 'scores'))
  await loadFiles([...files, join(folder, 'scores')], runtime)
  return {
    plan,
    runtime,
    async send(weeks) {
      await sendDistrict({ plan, url, credentials: credentials as Credentials, weeks })
      await stored(runtime)
      await computed(runtime, plan)
    },
    async remove() {
      await app.close()
      await runtime.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function stored(runtime: Runtime): Promise<void> {
  const { log } = runtime
  const failures: unknown[] = []
  const onError = (error: unknown) => failures.push(error)
  const stats = { stored: 0, duplicates: 0, conflicts: 0, unreadable: 0 } as ProcessorStats
  const handlers = handlersOf({ ...runtime, onError }, stats)
  for (const topic of PROCESSED_TOPICS) {
    const group = `once-${topic}`
    const consumption = await log.consume({ topic, group, handle: handlers[topic], onError })
    await until(async () => lagOf(await log.positions(topic, group)) === 0, `${topic} are stored`, 2 * MINUTE_MS, 50)
    await consumption.stop()
  }
  if (failures.length > 0) throw new AggregateError(failures, 'records were not stored')
}

async function computed({ warehouse, config }: Runtime, plan: District): Promise<void> {
  const deps = { warehouse, config }
  await new Recompute(warehouse, config).run()
  await new GrowthRecompute(warehouse, config, cohorts =>
    percentilesOfCohorts(cohorts, { keepAll: true, threads: 1 }),
  ).run()
  await new MasteryRecompute(warehouse, config).run()
  const known = await warehouse.query<{ week: string }>(
    'select distinct toString(week) as week from student_week order by week',
  )
  const mondays = known.map(({ week }) => week)
  await new EngagementRecompute(deps).run(mondays)
  await connectednessStage(deps).run(mondays, () => false)
  await climateStage(deps).run(
    plan.year.dates.filter((_, day) => day % 7 === 0),
    () => false,
  )
}
