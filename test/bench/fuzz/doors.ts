import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { anEvent, interactions } from '../../ingest/caliper-examples.ts'
import { RULES } from '../../ingest/xapi-rules.ts'
import { aPacking, aVersion, shot, sometimes, xapiHeaders, type Json, type Make, type Run } from './cases.ts'
import { anEdit, edited, hostileText, hostileValue, MARK, plain, read } from './hostile.ts'

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
const withoutId = ({ id: _id, ...rest }: Json): Json => rest

/** Statements of both versions, right ones and wrong ones; those with attachments have cases of their own. */
const STATEMENTS = RULES.flatMap(({ good, bad }) => [good, good, bad as Json])
  .filter(statement => !JSON.stringify(statement).includes('"attachments"'))
  .map(withoutId)
const GOOD = STATEMENTS[0]!
const EVENTS = interactions.map(interaction => withoutId(anEvent(interaction)))
const ROW: Json = {
  at: '2026-03-02T09:15:00-05:00',
  kind: 'met',
  mode: 'adult',
  minutes: 15,
  participants: [
    { role: 'adviser', idType: 'sourcedId', id: `t-${MARK}` },
    { role: 'student', idType: 'account:https://lms.example.org', id: `s-${MARK}` },
  ],
  section: 'm-1',
  skills: ['fractions'],
  object: 'https://lms.example.org/a',
  score: 0.5,
}

const edits = fc.array(anEdit, { minLength: 0, maxLength: 1 })
const anotherType = sometimes(
  fc.constantFrom(
    '',
    'text/plain',
    'application/json; charset=utf-16',
    `${MARK}/x`,
    'application/json;',
    'multipart/mixed',
    'application/x-www-form-urlencoded',
    'a'.repeat(3000),
  ),
  12,
)
const withType = (type: string): Record<string, string> => (type === '' ? {} : { 'content-type': type })

/** One statement or several, of which one is changed somewhere. */
export const statementsCase: fc.Arbitrary<Make> = fc
  .record({
    example: fc.nat(),
    edits,
    others: fc.integer({ min: -1, max: 3 }),
    pack: aPacking,
    type: anotherType,
    version: aVersion,
    put: fc.nat(9),
  })
  .map(({ example, edits: [edit], others, pack, type, version, put }) => run => {
    const id = run.id()
    const statement = { ...(put > 3 && { id }), ...STATEMENTS[example % STATEMENTS.length] }
    const text = edit === undefined ? plain(statement) : edited(statement, edit)
    const isPut = put === 0
    const neighbours = isPut || others < 0 ? [] : Array.from({ length: others }, () => plain({ ...GOOD, id: run.id() }))
    const body = latin1(isPut || others < 0 ? text : `[${[text, ...neighbours].join()}]`)
    const { bytes, headers, isReadable } = pack(body)
    const value = read(body.toString('latin1'))?.value
    // A PUT may leave the id to the address.
    const sent = isPut ? [{ id, ...(value as Json) }] : ([value].flat() as Json[])
    const path = isPut ? `/xapi/statements?statementId=${id}` : '/xapi/statements'
    const all = { ...xapiHeaders(run, version), ...headers, ...withType(type ?? 'application/json') }
    return {
      ...shot('xapi statements', isPut ? 'PUT' : 'POST', path, all, bytes),
      ...(isReadable && value !== undefined && { statements: { sent, version, attachments: false } }),
    }
  })

/** Anything but statements. */
export const anyBodyCase: fc.Arbitrary<Make> = fc
  .record({
    path: fc.constantFrom('/xapi/statements', '/caliper/events', '/interactions'),
    body: fc.oneof(
      hostileValue,
      hostileValue.map(value => `[${value}]`),
      fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes).toString('latin1')),
    ),
    pack: aPacking,
    type: fc.constantFrom(
      'application/json',
      'application/json; charset=latin1',
      'text/csv',
      'application/x-ndjson',
      '',
      MARK,
    ),
    version: fc.constantFrom('1.0.3', '2.0.0', '0.95', '', MARK, '3.0.0'),
  })
  .map(({ path, body, pack, type, version }) => run => {
    const { bytes, headers } = pack(latin1(body))
    return shot('any body', 'POST', path, { ...xapiHeaders(run, version), ...headers, ...withType(type) }, bytes)
  })

/** An envelope of events of which one is changed somewhere: the others are stored. */
export const caliperCase: fc.Arbitrary<Make> = fc
  .record({
    example: fc.nat(),
    edit: anEdit,
    others: fc.integer({ min: 1, max: 3 }),
    at: fc.nat(3),
    pack: aPacking,
    outer: sometimes(anEdit, 6),
  })
  .map(({ example, edit, others, at, pack, outer }) => run => {
    const good = Array.from({ length: others }, (_, i) => ({
      id: run.id(),
      event: EVENTS[(example + i) % EVENTS.length]!,
    }))
    const items = good.map(({ id, event }) => plain({ id: `urn:uuid:${id}`, ...event }))
    items.splice(at % (others + 1), 0, edited({ id: `urn:uuid:${run.id()}`, ...EVENTS[example % EVENTS.length] }, edit))
    const envelope = {
      sensor: 'https://lms.example.org/sensor',
      sendTime: '2026-03-02T14:00:00.000Z',
      dataVersion: 'http://purl.imsglobal.org/ctx/caliper/v1p2',
    }
    const whole = `${plain(envelope).slice(0, -1)},"data":[${items.join()}]}`
    const text = outer ? edited({ ...envelope, data: [] }, outer) : whole
    const { bytes, headers, isReadable } = pack(latin1(text))
    const type = { 'content-type': 'application/json' }
    const isGood = isReadable && outer === null && read(text) !== undefined
    return {
      ...shot('caliper', 'POST', '/caliper/events', { authorization: run.authorization, ...headers, ...type }, bytes),
      ...(isGood && { isGood, records: good.map(({ id }) => id) }),
    }
  })

const NDJSON = 'application/x-ndjson'

/** Rows, as an array or as lines, of which one is changed somewhere: the others are stored. */
export const rowsCase: fc.Arbitrary<Make> = fc
  .record({
    edit: anEdit,
    others: fc.integer({ min: 1, max: 4 }),
    at: fc.nat(4),
    pack: aPacking,
    type: fc.constantFrom('application/json', NDJSON),
  })
  .map(({ edit, others, at, pack, type }) => run => {
    const ids = Array.from({ length: others }, () => run.id())
    const rows = ids.map(id => plain({ id, ...ROW }))
    // A line break within it would make it two lines.
    rows.splice(at % (others + 1), 0, edited({ id: run.id(), ...ROW }, edit).replaceAll('\n', ' '))
    const text = type === NDJSON ? rows.join('\n') : `[${rows.join()}]`
    const { bytes, headers, isReadable } = pack(latin1(text))
    const isWhole = type === NDJSON ? isUtf8(latin1(text)) : read(text) !== undefined
    return {
      ...shot(
        'interactions',
        'POST',
        '/interactions',
        { authorization: run.authorization, ...headers, 'content-type': type },
        bytes,
      ),
      ...(isReadable && isWhole && { isGood: true, records: ids }),
    }
  })

const COLUMNS = ['id', 'at', 'kind', 'minutes', 'participants', 'object']

/** CSV of which one field or header is hostile. */
export const csvCase: fc.Arbitrary<Make> = fc
  .record({
    text: hostileText,
    field: fc.nat(6),
    quotes: fc.boolean(),
    header: fc.nat(5),
    others: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ text, field, quotes, header, others }) => run => {
    const ids = Array.from({ length: others }, () => run.id())
    const row = (id: string): string[] => [
      id,
      '2026-03-02T09:15:00-05:00',
      'met',
      '15',
      'adviser:sourcedId:t-1;student:sourcedId:s-1',
      'a',
    ]
    const hostile = quotes ? `"${text.replaceAll('"', '""')}"` : text
    const bad = row(run.id())
    bad[field] = hostile
    const columns = header === 0 ? COLUMNS.with(field % COLUMNS.length, hostile) : COLUMNS
    const lines = [columns, bad, ...ids.map(row)].map(fields => fields.join())
    const csv = lines.join('\n')
    // Without quotes a field may hold a separator, a quote or a line break of CSV; the rows after it are no promise then.
    const isGood = header !== 0 && isUtf8(latin1(csv)) && (quotes || !/["\n\r]/.test(text))
    const all = { authorization: run.authorization, 'content-type': 'text/csv' }
    return {
      ...shot('interactions csv', 'POST', '/interactions', all, latin1(csv)),
      ...(isGood && { isGood, records: ids }),
    }
  })

/** Good ones, sent beside every case. */
export const neighbours: readonly ((run: Run) => ReturnType<Make> & { records: string[] })[] = [
  run => {
    const ids = [run.id(), run.id()]
    const body = Buffer.from(JSON.stringify(ids.map(id => ({ ...GOOD, id }))))
    const headers = { ...xapiHeaders(run, '1.0.3'), 'content-type': 'application/json' }
    return { ...shot('neighbour xapi', 'POST', '/xapi/statements', headers, body), records: ids }
  },
  run => {
    const id = run.id()
    const data = [{ id: `urn:uuid:${id}`, ...EVENTS[0] }]
    const body = Buffer.from(
      JSON.stringify({
        sensor: 'https://lms.example.org/sensor',
        sendTime: '2026-03-02T14:00:00.000Z',
        dataVersion: 'http://purl.imsglobal.org/ctx/caliper/v1p2',
        data,
      }),
    )
    const headers = { authorization: run.authorization, 'content-type': 'application/json' }
    return { ...shot('neighbour caliper', 'POST', '/caliper/events', headers, body), records: [id] }
  },
  run => {
    const id = run.id()
    const headers = { authorization: run.authorization, 'content-type': 'application/json' }
    const body = Buffer.from(JSON.stringify([{ id, ...ROW }]))
    return { ...shot('neighbour interactions', 'POST', '/interactions', headers, body), records: [id] }
  },
]
