import { Command } from 'commander'
import type { FastifyInstance } from 'fastify'
import type { Account } from '../accounts.ts'
import { HomeroomError } from '../errors.ts'
import { prepareDemo } from './demo.ts'
import { superviseProcessor } from './processor-child.ts'
import { openRuntime, prepare, untilStopped, type Runtime } from './runtime.ts'
import { createServer } from './server.ts'
import { signInByLink } from './sign-in-by-link.ts'
import { linkFor } from './user.ts'
import type { Size } from '../demo/index.ts'

type Options = { once?: boolean; size: Size }

/** `start`: the demo district from end to end, served on loopback. */
export function startCommand(): Command {
  return new Command('start')
    .description('run the demo district from end to end and serve it')
    .option('--once', 'do the same, check the pages, print one JSON line, and end')
    .option('--size <size>', 'small, district, or a number of students', 'small')
    .action(start)
}

async function start({ once, size }: Options): Promise<void> {
  const began = Date.now()
  const runtime = await openRuntime(DEMO_SETTINGS)
  const { config } = runtime
  if (config.signIn !== null) {
    await runtime.close()
    throw new HomeroomError(
      'CONFIG_INVALID',
      'HOMEROOM_SIGN_IN is set, but the demo signs in by links. Nothing was started; unset it, or run homeroom all',
    )
  }
  await prepare(runtime)
  const app = await createServer(runtime, { ingest: true, dashboards: true }, () => processor?.stats() ?? null)
  const processor = superviseProcessor(runtime)
  await app.listen({ host: config.host, port: config.port })
  const demo = await prepareDemo(runtime, /^\d+$/.test(String(size)) ? Number(size) : size)
  const url = `http://${config.host}:${config.port}`
  if (!once) await welcome(runtime, demo.accounts, url, began)
  const stop = async () => {
    await app.close()
    await processor.stop()
    await runtime.close()
  }
  try {
    const filling = demo.fill(url)
    if (once) {
      await filling
      process.stdout.write(`${JSON.stringify(await summary(runtime, app, demo.accounts, began))}\n`)
    } else {
      await Promise.race([filling, untilStopped()])
      process.stderr.write(`The demo district is complete. It is served on ${url} until you press Ctrl-C.\n`)
      await untilStopped()
    }
  } finally {
    await stop()
  }
}

/** The demo's LMS names its accounts by user name; the log speaks only when something is wrong. */
const DEMO_SETTINGS = {
  accounts: [{ homePage: 'https://lms.example.org', field: 'username' as const }],
  logLevel: 'warn',
}

async function welcome(runtime: Runtime, accounts: readonly Account[], url: string, began: number): Promise<void> {
  const links: string[] = []
  for (const account of accounts) links.push(`  ${account.role.padEnd(11)} ${await linkFor(runtime, account)}`)
  process.stdout.write(
    `Homeroom is served on ${url} after ${((Date.now() - began) / 1000).toFixed(1)} s; the demo district fills in while you look.\n` +
      `Sign in with one of these links (each works once; npm run homeroom -- user link demo-analyst makes another):\n${links.join('\n')}\n`,
  )
}

type PageCheck = { role: string; page: string; status: number; ms: number }

/** What one run did, for people and checks: counts from the warehouse, and every role's pages as a browser gets them. */
async function summary(
  runtime: Runtime,
  app: FastifyInstance,
  accounts: readonly Account[],
  began: number,
): Promise<object> {
  const count = async (sql: string) =>
    (await runtime.warehouse.query<{ n: number }>(`select toFloat64(count()) as n from ${sql}`))[0]!.n
  const [stored, duplicates, dead] = [
    await count('record_index final'),
    await count('duplicates final'),
    await count('dead_letters final'),
  ]
  const pages: PageCheck[] = []
  for (const account of accounts) pages.push(...(await visit(runtime, app, account)))
  return {
    records: stored + duplicates + dead,
    stored,
    duplicates,
    dead,
    voided: await count("voided final where reason = 'voided'"),
    students: await count("persons final where role = 'student'"),
    schools: await count('schools final'),
    plans: await count('current_plans'),
    goals: await count('current_goals'),
    choices: await count('current_choices'),
    reflections: await count('current_reflections'),
    conversations: await count('current_conversations'),
    indicators: await count('indicators final'),
    published: await count('published where snapshot = (select max(snapshot) from snapshots final where complete)'),
    pages,
    seconds: Number(((Date.now() - began) / 1000).toFixed(1)),
  }
}

async function visit(runtime: Runtime, app: FastifyInstance, account: Account): Promise<PageCheck[]> {
  const host = `${runtime.config.host}:${runtime.config.port}`
  const cookie = await signInByLink(app, new URL(await linkFor(runtime, account)).pathname, host)
  const checks: PageCheck[] = []
  for (const page of await pagesOf(runtime, account)) {
    const from = performance.now()
    const { statusCode } = await app.inject({
      url: page,
      headers: { cookie, host },
    })
    checks.push({ role: account.role, page, status: statusCode, ms: Number((performance.now() - from).toFixed(1)) })
  }
  const failed = checks.find(check => check.status !== 200)
  if (failed)
    throw new HomeroomError('INTERNAL', `${failed.page} answered ${failed.status} to ${failed.role}, expected 200`)
  return checks
}

/** Pages that a reader of a role opens; an adviser also those of the advisory and of its first student. */
async function pagesOf({ warehouse }: Runtime, { scope }: Account): Promise<string[]> {
  const pages = ['/district', `/schools/${scope.schools[0] ?? 'school-001'}`, '/catalogue']
  const [advisory] = scope.advisories
  if (advisory === undefined) return pages
  const [first] = await warehouse.query<{ student: string }>(
    "select lower(hex(min(person_id))) as student from enrolments final where class_id = {advisory:String} and role = 'student'",
    { advisory },
  )
  const student = `/students/${first!.student}`
  return [...pages, `/classes/${advisory}`, `/advisories/${advisory}/map`, student, `${student}/brief`]
}
