import { createHash } from 'node:crypto'
import { shot, xapiHeaders, type Case, type Json, type Run } from './cases.ts'

/** Just below what is taken at once. */
const SIZE = 8_300_000
const ID = 'fd41c918-b88b-4b20-a0a5-a4c32391aaa0'
const JSON_TYPE = 'application/json'

/** A body that costs its receiver far more than its bytes, if it lets it. */
export type Large = { name: string; path: string; type: string; body: () => string }

const statement = (changes: Json): string =>
  JSON.stringify({ actor: { mbox: 'mailto:a@b.example' }, verb: { id: 'a:b' }, object: { id: 'a:b' }, ...changes })
/** The statement with a text in the place of the word `HERE`. */
const withText = (changes: Json, text: string): string => statement(changes).replace('"HERE"', () => text)
const list = (item: string, size = SIZE): string => `[${`${item},`.repeat(size / (item.length + 1) - 10)}${item}]`
const numbered = (of: (i: number) => string, size = SIZE): string =>
  Array.from({ length: Math.floor(size / (of(1e6).length + 1)) }, (_, i) => of(i)).join()
const envelope = (data: string): string =>
  `{"sensor":"a:b","sendTime":"2026-03-02T14:00:00.000Z","dataVersion":"http://purl.imsglobal.org/ctx/caliper/v1p2","data":${data}}`
const lines = (line: string): string => line.repeat(SIZE / line.length)

const ofStatements = (name: string, body: () => string): Large => ({
  name,
  path: '/xapi/statements',
  type: JSON_TYPE,
  body,
})
const ofEvents = (name: string, data: () => string): Large => ({
  name,
  path: '/caliper/events',
  type: JSON_TYPE,
  body: () => envelope(data()),
})
const ofRows = (name: string, type: string, body: () => string): Large => ({ name, path: '/interactions', type, body })
const multipart = (name: string, sections: () => readonly (readonly [headers: string, body: string])[]): Large => ({
  name,
  path: '/xapi/statements',
  type: 'multipart/mixed; boundary=b',
  body: () =>
    `${sections()
      .map(([headers, body]) => `--b\r\n${headers}\r\n\r\n${body}\r\n`)
      .join('')}--b--\r\n`,
})

export const LARGE: readonly Large[] = [
  ofStatements('a group of 250,000', () => {
    const members = numbered(i => `{"mbox":"mailto:${i}@b.c"}`)
    return withText({ actor: 'HERE' }, `{"objectType":"Group","member":[${members}]}`)
  }),
  ofStatements('an agent of 8 MB', () =>
    statement({ actor: { mbox: 'mailto:a@b.example', name: '"'.repeat(4_000_000) } }),
  ),
  ofStatements('a large statement, and its id 9,000 times more', () => {
    const large = statement({ id: ID, result: { response: 'x'.repeat(5_000_000) } })
    return `[${[large, ...Array.from({ length: 9000 }, () => statement({ id: ID }))].join()}]`
  }),
  ofStatements('context activities', () =>
    withText({ context: { contextActivities: { other: 'HERE' } } }, list('{"id":"a:b"}')),
  ),
  ofStatements('one statement of 8 MB', () => statement({ result: { response: 'x'.repeat(8_000_000) } })),
  ofStatements('unknown properties', () => `{${numbered(i => `"k${i}":1`)}}`),
  ofStatements('choices', () => {
    const choices = `[${numbered(i => `{"id":"${i}"}`)}]`
    return withText({ object: { id: 'a:b', definition: { interactionType: 'choice', choices: 'HERE' } } }, choices)
  }),
  ofStatements('a language tag of 8 MB', () =>
    statement({ verb: { id: 'a:b', display: { [`en${'-a1234567'.repeat(900_000)}`]: '' } } }),
  ),
  ofStatements('a media type of 8 MB', () => {
    const attachment = { usageType: 'a:b', display: {}, length: 1, sha2: '0'.repeat(64), fileUrl: 'a:b' }
    return statement({ attachments: [{ ...attachment, contentType: `a/b${';a=b'.repeat(2_000_000)}` }] })
  }),
  ofStatements('an IRI of 8 MB', () => statement({ verb: { id: `a:${'b'.repeat(8_000_000)}` } })),
  ofStatements('numbers for statements', () => list('0')),
  ofStatements('small statements', () => list(statement({}))),
  multipart('headers of blanks', () => [
    [`Content-Type: ${JSON_TYPE}`, statement({})],
    ...Array.from({ length: 500 }, () => [`X: ${' '.repeat(16_000)}a`, ''] as const),
  ]),
  multipart('a signature that 20,000 attachments name', () => {
    const payload = Buffer.from(statement({ result: { response: 'x'.repeat(2_000_000) } })).toString('base64url')
    const jws = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${payload}.AAAA`
    const sha2 = createHash('sha256').update(jws).digest('hex')
    const usageType = 'http://adlnet.gov/expapi/attachments/signature'
    const attachment = { usageType, display: {}, contentType: 'application/octet-stream', length: jws.length, sha2 }
    return [
      [`Content-Type: ${JSON_TYPE}`, withText({ attachments: 'HERE' }, list(JSON.stringify(attachment), 4_000_000))],
      [`Content-Type: application/octet-stream\r\nX-Experience-API-Hash: ${sha2}`, jws],
    ]
  }),
  ofEvents('numbers for events', () => list('0')),
  ofEvents('an event with 700,000 extensions', () => `[{"type":"Event","extensions":{${numbered(i => `"k${i}":1`)}}}]`),
  ofEvents(
    'an assessment of wrong items',
    () => `[{"type":"Assessment","id":"a:b","items":${list('{"type":"AssessmentItem","id":7}')}}]`,
  ),
  ofEvents('people', () => {
    const people = numbered(i => `{"id":"a:${i}","type":"Person"}`)
    return `[{"type":"Event","actor":"a:b","action":"Used","eventTime":"2026-03-02T14:00:00.000Z","object":{"type":"Group","id":"a:b","members":[${people}]}}]`
  }),
  ofRows('numbers for rows', JSON_TYPE, () => list('0')),
  ofRows('objects for rows', JSON_TYPE, () => list('{}')),
  ofRows('lines', 'application/x-ndjson', () => lines('0\n')),
  ofRows('rows of CSV', 'text/csv', () => `a\n${lines('b\n')}`),
  ofRows('quotes of CSV', 'text/csv', () => `a\n${lines('"')}`),
  ofRows('a quote of CSV that stays open', 'text/csv', () => `a\n"${lines('b\n').slice(9)}`),
  ofRows('columns of CSV', 'text/csv', () => `${'a,'.repeat(SIZE / 4)}\n${'b,'.repeat(SIZE / 4 - 9)}`),
  {
    name: 'parameters of a form',
    path: '/xapi/statements?method=PUT',
    type: 'application/x-www-form-urlencoded',
    body: () => Array.from({ length: 700_000 }, (_, i) => `k${i}=1`).join('&'),
  },
]

export function largeCase({ path, type, body }: Large, run: Run): Case {
  return shot('large', 'POST', path, { ...xapiHeaders(run, '2.0.0'), 'content-type': type }, Buffer.from(body()))
}
