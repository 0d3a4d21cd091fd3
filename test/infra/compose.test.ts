import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DCLinter } from 'dclint'
import { GenericContainer, getContainerRuntimeClient, Network, Wait } from 'testcontainers'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { readConfig } from '../../infra/config.ts'
import { readSignIn } from '../../dashboards/sign-in/sign-in-settings.ts'
import { settingsIn } from './settings.ts'

const FOLDER = new URL('../../infra/', import.meta.url)
const FILE = fileURLToPath(new URL('compose.yml', FOLDER))

const Service = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
})
const Compose = z.looseObject({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
})

let compose: z.infer<typeof Compose>
beforeAll(async () => {
  compose = Compose.parse(parse(await readFile(FILE, 'utf8'), { merge: true }))
})

type Checked = { messages: { rule: string; category: string; line: number; message: string }[] }

test('the file is what the schema of Compose says, and breaks none of the rules of its linter but those of style', () => {
  const lint = (file: string): string[] => {
    const [checked] = new DCLinter({ rules: {}, quiet: false, debug: false, exclude: [] } as never).lintFiles(
      [file],
      false,
    ) as Checked[]
    const faults = checked!.messages.filter(({ category, rule }) => category !== 'style' || rule.startsWith('invalid'))
    return faults.map(({ rule, line, message }) => `${line}: ${rule}: ${message}`)
  }
  expect(lint(FILE)).toEqual([])
  const broken = join(mkdtempSync(join(tmpdir(), 'homeroom-compose-')), 'compose.yml')
  writeFileSync(broken, 'services: { one: { image: 7 } }')
  expect(lint(broken).join()).toMatch(/invalid-schema/)
  rmSync(dirname(broken), { recursive: true })
})

const roles = (): [string, z.infer<typeof Service>][] =>
  Object.entries(compose.services).filter(([, { image }]) => image.startsWith('homeroom:'))

test('the three roles run, read-only and without privileges; nothing is reached from outside this machine', () => {
  expect(roles().map(([name, { command }]) => [name, command])).toEqual([
    ['ingest', ['ingest']],
    ['process', ['process']],
    ['serve', ['serve']],
  ])
  for (const [, role] of roles())
    expect(role).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
  for (const { ports } of Object.values(compose.services))
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
})

test('every image has a version, every volume and file is there', () => {
  for (const { image, volumes } of Object.values(compose.services)) {
    expect(image).toMatch(/:v?\d+\.\d+/)
    for (const volume of volumes) {
      const [from] = volume.split(':') as [string]
      const isThere = from.startsWith('.') ? existsSync(new URL(from, FOLDER)) : from in compose.volumes
      expect(isThere, volume).toBe(true)
    }
  }
  for (const { file } of Object.values(compose.secrets)) expect(existsSync(new URL(file, FOLDER))).toBe(true)
})

test('every setting is one of ours, and a process takes them', async () => {
  const settings = await settingsIn()
  for (const [name, { environment }] of roles()) {
    for (const key of Object.keys(environment)) expect(settings, name).toContain(key)
    const filled = Object.entries(environment).map(([key, value]) => [
      key,
      value.replace(/\$\{CLICKHOUSE_PASSWORD:\?[^}]*\}/, 'secret'),
    ])
    const config = readConfig({ ...Object.fromEntries(filled), HOMEROOM_LISTEN: '0.0.0.0:8080' })
    expect(config).toMatchObject({ kafka: ['kafka:9092'], clickhouse: 'http://homeroom:secret@clickhouse:8123' })
  }
})

test('the provider and Homeroom mean the same client, issuer and address', async () => {
  const signIn = readSignIn(fileURLToPath(new URL('compose/sign-in.json', FOLDER)))!
  const dex = parse(await readFile(new URL('compose/dex.yml', FOLDER), 'utf8')) as {
    issuer: string
    staticClients: { id: string; secret: string; redirectURIs: string[] }[]
  }
  const [client] = dex.staticClients
  expect(signIn.issuer).toBe(dex.issuer)
  expect([signIn.clientId, signIn.clientSecret]).toEqual([client!.id, client!.secret])
  expect(client!.redirectURIs).toEqual([`${signIn.publicUrl}/sign-in/callback`])
})

const engine = await getContainerRuntimeClient().then(
  () => null,
  (reason: unknown) => (reason as Error).message,
)

test.each(engine === null ? [] : [engine])('with containers: unavailable here, %s', reason => {
  console.info(`The image and its roles in containers: unavailable here, ${reason}`)
  expect(reason).not.toBe('')
})

describe.each(engine === null ? ['docker'] : [])('with containers', () => {
  test('the image is built, runs read-only as nobody special, and a role is ready', async () => {
    const root = fileURLToPath(new URL('../', FOLDER))
    const image = await GenericContainer.fromDockerfile(root, 'infra/Dockerfile').build('homeroom-test:1', {
      deleteOnExit: true,
    })
    const network = await new Network().start()
    const clickhouse = await new GenericContainer(compose.services.clickhouse!.image)
      .withNetwork(network)
      .withNetworkAliases('clickhouse')
      .withEnvironment({
        CLICKHOUSE_USER: 'homeroom',
        CLICKHOUSE_PASSWORD: 'homeroom',
        CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT: '1',
      })
      .withExposedPorts(8123)
      .withWaitStrategy(Wait.forHttp('/ping', 8123))
      .start()
    const serve = await image
      .withNetwork(network)
      .withCommand(['serve'])
      .withEnvironment({
        HOMEROOM_CLICKHOUSE: 'http://homeroom:homeroom@clickhouse:8123',
        HOMEROOM_SIGN_IN: await readFile(new URL('compose/sign-in.json', FOLDER), 'utf8'),
      })
      .withTmpFs({ '/tmp': 'size=64m' })
      .withExposedPorts(8080)
      .withWaitStrategy(Wait.forHttp('/readyz', 8080))
      .start()
    try {
      expect((await serve.exec(['id', '-u'])).output.trim()).toBe('10001')
      expect((await serve.exec(['touch', '/homeroom/odd'])).exitCode).not.toBe(0)
      expect((await fetch(`http://${serve.getHost()}:${serve.getMappedPort(8080)}/healthz`)).status).toBe(200)
    } finally {
      await serve.stop()
      await clickhouse.stop()
      await network.stop()
    }
  })
})
