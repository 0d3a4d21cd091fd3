import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sendMails, type SendResult } from '../../dashboards/subscriptions/send-mails.ts'
import { listAccounts } from '../../infra/accounts.ts'
import { readNotify } from '../../infra/notify/notify-settings.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { addSchools, aFigure, noFigure, publish, type Figure } from '../dashboards/a-district.ts'
import { aBrowser, aLog, anApp, formToken, open, SECRETS, signedIn, type Browser } from '../dashboards/an-app.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { aMailbox } from '../infra/notify/a-mailbox.ts'

const emptied = emptiedWarehouse()
const ZONE = 'America/New_York'
const MINUTE_MS = 60_000
/** A Thursday; the day before is kept free, so that it is the first school day of the month. */
const APRIL = new Date('2026-04-02T14:00:00Z')
const DISTRICT = { unit_type: 'district', unit_id: 'd1' }
const LINCOLN = { unit_type: 'school', unit_id: 'lincoln' }
const MONROE = { unit_type: 'school', unit_id: 'monroe' }

let warehouse: Warehouse
let mailbox: Awaited<ReturnType<typeof aMailbox>>
let refuses: (to: string) => boolean
let app: FastifyInstance
let log: Awaited<ReturnType<typeof aLog>> | undefined
let now: Date
let principal: Browser

beforeEach(async () => {
  warehouse = await emptied()
  refuses = () => false
  mailbox = await aMailbox(to => refuses(to))
  await addSchools(warehouse, [
    { id: 'lincoln', name: 'Lincoln' },
    { id: 'monroe', name: 'Monroe' },
  ])
  log ??= await aLog()
  now = new Date()
  app = (await anApp(warehouse, () => now, { log, notify: settings() })).app
  principal = await signedIn(app, warehouse, { id: 'pr', role: 'principal', scope: { schools: ['lincoln'] } })
  now = new Date('2026-03-02T15:00:00Z')
})
afterEach(async () => {
  await app.close()
  await mailbox.close()
})

const settings = () =>
  readNotify(
    JSON.stringify({
      url: 'https://homeroom.example',
      email: { smtp: mailbox.url, from: 'Homeroom <homeroom@district.example>' },
      quiet: { from: '00:00', to: '00:00', weekends: false },
    }),
  )!

const send = async (at = now): Promise<SendResult> =>
  sendMails({ warehouse, settings: settings(), accounts: await listAccounts(warehouse), secrets: SECRETS, timeZone: ZONE, now: at }) // prettier-ignore

async function post(who: Browser, path: string, form: Record<string, string> = {}) {
  return who.post(path, { _csrf: formToken((await who.get('/subscriptions')).body), ...form })
}

/** The text of a mail, whose lines the transfer has broken, and what stands in its address. */
const textOf = (at: number): string => mailbox.mails.at(at)!.text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))) // prettier-ignore
const linkIn = (text: string, kind: 'confirm' | 'end'): string => new RegExp(`/mail/${kind}/[\\w-]{43}`).exec(text)![0]

async function confirmed(who: Browser, address = 'pr@lincoln.example'): Promise<void> {
  await post(who, '/subscriptions/address', { address })
  await aBrowser(app).post(linkIn(textOf(-1), 'confirm'), {})
  mailbox.mails.length = 0
}

const week = (day: string, place: object, value: number, more: Partial<Figure> = {}): Figure =>
  aFigure({ ...place, week: day, value, ...more })

describe('an address', () => {
  test('gets a question first, and nothing else before its mailbox has said yes', async () => {
    await post(principal, '/subscriptions/report', { unit: 'school:lincoln' })
    await publish(warehouse, 1, [week('2026-03-23', LINCOLN, 0.64)])
    expect((await post(principal, '/subscriptions/address', { address: 'pr@lincoln.example' })).headers.location).toBe('/subscriptions?done=asked') // prettier-ignore
    expect(await send(APRIL)).toMatchObject({ sent: 0 })
    expect(mailbox.mails.map(({ to }) => to)).toEqual([['pr@lincoln.example']])
    const link = linkIn(textOf(0), 'confirm')
    expect((await open(principal, '/subscriptions')).text('main')).toContain('pr@lincoln.example, not confirmed yet')

    const nobody = aBrowser(app)
    // A scanner follows the link, as often as it likes.
    for (let i = 0; i < 2; i++) expect((await open(nobody, link)).text('main')).toContain('pr@lincoln.example')
    expect(await send(APRIL)).toMatchObject({ sent: 0 })
    expect((await nobody.post(link, {})).statusCode).toBe(200)
    expect((await open(principal, '/subscriptions')).text('main')).toContain('pr@lincoln.example, confirmed')
    expect(await send(APRIL)).toMatchObject({ sent: 1, failures: [] })
  })

  test('is confirmed by its newest link only, within two days', async () => {
    await post(principal, '/subscriptions/address', { address: 'one@lincoln.example' })
    await post(principal, '/subscriptions/address', { address: 'two@lincoln.example' })
    expect((await aBrowser(app).post(linkIn(textOf(0), 'confirm'), {})).statusCode).toBe(404)
    now = new Date(now.getTime() + 49 * 60 * MINUTE_MS)
    expect((await aBrowser(app).post(linkIn(textOf(1), 'confirm'), {})).statusCode).toBe(404)
  })

  test('stands in no link and no hash in the clear, and forgetting it ends the mails', async () => {
    await confirmed(principal)
    await post(principal, '/subscriptions/report', { unit: 'school:lincoln' })
    await post(principal, '/subscriptions/address/forget')
    await publish(warehouse, 1, [week('2026-03-23', LINCOLN, 0.64)])
    expect(await send(APRIL)).toMatchObject({ sent: 0 })
    const stored = await warehouse.query('select address, hash from {identity:Identifier}.mail_addresses final')
    expect(stored).toEqual([{ address: '', hash: '' }])
  })

  test('that is none, and the sixth within an hour, are refused', async () => {
    for (const address of ['', 'x', 'a@b', 'two@x.example, three@x.example'])
      expect((await post(principal, '/subscriptions/address', { address })).statusCode).toBe(400)
    const answers = []
    for (let i = 0; i < 6; i++) answers.push((await post(principal, '/subscriptions/address', { address: `a${i}@x.example` })).statusCode) // prettier-ignore
    expect(answers).toEqual([303, 303, 303, 303, 303, 429])
  })
})

describe('the monthly report', () => {
  beforeEach(async () => {
    await confirmed(principal)
    await post(principal, '/subscriptions/report', { unit: 'school:lincoln' })
    await warehouse.insert('calendar', [
      { school_id: '', day: '2026-04-01', school_day: false, reason: 'holiday', source: 'sis', ver: '1', deleted: 0 },
    ])
  })

  test('comes on the first school day after its month is published, once, with an address and a few published figures', async () => {
    await publish(warehouse, 1, [week('2026-02-23', LINCOLN, 0.5)])
    expect(await send(APRIL)).toMatchObject({ sent: 0 })
    await publish(warehouse, 2, [
      week('2026-03-16', LINCOLN, 0.5),
      week('2026-03-23', LINCOLN, 0.64, { n: 230 }),
      week('2026-03-30', LINCOLN, 0.7),
      week('2026-03-23', DISTRICT, 0.6),
    ])
    expect(await send(new Date('2026-04-01T14:00:00Z'))).toMatchObject({ sent: 0 })
    expect(await send(APRIL)).toMatchObject({ sent: 1, failures: [] })
    expect(await send(APRIL)).toMatchObject({ sent: 0 })
    const text = textOf(-1)
    expect(text).toContain('Subject: Lincoln: the monthly report, April 2026')
    expect(text).toContain('https://homeroom.example/schools/lincoln/report')
    expect(text).toContain('- Active days: 68 to 72% of school days enrolled (250 students)')
    expect(text).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click')
    expect((await open(principal, '/subscriptions')).text('#own + ul')).toMatch(/Lincoln: the monthly report\. Last sent 2 April 2026, 10:00, about April 2026\./) // prettier-ignore
  })

  test('does not come for a month in which one subscribed after that day', async () => {
    await publish(warehouse, 1, [week('2026-02-23', LINCOLN, 0.5)])
    // The first school day of March was the second, when it was asked for; that one is due.
    expect(await send(new Date('2026-03-05T14:00:00Z'))).toMatchObject({ sent: 1 })
    now = new Date('2026-03-05T15:00:00Z')
    await post(principal, '/subscriptions/report', { unit: 'district:' })
    await publish(warehouse, 2, [week('2026-02-23', LINCOLN, 0.5), week('2026-02-23', DISTRICT, 0.5)])
    expect(await send(new Date('2026-03-06T14:00:00Z'))).toMatchObject({ sent: 0 })
  })

  test('waits in quiet hours', async () => {
    await publish(warehouse, 1, [week('2026-03-23', LINCOLN, 0.5)])
    const quiet = { ...settings(), quiet: { from: '17:00', to: '07:00', weekends: true } }
    const accounts = await listAccounts(warehouse)
    const at = new Date('2026-04-03T02:00:00Z')
    expect(await sendMails({ warehouse, settings: quiet, accounts, secrets: SECRETS, timeZone: ZONE, now: at })).toMatchObject({ quiet: true, sent: 0 }) // prettier-ignore
  })

  test('goes to nobody who may not see the school any more', async () => {
    await publish(warehouse, 1, [week('2026-03-23', LINCOLN, 0.5)])
    const moved = (await listAccounts(warehouse)).map(account => ({ ...account, scope: { ...account.scope, schools: ['monroe'] } })) // prettier-ignore
    const deps = { warehouse, settings: settings(), secrets: SECRETS, timeZone: ZONE, now: APRIL }
    expect(await sendMails({ ...deps, accounts: moved })).toMatchObject({ sent: 0 })
    expect(await sendMails({ ...deps, accounts: [] })).toMatchObject({ sent: 0 })
    await warehouse.command("delete from schools where school_id = 'lincoln'")
    expect(await send(APRIL)).toMatchObject({ sent: 0 })
  })

  test('that the server refuses is tried again, later each time, and told at /status; the eighth time it is given up', async () => {
    const analyst = await (async () => {
      now = new Date()
      const browser = await signedIn(app, warehouse, { id: 'an', role: 'analyst' })
      now = APRIL
      return browser
    })()
    await publish(warehouse, 1, [week('2026-03-23', LINCOLN, 0.5)])
    refuses = () => true
    expect((await send(APRIL)).failures.map(({ code, message }) => [code, message.includes('@')])).toEqual([['NOTICE_FAILED', false]]) // prettier-ignore
    expect((await send(new Date(APRIL.getTime() + 9 * MINUTE_MS))).failures).toEqual([])
    expect((await open(analyst, '/status')).text('.facts')).toContain('1 to be tried again')
    expect((await open(principal, '/subscriptions')).text('#own + ul')).toContain('it is tried again')
    let at = APRIL.getTime()
    for (let tries = 2; tries <= 8; tries++) {
      at += Math.min(10 * 2 ** (tries - 2), 1440) * MINUTE_MS
      expect([tries, (await send(new Date(at - MINUTE_MS))).failures.length]).toEqual([tries, 0])
      expect([tries, (await send(new Date(at))).failures.length]).toEqual([tries, 1])
    }
    refuses = () => false
    expect(await send(new Date(at + 3 * 1440 * MINUTE_MS))).toMatchObject({ sent: 0, failures: [] })
    expect((await open(principal, '/subscriptions')).text('#own + ul')).toContain('Given up')
  })

  test('that was refused once comes when the server takes it', async () => {
    await publish(warehouse, 1, [week('2026-03-23', LINCOLN, 0.5)])
    refuses = () => true
    await send(APRIL)
    refuses = () => false
    expect(await send(new Date(APRIL.getTime() + 10 * MINUTE_MS))).toMatchObject({ sent: 1, failures: [] })
    expect(await send(new Date(APRIL.getTime() + 2000 * MINUTE_MS))).toMatchObject({ sent: 0 })
  })
})

describe('a threshold', () => {
  const wish = { unit: 'school:lincoln', indicator: 'active_days', direction: 'below', threshold: '50', least_n: '20' }
  const NOW = new Date('2026-03-20T14:00:00Z')
  const before = week('2026-02-23', LINCOLN, 0.6)

  beforeEach(async () => {
    await confirmed(principal)
    await publish(warehouse, 1, [before])
    await post(principal, '/subscriptions/threshold', wish)
  })

  test('is told once, with the range first and no reason, and again after the figure came back', async () => {
    expect(await send(NOW)).toMatchObject({ sent: 0 })
    const low = week('2026-03-02', LINCOLN, 0.44, { n: 230 })
    await publish(warehouse, 2, [before, low])
    expect(await send(NOW)).toMatchObject({ sent: 1, failures: [] })
    const text = textOf(-1)
    expect(text).toContain('Subject: Lincoln: active days below 50% in the week of 2 March 2026')
    expect(text).toContain(
      'Active days of Lincoln in the week of 2 March 2026: 42 to 46% of school days enrolled (230 students).',
    )
    expect(text).toContain('https://homeroom.example/schools/lincoln?week=2026-W10')
    expect(text).not.toMatch(/rank|worst|fail|caring|disengag/i)
    const still = week('2026-03-09', LINCOLN, 0.43)
    await publish(warehouse, 3, [before, low, still])
    expect(await send(NOW)).toMatchObject({ sent: 0 })
    const again = [week('2026-03-16', LINCOLN, 0.56), week('2026-03-23', LINCOLN, 0.4)]
    await publish(warehouse, 4, [before, low, still, ...again])
    expect(await send(APRIL)).toMatchObject({ sent: 1 })
    expect(await send(APRIL)).toMatchObject({ sent: 0 })
  })

  test.each([
    ['an interval that holds it', week('2026-03-02', LINCOLN, 0.49)],
    ['a suppressed figure', noFigure('suppressed', { ...LINCOLN, week: '2026-03-02' })],
    ['a figure of fewer students', week('2026-03-02', LINCOLN, 0.3, { n: 19 })],
    ['a part of the school', week('2026-03-02', LINCOLN, 0.3, { slice: 'grade=09' })],
    ['another school', week('2026-03-02', MONROE, 0.3)],
    ['the district', week('2026-03-02', DISTRICT, 0.3)],
    ['another indicator', week('2026-03-02', LINCOLN, 0.3, { indicator: 'completion' })],
  ])('is not crossed by %s', async (_what, figure) => {
    await publish(warehouse, 2, [before, figure])
    expect(await send(NOW)).toMatchObject({ sent: 0, failures: [] })
  })

  test('is not crossed by what is not published, nor by a snapshot that is not complete', async () => {
    await publish(warehouse, 2, [before, week('2026-03-02', LINCOLN, 0.3)])
    await warehouse.command('alter table snapshots delete where snapshot = 2 settings mutations_sync = 2')
    expect(await send(NOW)).toMatchObject({ sent: 0 })
  })

  test('of the district is told by its own figures', async () => {
    await post(principal, '/subscriptions/threshold', { ...wish, unit: 'district:' })
    await publish(warehouse, 2, [before, week('2026-03-02', DISTRICT, 0.3)])
    expect(await send(NOW)).toMatchObject({ sent: 1 })
    expect(textOf(-1)).toContain('Subject: The district: active days below 50%')
  })

  test('set twice is one, and is told once', async () => {
    await post(principal, '/subscriptions/threshold', wish)
    expect((await open(principal, '/subscriptions')).document.querySelectorAll('#own + ul li').length).toBe(1)
  })

  test.each([
    [{ ...wish, least_n: '9' }, '10 or more'],
    [{ ...wish, threshold: 'half' }, 'a number'],
    [{ ...wish, threshold: '101' }, 'between 0 and 100%'],
    [{ ...wish, unit: 'school:monroe' }, 'of the lists'],
    [{ ...wish, indicator: 'growth_rate' }, 'of the lists'],
  ])('that cannot be is refused: %j', async (form, why) => {
    const answer = await post(principal, '/subscriptions/threshold', form)
    expect([answer.statusCode, answer.body.includes(why)]).toEqual([400, true])
  })
})

describe('ending', () => {
  beforeEach(async () => {
    await confirmed(principal)
    await post(principal, '/subscriptions/report', { unit: 'school:lincoln' })
    await publish(warehouse, 1, [week('2026-03-23', LINCOLN, 0.5)])
  })

  test('takes one press in the mailbox, without a session, and a link that is only followed ends nothing', async () => {
    await send(APRIL)
    const link = linkIn(textOf(-1), 'end')
    expect(/^List-Unsubscribe:\s+<https:\/\/homeroom\.example(.*)>/m.exec(textOf(-1))?.[1]).toBe(link)
    expect((await open(aBrowser(app), link)).text('h1')).toBe('End these mails?')
    expect((await open(principal, '/subscriptions')).text('#own + ul')).toContain('monthly report')
    const answer = await aBrowser(app).post(link, { 'List-Unsubscribe': 'One-Click' })
    expect(answer.statusCode).toBe(200)
    expect((await open(principal, '/subscriptions')).text('#own + *')).toBe('Nothing yet.')
    await publish(warehouse, 2, [week('2026-04-20', LINCOLN, 0.5)])
    expect(await send(new Date('2026-05-01T14:00:00Z'))).toMatchObject({ sent: 0 })
  })

  test('on the page is for one’s own only', async () => {
    const [{ id }] = (await warehouse.query<{ id: string }>('select toString(subscription_id) as id from {identity:Identifier}.subscriptions')) as [{ id: string }] // prettier-ignore
    now = new Date()
    const other = await signedIn(app, warehouse, { id: 'other', role: 'principal', scope: { schools: ['lincoln'] } })
    expect((await post(other, '/subscriptions/end', { subscription: id })).statusCode).toBe(404)
    expect((await post(principal, '/subscriptions/end', { subscription: id })).statusCode).toBe(303)
    expect(await send(APRIL)).toMatchObject({ sent: 0 })
  })
})

test('without mail settings the page says so, and shows no field for an address', async () => {
  now = new Date()
  const without = (await anApp(warehouse, () => now, { log: log! })).app
  const reader = await signedIn(without, warehouse, { id: 'an', role: 'analyst' })
  const page = await open(reader, '/subscriptions')
  expect(page.text('.problems')).toContain('sends no mail yet')
  expect(page.document.querySelector('#address')).toBeNull()
  await without.close()
})
