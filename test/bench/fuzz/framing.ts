import fc from 'fast-check'
import { aStatement } from '../../ingest/a-statement.ts'
import { sometimes, xapiHeaders, type Case, type Make, type Run } from './cases.ts'
import { MARK } from './hostile.ts'
import { requestBytes } from './wire.ts'

const PATHS = [
  '/xapi/statements',
  '/caliper/events',
  '/interactions',
  '/xapi/activities/state?stateId=a',
  '/xapi/about',
]
const JSON_TYPE = { 'content-type': 'application/json' }

const statement = (run: Run): Buffer => Buffer.from(JSON.stringify({ ...aStatement(), id: run.id() }))
const headersOf = (run: Run): Record<string, string> => ({ ...xapiHeaders(run, '1.0.3'), ...JSON_TYPE })

type Bytes = (run: Run, path: string) => Buffer

/** Bytes that are no request, or not a whole one. */
const BROKEN: readonly Bytes[] = [
  (run, path) => requestBytes('POST', path, { ...headersOf(run), 'content-length': '5' }, statement(run)),
  (run, path) => requestBytes('POST', path, { ...headersOf(run), 'content-length': '-1' }, statement(run)),
  (run, path) => requestBytes('POST', path, { ...headersOf(run), 'content-length': '1e3' }, statement(run)),
  (run, path) =>
    requestBytes('POST', path, { ...headersOf(run), 'content-length': '99999999999999999999' }, statement(run)),
  (run, path) => requestBytes('POST', path, { ...headersOf(run), 'content-length': ['3', '4'] }, statement(run)),
  (run, path) =>
    requestBytes(
      'POST',
      path,
      { ...headersOf(run), 'content-length': '4', 'transfer-encoding': 'chunked' },
      statement(run),
    ),
  (run, path) => requestBytes('POST', path, { ...headersOf(run), 'transfer-encoding': 'gzip' }, statement(run)),
  (run, path) =>
    requestBytes('POST', path, { ...headersOf(run), 'transfer-encoding': `chunked, ${MARK}` }, statement(run)),
  (run, path) => chunked(run, path, `zz\r\n${MARK}\r\n0\r\n\r\n`),
  (run, path) => chunked(run, path, `ffffffffffffffffff\r\n${MARK}`),
  (run, path) => chunked(run, path, `5\r\nabcdefgh\r\n0\r\n\r\n`),
  (run, path) => chunked(run, path, `-1\r\n${MARK}\r\n0\r\n\r\n`),
  (run, path) => chunked(run, path, `2;${'x'.repeat(100_000)}\r\n[]\r\n0\r\n\r\n`),
  (run, path) => chunked(run, path, `2\r\n[]\r\n0\r\n${`${MARK}: 1\r\n`.repeat(5000)}\r\n`),
  (run, path) => requestBytes('POST', path, { ...headersOf(run), [`x-${MARK}`]: 'a'.repeat(200_000) }),
  (run, path) => requestBytes('POST', path, { ...headersOf(run), ...many(4000) }),
  (run, path) => requestBytes('POST', path, { ...headersOf(run), 'bad header': MARK }),
  (run, path) => requestBytes('POST', path, { ...headersOf(run), 'x-nul': `a\0${MARK}` }),
  (run, path) => requestBytes('POST', `${path} ${MARK}`, headersOf(run)),
  (run, path) => requestBytes('POST', `${path}\xff\xfe`, headersOf(run), statement(run)),
  (run, path) => requestBytes(MARK, path, headersOf(run), statement(run)),
  (run, path) => requestBytes('CONNECT', path, headersOf(run)),
  (run, path) =>
    requestBytes('POST', path, { ...headersOf(run), connection: 'upgrade', upgrade: 'websocket' }, statement(run)),
  (run, path) =>
    Buffer.from(
      requestBytes('POST', path, headersOf(run), statement(run)).toString('latin1').replace('HTTP/1.1', 'HTTP/9.9'),
      'latin1',
    ),
  (run, path) =>
    Buffer.from(
      requestBytes('POST', path, headersOf(run), statement(run)).toString('latin1').replace('host: 127.0.0.1\r\n', ''),
      'latin1',
    ),
  (run, path) =>
    Buffer.from(
      requestBytes('POST', path, headersOf(run), statement(run)).toString('latin1').replaceAll('\r\n', '\n'),
      'latin1',
    ),
  () => Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  () => Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]),
  () => Buffer.from(`\r\n\r\n\r\n${MARK}\r\n\r\n`),
  () => Buffer.alloc(70_000, 0),
]

/** HTTP that is no HTTP: an answer in our words or the end of the connection, and soon. */
export const brokenCase: fc.Arbitrary<Make> = fc
  .record({ path: fc.constantFrom(...PATHS), which: fc.nat(BROKEN.length - 1) })
  .map(({ path, which }) => run => ({
    what: 'framing',
    methods: ['POST'],
    pieces: [{ bytes: BROKEN[which]!(run, path) }],
    isBroken: true,
    // Some of them may wait for more.
    leaves: 'soon',
  }))

/** Whole requests in pieces, with pauses, or left before the end or before the answer. */
export const piecesCase: fc.Arbitrary<Make> = fc
  .record({
    path: fc.constantFrom(...PATHS),
    sizes: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 12 }),
    pause_ms: fc.constantFrom(0, 0, 1, 5),
    left: sometimes(fc.nat(1000), 3),
    isChunked: fc.boolean(),
  })
  .map(({ path, sizes, pause_ms, left, isChunked }) => run => {
    const body = statement(run)
    const bytes = isChunked
      ? chunked(run, path, `${body.length.toString(16)};a=b\r\n${body.toString('latin1')}\r\n0\r\nx-trailer: 1\r\n\r\n`)
      : requestBytes('POST', path, headersOf(run), body)
    const pieces: Case['pieces'] = []
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const end = at + sizes[i % sizes.length]! * (i < sizes.length ? 1 : 4)
      pieces.push({ bytes: bytes.subarray(at, end), pause_ms: i < 20 ? pause_ms : 0 })
      at = end
    }
    const made: Case = { what: 'pieces', methods: ['POST'], pieces }
    if (left === null) return made
    return { ...made, pieces: pieces.slice(0, 1 + (left % pieces.length)), isBroken: true, leaves: 'at once' }
  })

/** Several requests at once on one connection: each gets its own answer, in order. */
export const pipelinedCase: fc.Arbitrary<Make> = fc
  .array(fc.constantFrom('good', 'bad json', 'get', 'head', 'unauthorised', 'not found', 'about'), {
    minLength: 2,
    maxLength: 6,
  })
  .map(kinds => run => {
    const requests = kinds.map(kind => pipelined(kind, run))
    const ids = requests.flatMap(({ id }) => (id === undefined ? [] : [id]))
    return {
      what: 'pipelined',
      methods: requests.map(({ method }) => method),
      pieces: [{ bytes: Buffer.concat(requests.map(({ bytes }) => bytes)) }],
      good: requests.filter(({ isGood }) => isGood).length,
      records: ids,
    }
  })

/** Who sends, said wrong. */
export const credentialsCase: fc.Arbitrary<Make> = fc
  .record({
    path: fc.constantFrom(...PATHS, '/canvas/events', `/canvas/events?key=${MARK}`),
    authorization: fc.constantFrom(
      '',
      'Basic',
      'Basic ',
      `Basic ${MARK}`,
      `Basic ${Buffer.from('a:b:c').toString('base64')}`,
      'Basic ////',
      `Bearer ${MARK}`,
      'Bearer',
      `Digest username="${MARK}"`,
      '\xff',
      'Basic \xff',
      `${'a '.repeat(3000)}`,
      'bearer undefined',
      'Basic Og==',
    ),
    method: fc.constantFrom('POST', 'PUT', 'GET', 'DELETE', 'OPTIONS'),
    version: fc.constantFrom('1.0.3', MARK),
  })
  .map(({ path, authorization, method, version }) => run => {
    const all = { 'x-experience-api-version': version, ...JSON_TYPE, ...(authorization !== '' && { authorization }) }
    const takesBody = method === 'POST' || method === 'PUT'
    const bytes = requestBytes(method, path, all, takesBody ? statement(run) : undefined)
    return { what: 'credentials', methods: [method], pieces: [{ bytes }] }
  })

function pipelined(kind: string, run: Run): { bytes: Buffer; method: string; isGood: boolean; id?: string } {
  const [isGood, isBad] = [{ isGood: true }, { isGood: false }]
  const headers = headersOf(run)
  switch (kind) {
    case 'good': {
      const id = run.id()
      const body = Buffer.from(JSON.stringify({ ...aStatement(), id }))
      return { method: 'POST', ...isGood, id, bytes: requestBytes('POST', '/xapi/statements', headers, body) }
    }
    case 'bad json':
      return {
        method: 'POST',
        ...isBad,
        bytes: requestBytes('POST', '/xapi/statements', headers, Buffer.from(`[${MARK}`)),
      }
    case 'get':
      return { method: 'GET', ...isBad, bytes: requestBytes('GET', `/xapi/statements?limit=${MARK}`, headers) }
    case 'head':
      return { method: 'HEAD', ...isGood, bytes: requestBytes('HEAD', '/xapi/about', headers) }
    case 'unauthorised':
      return {
        method: 'POST',
        ...isBad,
        bytes: requestBytes('POST', '/interactions', JSON_TYPE, Buffer.from(`"${MARK}"`)),
      }
    case 'not found':
      return { method: 'POST', ...isBad, bytes: requestBytes('POST', `/xapi/${MARK}`, headers, Buffer.from('[]')) }
    default:
      return { method: 'GET', ...isGood, bytes: requestBytes('GET', '/xapi/about', {}) }
  }
}

function chunked(run: Run, path: string, chunks: string): Buffer {
  const head = requestBytes('POST', path, { ...headersOf(run), 'transfer-encoding': 'chunked' })
  return Buffer.concat([head, Buffer.from(chunks, 'latin1')])
}

const many = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, MARK]))

/** Senders that stop, or send a byte now and then, each on a connection of its own; all have to be cut off. */
export function stalled(run: Run): { name: string; bytes: Buffer; drip: boolean }[] {
  const body = statement(run)
  const whole = (path: string, headers: Record<string, string>): Buffer => requestBytes('POST', path, headers, body)
  const good = whole('/xapi/statements', headersOf(run))
  const half = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length - 100)
  const form = { ...xapiHeaders(run, '1.0.3'), 'content-type': 'application/x-www-form-urlencoded' }
  return [
    { name: 'nothing is sent', bytes: Buffer.alloc(0), drip: false },
    { name: 'half of the headers', bytes: good.subarray(0, 40), drip: false },
    { name: 'half of a body', bytes: half(good), drip: false },
    { name: 'half of a body that nobody may send', bytes: half(whole('/xapi/statements', JSON_TYPE)), drip: false },
    {
      name: 'half of a body of a type that is not taken',
      bytes: half(whole('/interactions', { ...headersOf(run), 'content-type': 'a/b' })),
      drip: false,
    },
    { name: 'half of a body to no address', bytes: half(whole('/xapi/nowhere', headersOf(run))), drip: false },
    { name: 'half of a form', bytes: half(whole('/xapi/statements?method=PUT', form)), drip: false },
    {
      name: 'half of gzip',
      bytes: half(whole('/caliper/events', { ...headersOf(run), 'content-encoding': 'gzip' })),
      drip: false,
    },
    { name: 'chunks that do not end', bytes: chunked(run, '/xapi/statements', '2\r\n[]\r\n'), drip: false },
    { name: 'headers, a byte at a time', bytes: good, drip: true },
    {
      name: 'a body, a byte at a time',
      bytes: Buffer.concat([good.subarray(0, good.indexOf('\r\n\r\n') + 4)]),
      drip: true,
    },
  ]
}
