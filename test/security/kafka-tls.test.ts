import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLog } from '../../infra/log/open-log.ts'
import { brokerFolder, freePort, hasLocalBroker, stopLocalBroker } from '../helpers/kafka-broker.ts'
import { until } from '../helpers/until.ts'
import { certificates, type Certificates } from './certificates.ts'

const SCRIPT = fileURLToPath(new URL('../../infra/kafka-local.sh', import.meta.url))
const PASSWORD = 'correct-horse'
const available = await hasLocalBroker()
if (!available && process.env.CI) throw new Error('no JDK 17 and Maven: in CI the suite of a broker with TLS must run')

describe.runIf(available)('a broker with TLS and SASL', () => {
  let folder: string
  let pem: Certificates
  let port: number

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'homeroom-kafka-tls-'))
    pem = await certificates(folder)
    const [plain, controller] = [await freePort(), await freePort()]
    port = await freePort()
    const store = join(folder, 'broker.pem')
    // Kafka wants the key in PKCS 8, which openssl writes, and one file with key and certificate.
    await writeFile(store, (await readFile(pem.key, 'utf8')) + (await readFile(pem.cert, 'utf8')))
    const jaas = (module: string, rest = '') => `org.apache.kafka.common.security.${module} required ${rest};`
    await writeFile(
      join(folder, 'tls.properties'),
      [
        `listeners=PLAINTEXT://127.0.0.1:${plain},CONTROLLER://127.0.0.1:${controller},SECURE://127.0.0.1:${port}`,
        `advertised.listeners=PLAINTEXT://127.0.0.1:${plain},SECURE://127.0.0.1:${port}`,
        'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL',
        'ssl.keystore.type=PEM',
        `ssl.keystore.location=${store}`,
        'listener.name.secure.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512',
        `listener.name.secure.plain.sasl.jaas.config=${jaas('plain.PlainLoginModule', `user_homeroom="${PASSWORD}"`)}`,
        `listener.name.secure.scram-sha-512.sasl.jaas.config=${jaas('scram.ScramLoginModule')}`,
      ].join('\n'),
    )
    const env = {
      ...process.env,
      KAFKA_DIR: brokerFolder(folder),
      KAFKA_PORT: String(plain),
      KAFKA_CONTROLLER_PORT: String(controller),
      KAFKA_PROPERTIES: join(folder, 'tls.properties'),
      KAFKA_SCRAM: `homeroom=${PASSWORD}`,
    }
    await promisify(execFile)(SCRIPT, ['start'], { env, timeout: 180_000 })
  })
  afterAll(async () => {
    if (!folder) return
    await stopLocalBroker(folder)
    await rm(folder, { recursive: true })
  })

  const opened = (security: object | null) =>
    openLog({
      data: folder,
      district: 'tls',
      kafka: [`127.0.0.1:${port}`],
      kafkaSecurity: security && JSON.stringify(security),
    })

  test.each(['plain', 'scram-sha-512'])(
    'by %s with the password of a file: what is appended is delivered',
    async mechanism => {
      const passwordFile = join(folder, 'password')
      await writeFile(passwordFile, `${PASSWORD}\n`)
      const log = await opened({ tls: { ca: pem.ca }, sasl: { mechanism, username: 'homeroom', passwordFile } })
      await log.createTopics()
      await log.append('records', [{ key: 'ada', value: mechanism }])
      const values: (string | null)[] = []
      const handle = async (batch: { value: string | null }[]) => void values.push(...batch.map(({ value }) => value))
      await log.consume({ topic: 'records', group: `g-${mechanism}`, handle })
      // A new group begins at the start of the topic, where the other mechanism's entry stands.
      await until(() => values.includes(mechanism), 'it is delivered')
      expect(values.filter(value => value === mechanism)).toHaveLength(1)
      await log.close()
    },
  )

  const user = { mechanism: 'plain', username: 'homeroom', password: PASSWORD }
  test.each<[string, { ca?: 'ca' | 'other' } | null, object | null, RegExp]>([
    ['no TLS', null, null, /closed|disconnect|timeout|reset/i],
    [
      'another password',
      { ca: 'ca' },
      { ...user, mechanism: 'scram-sha-512', password: 'wrong-secret' },
      /SASL|authentication/i,
    ],
    ['an authority that did not sign the broker', { ca: 'other' }, user, /certificate/i],
    ['the authorities of this machine', {}, user, /certificate/i],
  ])('with %s nothing is sent, and no password is said', async (_what, files, sasl, reason) => {
    const tls = files && (files.ca ? { ca: pem[files.ca] } : {})
    const error = await opened(tls && { tls, ...(sasl && { sasl }) }).then(
      log => log.close().then(() => null),
      (refused: unknown) => refused as Error,
    )
    expect(error).toMatchObject({ code: 'LOG_UNAVAILABLE', message: expect.stringMatching(reason) as string })
    expect(String(error?.message)).not.toMatch(/wrong-secret|correct-horse/)
  })
})
