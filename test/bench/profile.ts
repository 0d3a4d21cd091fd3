import Fastify, { type FastifyInstance } from 'fastify'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { dashboardRoutes } from '../../dashboards/serve.ts'
import { createSignInLink } from '../../dashboards/sign-in/sign-in.ts'
import { Accounts, createAccount } from '../../infra/accounts.ts'
import { signInByLink } from '../../infra/commands/sign-in-by-link.ts'
import type { EventLog } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { migrate } from '../../infra/warehouse/migrate.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { startProcessor } from '../../processors/run.ts'
import { person, ZONE } from '../helpers/records.ts'
import { sealer } from '../helpers/sealed.ts'
import { appendRecords, aStoredRecord } from './a-log-of-records.ts'
import { quantile, round } from './measure.ts'

const STUDENTS = 20_000
const PER_HOMEROOM = 20
const WEEKS = 40
/** Weeks of ties: a brief looks back so far. */
const TIE_WEEKS = 9
/** Weeks with events; further back the profile reads none. */
const EVENT_WEEKS = 12
const VISITS = 150
const WARM_UP = 20
const PROBES = 40
/** Records of others beside the probes, each second. */
const RATE = 200
const LOOK_EVERY_MS = 50
/** Of one probe; a record that is not there by then is a fault. */
const GIVE_UP_MS = 60_000
const HOST = '127.0.0.1:8080'
const SECRETS = { masterSecret: Buffer.alloc(32, 2) }

/** Pages about a student, and of an advisory's twenty, by the number of a student. */
const PAGES: Record<string, (i: number) => string> = {
  'a profile': i => `/students/${person(`student-${i}`)}`,
  'a brief': i => `/students/${person(`student-${i}`)}/brief`,
  'a map of an advisory': i => `/advisories/A${Math.floor(i / PER_HOMEROOM)}/map`,
}

type ProfileRow = { what: string; count: number; p50_ms: number; p95_ms: number; max_ms: number }

/**
 * The learner profile on a district of 20,000 students with a year of weeks, goals, reflections and answers: server time of a
 * page, of the brief before a conversation and of the map of an advisory, another student each time; and from the acceptance of a record until the page of its student shows it, while the
 * processors store and recompute others. Embedded engine and log.
 */
export async function benchProfile(): Promise<ProfileRow[]> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-bench-'))
  const config = { data, district: 'bench', timeZone: ZONE, clickhouse: null, kafka: null }
  const warehouse = await openWarehouse(config)
  const log = await openLog(config)
  try {
    await migrate(warehouse)
    await log.createTopics()
    await fill(warehouse)
    const { app, cookie } = await served(warehouse, log)
    const open = async (url: string, i: number): Promise<string> => {
      const remoteAddress = `127.0.0.${1 + (i % 200)}`
      const { statusCode, body } = await app.inject({ url, headers: { cookie, host: HOST }, remoteAddress })
      if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`)
      return body
    }
    const get = (i: number): Promise<string> => open(PAGES['a profile']!(i), i)
    const rows: ProfileRow[] = []
    for (const [page, address] of Object.entries(PAGES)) {
      const times: number[] = []
      for (let i = 0; i < VISITS + WARM_UP; i++) {
        const from = performance.now()
        await open(address((i * 7919) % STUDENTS), i)
        times.push(performance.now() - from)
      }
      rows.push(rowOf(`server time of ${page}, another student each time`, times.slice(WARM_UP)))
    }
    const processor = await startProcessor({
      log,
      warehouse,
      config,
      onError: error => process.emitWarning(String(error)),
    })
    rows.push(rowOf('record accepted until the profile shows it', await probe(log, get)))
    await processor.stop()
    await app.close()
    return rows
  } finally {
    await log.close()
    await warehouse.close()
    await rm(data, { recursive: true, force: true })
  }
}

function rowOf(what: string, times: readonly number[]): ProfileRow {
  const [p50_ms, p95_ms, max_ms] = [quantile(times, 0.5), quantile(times, 0.95), Math.max(...times)].map(round)
  return { what, count: times.length, p50_ms: p50_ms!, p95_ms: p95_ms!, max_ms: max_ms! }
}

/** Advisers of a thousand students each, so that none opens more pages in a minute than a reader may. */
async function served(warehouse: Warehouse, log: EventLog): Promise<{ app: FastifyInstance; cookie: string }> {
  const advisories = Array.from({ length: STUDENTS / PER_HOMEROOM }, (_, i) => `A${i}`)
  const { account } = await createAccount(warehouse, {
    id: 'adviser',
    kind: 'person',
    role: 'adviser',
    scope: { schools: ['S0'], advisories },
  })
  const accounts = new Accounts(warehouse)
  await accounts.refresh()
  const app = Fastify()
  const config = { timeZone: ZONE, district: 'bench' }
  await app.register(async scope => dashboardRoutes(scope, { warehouse, log, config, accounts, secrets: SECRETS }))
  return { app, cookie: await signInByLink(app, await createSignInLink(warehouse, account), HOST) }
}

/** Milliseconds until each of a number of records stands on its student's page. */
async function probe(log: EventLog, get: (i: number) => Promise<string>): Promise<number[]> {
  const times: number[] = []
  let sent = 0
  const began = Date.now()
  const others = async (): Promise<void> => {
    const due = Math.floor(((Date.now() - began) / 1000) * RATE) - sent
    const at = new Date().toISOString()
    await appendRecords(
      log,
      Array.from({ length: due }, (_, i) => aStoredRecord(sent + i, at, at)),
    )
    sent += due
  }
  for (let i = 0; i < PROBES; i++) {
    const student = (i * 104_729) % STUDENTS
    const subject = `probe${i}`
    const at = new Date().toISOString()
    const record = { ...aStoredRecord(0, at, at), subject, counterparts: [], kind: 'answered' as const }
    await appendRecords(log, [{ ...record, actor: { id: person(`student-${student}`), role: 'student' } }])
    const accepted = performance.now()
    while (!(await get(student)).includes(`in ${subject},`)) {
      if (performance.now() - accepted > GIVE_UP_MS) throw new Error(`record ${i} is not on the page after a minute`)
      await Promise.all([others(), sleep(LOOK_EVERY_MS)])
    }
    times.push(performance.now() - accepted)
    await others()
  }
  return times
}

const ALL = `from (select SHA256(concat('student-', toString(number))) as id, number as i from numbers(${STUDENTS})) as s`

async function fill(warehouse: Warehouse): Promise<void> {
  const words = await sealer(warehouse, SECRETS)(person('student-0'), JSON.stringify({ text: 'Read one book a week' }))
  for (const statement of [
    `insert into schools (school_id, name, ver) values ('S0', 'School', 1)`,
    `insert into classes (class_id, school_id, label, class_type, ver)
     select concat('A', toString(number)), 'S0', concat('A', toString(number)), 'homeroom', 1 from numbers(${STUDENTS / PER_HOMEROOM})`,
    `insert into persons (person_id, role, grade, ver) select id, 'student', '09', 1 ${ALL}`,
    `insert into person_of (identifier, person_id, ver) select id, id, 1 ${ALL}`,
    `insert into {identity:Identifier}.people (person_id, given_name, family_name, ver) select id, 'Ada', toString(i), 1 ${ALL}`,
    `insert into enrolments (person_id, enrolment_id, class_id, school_id, role, begin_day, end_day, ver)
     select id, toString(i), concat('A', toString(intDiv(i, ${PER_HOMEROOM}))), 'S0', 'student', today() - 280, toDate32('2299-12-31'), 1 ${ALL}`,
    `insert into goals (goal_id, student_id, subject, horizon, kind, day, status, sealed_text, source, said_at, stored_at, content, ver)
     select generateUUIDv4(), id, 'english', 'short', 'goal-set', today() - 30 * k, 'open', {words:String}, 'planner', now64(3), now64(3), k, 1
     from (select *, arrayJoin(range(1, 5)) as k ${ALL})`,
    `insert into reflections (reflection_id, student_id, subject, day, sealed_text, source, said_at, stored_at, content, ver)
     select generateUUIDv4(), id, '', today() - 7 * k, {words:String}, 'planner', now64(3) - k, now64(3), k, 1
     from (select *, arrayJoin(range(1, 13)) as k ${ALL})`,
    `insert into plans (plan_id, student_id, subject, units_per_week, begin_day, end_day, source, said_at, stored_at, content, ver)
     select generateUUIDv4(), id, ['english', 'mathematics'][k], 3, today() - 100, toDate32('2299-12-31'), 'planner', now64(3), now64(3), k, 1
     from (select *, arrayJoin([1, 2]) as k ${ALL})`,
    `insert into student_mastery (student_id, skill, value, responses, mastered, last_at, computed)
     select id, concat('skill-', toString(k)), k / 30, k, k > 28, now64(3) - k * 86400, 1 from (select *, arrayJoin(range(30)) as k ${ALL})`,
    `insert into student_week (week, student_id, learning_days, day_ms, effort_ms, events, newest, computed)
     select toMonday(today()) - 7 * k, id, [toMonday(today()) - 7 * k], [3600000], 3600000 + 60000 * (i % 60), 20, now64(3), 1
     from (select *, arrayJoin(range(${WEEKS})) as k ${ALL})`,
    `insert into student_engagement (week, student_id, effort_minutes, flagged, chosen, choice_share, choice_lo, choice_hi, newest, computed)
     select toMonday(today()) - 7 * k, id, 60, 20, 12, 0.6, 0.4, 0.8, now64(3), 1 from (select *, arrayJoin(range(${WEEKS})) as k ${ALL})`,
    // with the adviser, and the next three of the homeroom
    `insert into student_connectedness (week, student_id, school_bits, adult_bits, peer_bits, adults, adult_roles, adult_weights, adult_weeks, adult_last,
       adult_sustained, sustained, advisers, peers, peer_weights, peer_days, peer_last, peer_kinds, peer_ties, seen_days, run_days, connected_share, plan_fit,
       weeks_off_plan, adults_known, peers_known, computed, deleted)
     select toMonday(today()) - 7 * w as week, id, 31, 1, 3, [SHA256(concat('adviser-', toString(intDiv(i, ${PER_HOMEROOM}))))] as adults, ['adviser'], [1.5], [4],
       [week], [1], 1, adults, arrayMap(k -> SHA256(concat('student-', toString(intDiv(i, ${PER_HOMEROOM}) * ${PER_HOMEROOM} + (i + k) % ${PER_HOMEROOM}))), [1, 2, 3]),
       [2., 1., .7], [3, 3, 3], [week, week, week], [2, 1, 2], 3, 38, 0, .2, .8, 0, 1, 1, 1, 0
     from (select *, arrayJoin(range(${TIE_WEEKS})) as w ${ALL})`,
    `insert into flow_weeks (week, student_id, days, individual_ms, adult_ms, peer_ms, group_ms, segments, moves, computed, deleted)
     select toMonday(today()) - 7 * w as week, id, arrayMap(d -> week + d, range(5)), [3600000, 3600000, 3600000, 3600000, 3600000], [0, 900000, 0, 0, 0],
       [600000, 0, 600000, 0, 600000], [0, 0, 0, 1800000, 0], 9, arrayMap(x -> 0, range(16)), 1, 0
     from (select *, arrayJoin(range(${TIE_WEEKS})) as w ${ALL})`,
    `insert into events (week, person_id, record_id, local_day, occurred_at, stored_at, source, standard, person_role, is_actor, kind, object, subject,
       choice, duration_ms, ver)
     select toMonday(today()) - 7 * w, id, generateUUIDv4(), toMonday(today()) - 7 * w + least(e % 5, toDayOfWeek(today()) - 1),
       toDateTime64(toMonday(today()) - 7 * w + least(e % 5, toDayOfWeek(today()) - 1), 3, 'UTC') + 50400 + 600 * e, now64(3), 'lms', 'xapi', 'student', true,
       'started', concat('https://lms.example.org/activities/ratios-', toString(e)), 'mathematics', ['chosen', 'assigned'][1 + e % 2], 60000, 1
     from (select *, arrayJoin(range(${EVENT_WEEKS})) as w, arrayJoin(range(10)) as e ${ALL})`,
  ])
    await warehouse.command(statement, { words })
}
