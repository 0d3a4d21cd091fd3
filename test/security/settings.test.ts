import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { childEnvironment, readConfig, shownConfig } from '../../infra/config.ts'
import { readKafkaSecurity } from '../../infra/log/kafka-security.ts'
import { readClickHouseTls } from '../../infra/warehouse/clickhouse-tls.ts'

let folder: string
const at = (name: string): string => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-settings-'))
  await writeFile(at('url'), 'https://homeroom:s3cret@warehouse:8443\n')
  await writeFile(at('ca.pem'), '-----BEGIN CERTIFICATE-----\n')
  await writeFile(at('no.pem'), 'nothing of the kind')
  await writeFile(at('password'), 'correct-horse\n')
})
afterAll(() => rm(folder, { recursive: true }))

test('a setting with a secret can stand in a file, and the setting itself wins over it', () => {
  const HOMEROOM_CLICKHOUSE_FILE = at('url')
  expect(readConfig({ HOMEROOM_CLICKHOUSE_FILE }).clickhouse).toBe('https://homeroom:s3cret@warehouse:8443')
  const both = { HOMEROOM_CLICKHOUSE_FILE, HOMEROOM_CLICKHOUSE: 'http://other:8123' }
  expect(readConfig(both).clickhouse).toBe('http://other:8123')
  expect(() => readConfig({ HOMEROOM_CLICKHOUSE_FILE: at('nowhere') })).toThrow(
    /HOMEROOM_CLICKHOUSE_FILE: .* is not readable/,
  )
  expect(() => readConfig({ HOMEROOM_ODD_FILE: at('url') })).toThrow(/HOMEROOM_ODD_FILE/)
})

test('a child process gets the same settings, however they were given', () => {
  const env = {
    HOMEROOM_CLICKHOUSE_FILE: at('url'),
    HOMEROOM_KAFKA: 'k:9093',
    HOMEROOM_KAFKA_SECURITY: '{"tls":{}}',
    HOMEROOM_CLICKHOUSE_TLS: at('tls.json'),
    HOMEROOM_OTLP: 'http://collector:4318',
    HOMEROOM_TRACE_SHARE: '0.5',
  }
  const config = readConfig(env)
  const { HOMEROOM_CONFIG: _none, ...child } = childEnvironment(config)
  const ours = Object.fromEntries(Object.entries(child).filter(([key]) => key.startsWith('HOMEROOM_')))
  expect(readConfig({ ...env, ...ours })).toEqual(config)
})

test('what doctor prints holds no secret, whichever way it was given', () => {
  const sasl = { mechanism: 'plain', username: 'homeroom', password: 'correct-horse' }
  const config = readConfig({
    HOMEROOM_CLICKHOUSE: 'https://homeroom:s3cret@warehouse:8443',
    HOMEROOM_KAFKA: 'k:9093',
    HOMEROOM_KAFKA_SECURITY: JSON.stringify({ tls: {}, sasl }),
    HOMEROOM_SIGN_IN: '{"clientSecret":"s3cret"}',
    HOMEROOM_NOTIFY: '{"webhook":{"secret":"s3cret"}}',
  })
  expect(JSON.stringify(shownConfig(config))).not.toMatch(/s3cret|correct-horse/)
})

test('a password goes over no open line', () => {
  const sasl = { mechanism: 'plain', username: 'homeroom', password: 'correct-horse' }
  expect(() => readKafkaSecurity(JSON.stringify({ sasl }))).toThrow(/sasl without tls/)
  expect(() => readClickHouseTls('http://warehouse:8123', JSON.stringify({ ca: at('ca.pem') }))).toThrow(
    /no https address/,
  )
})

test('TLS and SASL are read from files, and each fault is named without what stands in them', async () => {
  const sasl = { mechanism: 'scram-sha-512', username: 'homeroom', passwordFile: at('password') }
  const { ssl, sasl: read } = readKafkaSecurity(JSON.stringify({ tls: { ca: at('ca.pem') }, sasl }))
  expect([ssl?.ca?.toString(), read]).toEqual([
    '-----BEGIN CERTIFICATE-----\n',
    { mechanism: 'scram-sha-512', username: 'homeroom', password: 'correct-horse' },
  ])
  await writeFile(at('kafka.json'), JSON.stringify({ tls: {} }))
  expect(readKafkaSecurity(at('kafka.json'))).toEqual({ ssl: {} })
  const faulty = (security: object) => () => readKafkaSecurity(JSON.stringify(security))
  expect(faulty({ tls: { ca: at('nowhere') } })).toThrow(/ca: .*nowhere is not readable/)
  expect(faulty({ tls: { ca: at('no.pem') } })).toThrow(/ca: .*no.pem is no PEM/)
  expect(faulty({ tls: { cert: at('ca.pem') } })).toThrow(/cert and key belong together/)
  expect(faulty({ tls: {}, sasl: { ...sasl, password: 'correct-horse' } })).toThrow(/one of password and passwordFile/)
  expect(faulty({ tls: { rejectUnauthorized: false } })).toThrow(/HOMEROOM_KAFKA_SECURITY: tls/)
  expect(() => readKafkaSecurity('{"sasl": correct-horse')).toThrow(/it is no JSON/)
})

test('a file of secrets that somebody else made is read as it is, one that is cut off is never overwritten', async () => {
  await writeFile(at('cut'), '{"tls":')
  await chmod(at('cut'), 0o400)
  expect(() => readKafkaSecurity(at('cut'))).toThrow(/cut is not readable as JSON/)
})
