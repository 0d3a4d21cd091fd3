import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../../../infra/accounts.ts'
import { notifyOnce, type NotifyDeps } from '../../../infra/notify/notify.ts'
import { readNotify } from '../../../infra/notify/notify-settings.ts'
import { uuid5 } from '../../../infra/uuid5.ts'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { storeAlarms, storeAnswers, storeNotices } from '../../../processors/alarms/store-alarms.ts'
import { localTime } from '../../../processors/local-time.ts'
import type { AlarmRaised } from '../../../schemas/action.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { aSchool, enrol, person, ZONE } from '../../helpers/records.ts'
import { aMailbox } from './a-mailbox.ts'

const emptied = emptiedWarehouse()
/** A Wednesday morning in the district. */
const NOW = new Date('2026-03-11T13:00:00Z')
const HOUR_MS = 3_600_000
const SECRET = 'a secret of thirty-two characters'
const NAMES = ['ada', 'ben', ...Array.from({ length: 12 }, (_, i) => `other ${i}`)]

let warehouse: Warehouse
let mailbox: Awaited<ReturnType<typeof aMailbox>>
const ends: (() => Promise<void>)[] = []

const anAdviser = (id: string, advisories: string[]): Account => ({
  id,
  kind: 'person',
  role: 'adviser',
  scope: { schools: ['lincoln'], advisories, person: person(id) },
  secretHash: '',
  expiresAt: new Date('2099-01-01'),
})
const accounts = [anAdviser('ms-a', ['hr-1']), anAdviser('mr-b', ['hr-2']), { ...anAdviser('pr', ['hr-1']), role: 'principal' }] // prettier-ignore

const anAlarm = (name: string, week = '2026-02-23'): AlarmRaised => ({
  type: 'alarm',
  id: uuid5(`alarm|${name}|${week}`),
  storedAt: '2026-03-04T12:00:00.000Z',
  student: person(name),
  week,
  since: week,
  minutes: 20,
  usualMinutes: 100,
  value: -3.2,
  baselineWeeks: 12,
})

beforeEach(async () => {
  warehouse = await emptied()
  mailbox = await aMailbox(to => to.startsWith('nobody@'))
  ends.push(mailbox.close)
  await enrol(warehouse, ...aSchool('lincoln', { 'hr-1': NAMES.slice(0, 1), 'hr-2': NAMES.slice(1) }))
  for (const id of ['ms-a', 'mr-b']) await address(id, `${id}@lincoln.example`)
})
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

const address = (id: string, email: string): Promise<void> =>
  warehouse.command(
    `insert into {identity:Identifier}.people (person_id, given_name, family_name, email, sourced_id, ver, deleted)
     select unhex({id:String}), 'Given', 'Family', {email:String}, '', toUInt64(now64(9)), 0`,
    { id: person(id), email },
  )

function deps(setting: object, more: Partial<NotifyDeps> = {}): NotifyDeps {
  const settings = readNotify(JSON.stringify({ url: 'https://homeroom.example', ...setting }))!
  const remember: NotifyDeps['remember'] = entries => storeNotices(warehouse, entries)
  return { warehouse, settings, accounts, timeZone: ZONE, district: 'd1', remember, now: NOW, ...more }
}
const mailing = (): object => ({ email: { smtp: mailbox.url, from: 'Homeroom <homeroom@district.example>' } })

describe('e-mail', () => {
  test('tells each adviser how many of their own students, and names nobody', async () => {
    await storeAlarms(warehouse, [anAlarm('ada'), anAlarm('ben'), anAlarm('other 1')])
    expect(await notifyOnce(deps(mailing()))).toMatchObject({ emails: 2, failures: [], quiet: false })
    const byWhom = new Map(mailbox.mails.map(({ to, text }) => [to.join(), text]))
    expect([...byWhom.keys()].sort()).toEqual(['mr-b@lincoln.example', 'ms-a@lincoln.example'])
    expect(byWhom.get('ms-a@lincoln.example')).toContain('Subject: One new offer of help in Homeroom')
    expect(byWhom.get('mr-b@lincoln.example')).toContain('Subject: 2 new offers of help in Homeroom')
    expect(byWhom.get('mr-b@lincoln.example')).toContain('https://homeroom.example/inbox')
    for (const { text, user } of mailbox.mails) {
      expect(user).toBe('homeroom')
      expect(text).not.toMatch(new RegExp(`Given|Family|ada|${person('ada')}|lincoln\\W(?!example)`))
    }
  })

  test('tells nobody twice, and of what is new a day later', async () => {
    await storeAlarms(warehouse, [anAlarm('ada')])
    await notifyOnce(deps(mailing()))
    expect(await notifyOnce(deps(mailing()))).toMatchObject({ emails: 0 })
    await storeAlarms(warehouse, [anAlarm('ada', '2026-03-02')])
    expect(await notifyOnce(deps(mailing(), { now: new Date(NOW.getTime() + 2 * HOUR_MS) }))).toMatchObject({ emails: 0 }) // prettier-ignore
    expect(await notifyOnce(deps(mailing(), { now: new Date(NOW.getTime() + 24 * HOUR_MS) }))).toMatchObject({ emails: 1 }) // prettier-ignore
    expect(mailbox.mails[1]!.text).toContain('One new offer of help')
  })

  test('does not tell of what was answered, nor of what is two months old', async () => {
    await storeAlarms(warehouse, [anAlarm('ada'), anAlarm('ben', '2026-01-05')])
    await storeAnswers(
      warehouse,
      [{ type: 'alarm-answer', id: uuid5('answer'), storedAt: '2026-03-05T12:00:00.000Z', alarm: anAlarm('ada').id, student: person('ada'), answer: 'seen', author: { account: 'ms-a', person: null } }],
      localTime(ZONE),
    ) // prettier-ignore
    expect(await notifyOnce(deps(mailing()))).toMatchObject({ emails: 0, unreachable: 0 })
  })

  test('one that was sent but not remembered is sent again, under the same message id', async () => {
    await storeAlarms(warehouse, [anAlarm('ada')])
    const dying = deps(mailing(), { remember: () => Promise.reject(new Error('the process died')) })
    await expect(notifyOnce(dying)).rejects.toThrow('the process died')
    await notifyOnce(deps(mailing()))
    const ids = mailbox.mails.map(({ text }) => /^Message-ID: (.*)$/im.exec(text)?.[1])
    expect(ids).toHaveLength(2)
    expect(ids[0]).toBe(ids[1])
    expect(ids[0]).toMatch(/^<[0-9a-f-]{36}@homeroom\.example>/)
  })

  test('that a mailbox refuses is said and tried again, and holds up nobody else’s', async () => {
    await address('ms-a', 'nobody@lincoln.example')
    await storeAlarms(warehouse, [anAlarm('ada'), anAlarm('ben')])
    const { emails, failures } = await notifyOnce(deps(mailing()))
    expect([emails, mailbox.mails.length]).toEqual([1, 1])
    expect(failures.map(failure => failure.sentence())).toEqual([
      expect.stringMatching(/^NOTICE_FAILED: the mail to account ms-a was not taken: EENVELOPE 550/),
    ])
    expect(failures[0]!.message).not.toContain('nobody@')
    await address('ms-a', 'ms-a@lincoln.example')
    expect(await notifyOnce(deps(mailing()))).toMatchObject({ emails: 1, failures: [] })
  })

  test('waits while hours are quiet', async () => {
    await storeAlarms(warehouse, [anAlarm('ada')])
    for (const quiet of ['2026-03-11T22:30:00Z', '2026-03-11T10:30:00Z', '2026-03-14T15:00:00Z'])
      expect(await notifyOnce(deps(mailing(), { now: new Date(quiet) }))).toMatchObject({ quiet: true, emails: 0 })
    expect(mailbox.mails).toEqual([])
  })

  test('counts advisers without an address', async () => {
    await warehouse.command('truncate table {identity:Identifier}.people')
    await storeAlarms(warehouse, [anAlarm('ada')])
    expect(await notifyOnce(deps(mailing()))).toMatchObject({ emails: 0, unreachable: 1 })
  })
})

type Posted = { headers: IncomingHttpHeaders; body: string }

async function aReceiver(status = 204): Promise<{ url: string; posted: Posted[] }> {
  const posted: Posted[] = []
  const server = createServer((request, answer) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      posted.push({ headers: request.headers, body })
      answer.writeHead(status, { location: '/elsewhere' }).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => new Promise(resolve => server.close(() => resolve())))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, posted }
}

describe('the webhook', () => {
  test('gets one signed body, with a count of ten students or more and no name', async () => {
    const { url, posted } = await aReceiver()
    await storeAlarms(warehouse, NAMES.map(name => anAlarm(name))) // prettier-ignore
    const setting = { webhook: { url, secret: SECRET, allowPrivate: true } }
    expect(await notifyOnce(deps(setting))).toMatchObject({ webhook: true, emails: 0 })
    expect(await notifyOnce(deps(setting))).toMatchObject({ webhook: false })
    const [{ headers, body }] = posted as [Posted]
    expect(JSON.parse(body)).toEqual({
      type: 'offers-of-help',
      at: NOW.toISOString(),
      district: 'd1',
      url: 'https://homeroom.example',
      offers: 14,
    })
    const seconds = NOW.getTime() / 1000
    const signature = createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex')
    expect(headers['homeroom-signature']).toBe(`t=${seconds},v1=${signature}`)
    expect(posted).toHaveLength(1)
  })

  test('is not told how few they are', async () => {
    const { url, posted } = await aReceiver()
    await storeAlarms(warehouse, NAMES.slice(0, 9).map(name => anAlarm(name))) // prettier-ignore
    await notifyOnce(deps({ webhook: { url, secret: SECRET, allowPrivate: true } }))
    expect(JSON.parse(posted[0]!.body)).toMatchObject({ offers: 'fewer than 10' })
  })

  test('that answers otherwise has not taken it, also by a redirect', async () => {
    const { url, posted } = await aReceiver(302)
    await storeAlarms(warehouse, [anAlarm('ada')])
    const setting = { webhook: { url, secret: SECRET, allowPrivate: true } }
    const { webhook, failures } = await notifyOnce(deps(setting))
    expect([webhook, posted.length]).toEqual([false, 1])
    expect(failures[0]!.message).toContain('it answered 302, expected 2xx')
  })

  test('into a private network is refused, by name and by address', async () => {
    await storeAlarms(warehouse, [anAlarm('ada')])
    for (const host of ['127.0.0.1', '[::1]', '10.1.2.3', '[::ffff:192.168.1.1]', '169.254.169.254', 'localhost']) {
      const { webhook, failures } = await notifyOnce(deps({ webhook: { url: `https://${host}:9/`, secret: SECRET } }))
      expect([host, webhook, failures[0]?.message]).toEqual([host, false, expect.stringContaining('private network')])
    }
  })
})

test('a setting that cannot be understood says what is wrong', () => {
  const refused =
    (setting: object): (() => unknown) =>
    () =>
      readNotify(JSON.stringify(setting))
  expect(readNotify(null)).toBe(null)
  expect(refused({ url: 'https://h.example' })).toThrow('neither email nor webhook')
  expect(refused({ url: 'https://h.example', webhook: { url: 'http://h.example', secret: SECRET } })).toThrow('is not https') // prettier-ignore
  expect(refused({ url: 'https://h.example', webhook: { url: 'https://h.example', secret: 'short' } })).toThrow('webhook.secret') // prettier-ignore
  expect(refused({ url: 'nowhere', email: {} })).toThrow(/url: .*email\.smtp: .*email\.from: /)
  expect(() => readNotify('/nowhere.json')).toThrow('/nowhere.json is not readable as JSON')
})
