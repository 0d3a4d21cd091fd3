import fc from 'fast-check'
import { aPacking, shot, sometimes, xapiHeaders, type Make } from './cases.ts'
import { hostileText, hostileValue, MARK } from './hostile.ts'

const AGENT = `{"mbox":"mailto:${MARK}@example.org"}`
const RIGHT: Readonly<Record<string, readonly string[]>> = {
  agent: [AGENT, `{"objectType":"Group","account":{"homePage":"https://a.example","name":"${MARK}"}}`],
  verb: ['http://adlnet.gov/expapi/verbs/answered'],
  activity: ['https://lms.example.org/activities/fractions-7'],
  activityId: ['https://lms.example.org/activities/fractions-7', `https://a.example/${MARK}`],
  registration: ['ec531277-b57b-4c15-8d91-d292c5b2b8f7'],
  statementId: ['fd41c918-b88b-4b20-a0a5-a4c32391aaa0'],
  voidedStatementId: ['fd41c918-b88b-4b20-a0a5-a4c32391aaa0'],
  related_agents: ['true', 'false'],
  related_activities: ['true', 'false'],
  since: ['2026-03-02T14:00:00Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z'],
  until: ['2026-03-02T14:00:00Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '2999-01-01T00:00:00Z'],
  limit: ['0', '1', '999999999', '-1', '1e3', '0x10', '00', '1.0', '9'.repeat(30)],
  ascending: ['true', 'false', '1'],
  format: ['ids', 'exact', 'canonical', 'IDS'],
  attachments: ['true', 'false'],
  stateId: [MARK, 'a/../b', '.', '\0'],
  profileId: [MARK, ' ', '\u202e'],
  method: ['GET', 'PUT', 'TRACE', MARK],
}
const NAMES = Object.keys(RIGHT)

const encoded = (text: string): string =>
  [...Buffer.from(text, 'latin1')].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join('')

/** What may stand behind `name=`, as it stands in the address. */
const aValue = (name: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...(RIGHT[name] ?? [MARK])).map(encodeURIComponent) },
    { weight: 3, arbitrary: hostileText.map(text => encoded(text.slice(0, 3000))) },
    { weight: 2, arbitrary: hostileValue.map(value => encoded(value.slice(0, 3000))) },
    { weight: 1, arbitrary: hostileValue.map(value => encoded(`{"mbox":${value.slice(0, 2000)}}`)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '',
        '%ZZ',
        '%',
        '%E0%A4%A',
        '%00',
        '%ff',
        '%ed%a0%80',
        '+',
        `${MARK}=`,
        '[]',
        '#',
        ';',
      ),
    },
  )

const aPair = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...NAMES).chain(name => aValue(name).map(value => `${name}=${value}`)) },
  { weight: 1, arbitrary: fc.constantFrom(...NAMES).chain(name => aValue(name).map(value => `${name}[]=${value}`)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '__proto__=1',
      `${MARK}=1`,
      'constructor[prototype]=1',
      '=',
      '&&',
      'toString',
      '%ZZ=1',
      `limit`,
    ),
  },
)
const aQuery = (most: number): fc.Arbitrary<string> =>
  fc.array(aPair, { maxLength: most }).map(pairs => (pairs.length === 0 ? '' : `?${pairs.join('&')}`))

/** The parameters that a resource takes, right or hostile, with one more now and then. */
const queryOf = (names: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.tuple(...names.map(name => fc.option(aValue(name), { freq: 8, nil: null }))), sometimes(aPair, 5))
    .map(([values, more]) => {
      const pairs = values.flatMap((value, i) => (value === null ? [] : [`${names[i]}=${value}`]))
      return `?${[...pairs, ...(more === null ? [] : [more])].join('&')}`
    })

const aHeader = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Record<string, string>>({}) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          'accept-language',
          'accept-encoding',
          'accept',
          'if-match',
          'if-none-match',
          'range',
          'content-length',
          'expect',
          'origin',
        ),
        fc.constantFrom(
          '*',
          '',
          `"${MARK}"`,
          `W/"${MARK}"`,
          '"a","b',
          ','.repeat(2000),
          'en;q=1e9, *;q=0',
          'gzip;q=0, *',
          '0',
          '100-continue',
          'bytes=0-1',
          'null',
        ),
      )
      .map(([name, value]) => ({ [name]: value })),
  },
)
const aReader = fc.constantFrom('GET', 'GET', 'GET', 'HEAD')

/** What is asked of statements, activities, agents and the addresses that answers name as `more`. */
export const questionCase: fc.Arbitrary<Make> = fc
  .record({
    path: fc.oneof(
      { weight: 6, arbitrary: aQuery(4).map(query => `/xapi/statements${query}`) },
      { weight: 2, arbitrary: queryOf(['activityId']).map(query => `/xapi/activities${query}`) },
      { weight: 2, arbitrary: queryOf(['agent']).map(query => `/xapi/agents${query}`) },
      { weight: 1, arbitrary: aQuery(2).map(query => `/xapi/about${query}`) },
      { weight: 2, arbitrary: cursors().map(text => `/xapi/more/${text}`) },
      { weight: 1, arbitrary: addresses() },
    ),
    method: aReader,
    headers: aHeader,
    asker: fc.constantFrom<'authorization' | 'reader'>('reader', 'reader', 'reader', 'authorization'),
    version: fc.constantFrom('1.0.3', '2.0.0', '2.0.0', '1.0', '0.9', MARK),
  })
  .map(({ path, method, headers, asker, version }) => run => {
    // A content length without a content is another case: of framing.
    const { 'content-length': length, ...others } = headers
    const all = {
      ...xapiHeaders(run, version),
      authorization: run[asker],
      ...others,
      ...(length !== undefined && { 'content-length': '0' }),
    }
    return { ...shot('questions', method, path, all), ...(headers.expect !== undefined && { isBroken: true }) }
  })

/** State, activity profiles and agent profiles: written, merged, read, removed. */
export const documentCase: fc.Arbitrary<Make> = fc
  .record({
    address: fc.oneof(
      queryOf(['stateId', 'activityId', 'agent']).map(query => `/xapi/activities/state${query}`),
      queryOf(['stateId', 'activityId', 'agent', 'registration']).map(query => `/xapi/activities/state${query}`),
      queryOf(['profileId', 'activityId']).map(query => `/xapi/activities/profile${query}`),
      queryOf(['profileId', 'agent']).map(query => `/xapi/agents/profile${query}`),
      queryOf(['activityId', 'agent', 'since']).map(query => `/xapi/activities/state${query}`),
    ),
    method: fc.constantFrom('PUT', 'POST', 'POST', 'GET', 'HEAD', 'DELETE', 'PATCH', 'OPTIONS'),
    body: fc.oneof(
      hostileValue,
      hostileValue.map(value => `{"a":${value}}`),
      hostileText,
    ),
    type: fc.constantFrom(
      'application/json',
      'application/json',
      'text/plain',
      '',
      `${MARK}/x`,
      '\xff',
      'a/b\tc',
      'multipart/mixed',
      'application/json; charset=utf-16',
    ),
    headers: fc.oneof(
      { weight: 6, arbitrary: fc.constant({ 'if-none-match': '*' }) },
      { weight: 3, arbitrary: fc.constant({ 'if-match': '*' }) },
      { weight: 3, arbitrary: aHeader },
    ),
    pack: aPacking,
    version: fc.constantFrom('1.0.3', '2.0.0'),
  })
  .map(({ address, method, body, type, headers, pack, version }) => run => {
    const takesBody = method === 'PUT' || method === 'POST' || method === 'PATCH'
    const { bytes, headers: packing } = pack(Buffer.from(body, 'latin1'))
    const { 'content-length': _length, expect: _expect, ...others } = headers as Record<string, string>
    const all = {
      ...xapiHeaders(run, version),
      ...others,
      ...(takesBody && packing),
      ...(takesBody && type !== '' && { 'content-type': type }),
    }
    return shot('documents', method, address, all, takesBody ? bytes : undefined)
  })

/** A request that stands in a form, as 1.0.3 allows. */
export const alternateCase: fc.Arbitrary<Make> = fc
  .record({
    path: fc.constantFrom(
      '/xapi/statements',
      '/xapi/activities/state',
      '/xapi/agents',
      '/xapi/activities',
      '/xapi/about',
      `/xapi/${MARK}`,
      '/caliper/events',
    ),
    query: fc.constantFrom(
      '?method=GET',
      '?method=PUT',
      '?method=POST',
      '?method=DELETE',
      '?method=HEAD',
      '?method=get',
      `?method=${MARK}`,
      '?method=GET&method=PUT',
      '?method=PUT&a=b',
      '?method=',
    ),
    pairs: fc.array(
      fc.oneof(
        aPair,
        hostileValue.map(value => `content=${encoded(value.slice(0, 100_000))}`),
        hostileText.map(text => `Content-Type=${encoded(text.slice(0, 3000))}`),
        hostileText.map(text => `Authorization=${encoded(text.slice(0, 3000))}`),
        fc.constantFrom(
          'Content-Length=1',
          `Content-Length=${MARK}`,
          'If-Match=%0d%0aX: 1',
          'X-Experience-API-Version=2.0.0',
          'X-Experience-API-Version=%00',
          'content=%ZZ',
          'Content-Type=application/json',
        ),
      ),
      { maxLength: 5 },
    ),
    type: fc.constantFrom('application/x-www-form-urlencoded', 'application/json', '', MARK),
    pack: aPacking,
  })
  .map(({ path, query, pairs, type, pack }) => run => {
    const form = [...pairs, `Authorization=${encodeURIComponent(run.authorization)}`, 'X-Experience-API-Version=1.0.3']
    const seen = new Set<string>()
    // Mostly each once; a repeat is one of the cases.
    const kept = form.filter((pair, i) => i === 0 || (!seen.has(name(pair)) && seen.add(name(pair))))
    const { bytes, headers } = pack(Buffer.from(kept.join('&'), 'latin1'))
    const all = { ...xapiHeaders(run, '1.0.3'), ...headers, ...(type !== '' && { 'content-type': type }) }
    return { ...shot('alternate syntax', 'POST', `${path}${query}`, all, bytes), isBare: query === '?method=HEAD' }
  })

const name = (pair: string): string => pair.split('=', 1)[0]!

function cursors(): fc.Arbitrary<string> {
  const filter = { relatedAgents: false, relatedActivities: false, limit: null, ascending: true }
  const right = {
    filter,
    format: 'exact',
    attachments: false,
    through: 1e12,
    after: { at: 1, id: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa0' },
  }
  const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64url')
  return fc.oneof(
    fc.constantFrom('', MARK, '%ZZ', '%00', '..', 'e30', `${'A'.repeat(9000)}`, base64(JSON.stringify(right))),
    fc
      .constantFrom(-1, 1.5, 9e15, 8.64e15 + 1, 1e300, -1e300)
      .map(at => base64(JSON.stringify({ ...right, through: at, after: { ...right.after, at } }))),
    hostileValue.map(value => base64(value).slice(0, 9000)),
    hostileValue.map(value =>
      base64(
        `{"filter":${JSON.stringify(filter)},"format":"exact","attachments":false,"through":${value},"after":{"at":1,"id":"fd41c918-b88b-4b20-a0a5-a4c32391aaa0"}}`,
      ).slice(0, 9000),
    ),
    fc
      .tuple(
        fc.constantFrom('verb', 'activity', 'agent', 'registration', 'since', 'until', 'limit', 'authorityOf'),
        hostileValue,
      )
      .map(([key, value]) =>
        base64(JSON.stringify({ ...right, filter: { ...filter, x: 0 } }).replace('"x":0', `"${key}":${value}`)).slice(
          0,
          9000,
        ),
      ),
  )
}

function addresses(): fc.Arbitrary<string> {
  return fc.constantFrom(
    '/xapi',
    '/xapi/',
    `/xapi/${MARK}`,
    '/xapi/statements/',
    '/xapi//statements',
    '/xapi/%73tatements',
    '/xapi/statements%00',
    '/xapi/%ZZ',
    '/xapi/../healthz',
    '/xapi/statements/../../healthz',
    `/xapi/activities/state/${MARK}`,
    `/caliper/${MARK}`,
    `/interactions/${MARK}?a=b`,
    `/xapi/statements?${'a'.repeat(10_000)}`,
    `/xapi/statements?${'a=1&'.repeat(2000)}`,
    `/xapi/${'a/'.repeat(3000)}`,
    'http://127.0.0.1/xapi/about',
  )
}
