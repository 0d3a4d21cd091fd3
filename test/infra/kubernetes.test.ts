import { readdir } from 'node:fs/promises'
import { beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../infra/config.ts'
import {
  checkSchema,
  documentsIn,
  KUBERNETES,
  kustomization,
  manifestsOf,
  podsOf,
  type Manifest,
  type Pods,
} from './manifests.ts'
import { settingsIn } from './settings.ts'

const BASE = new URL('base/', KUBERNETES)
const EXAMPLE = new URL('example/', KUBERNETES)
const KEPT_INSIDE = ['/metrics', '/healthz', '/readyz']

let all: Manifest[]
let pods: Pods[]
beforeAll(async () => {
  all = await manifestsOf(EXAMPLE)
  pods = podsOf(all)
})

const of = <T>(kind: string): (T & { name: string })[] =>
  all.filter(manifest => manifest.kind === kind).map(({ metadata, spec }) => ({ name: metadata.name, ...(spec as T) }))

test('every manifest is what the schema of Kubernetes says of its kind', async () => {
  expect(all.length).toBeGreaterThan(15)
  for (const manifest of all)
    await expect(checkSchema(manifest), `${manifest.kind} ${manifest.metadata.name}`).resolves.toBeUndefined()
  const broken = structuredClone(all.find(({ kind }) => kind === 'Deployment')!)
  ;(broken.spec as { replicas: unknown }).replicas = 'many'
  await expect(checkSchema(broken)).rejects.toThrow(/replicas/)
})

test('every file in the folders is named by its kustomization, and no name stands twice', async () => {
  for (const folder of [BASE, EXAMPLE]) {
    const { resources, patches = [] } = await kustomization(folder)
    const named = [...resources, ...patches.map(({ path }) => path)].filter(name => name.endsWith('.yaml'))
    expect((await readdir(folder)).filter(name => name !== 'kustomization.yaml').sort()).toEqual(named.sort())
  }
  const names = all.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
  expect(new Set(names).size).toBe(names.length)
})

test('no pod runs as root, gains a privilege, writes beside its volumes, or holds a token of the cluster', () => {
  expect(pods.map(({ name }) => name).sort()).toEqual([
    'homeroom-events',
    'homeroom-process',
    'homeroom-serve',
    'homeroom-xapi',
  ])
  for (const { spec } of pods) {
    expect(spec.automountServiceAccountToken).toBe(false)
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 10001,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    for (const { securityContext } of spec.containers)
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
  }
})

test('every container has probes that Homeroom answers, a request and a bound of memory, and a role of the command line', () => {
  for (const { name, spec } of pods)
    for (const container of spec.containers) {
      expect(container.startupProbe?.httpGet.path, name).toBe('/healthz')
      expect(container.livenessProbe?.httpGet.path, name).toBe('/healthz')
      expect(container.readinessProbe?.httpGet.path, name).toBe('/readyz')
      expect(container.resources).toMatchObject({
        requests: { cpu: expect.anything(), memory: expect.anything() },
        limits: { memory: expect.anything() },
      })
      expect(['ingest', 'process', 'serve']).toContain(container.args[0])
      expect(container.args).toHaveLength(1)
    }
})

test('every mount has its volume, secrets are mounted read-only, and what a pod writes is /data, /keys and /tmp', () => {
  for (const { name, spec, claims } of pods)
    for (const { volumeMounts } of spec.containers) {
      const volumes = [...spec.volumes.map(volume => volume.name), ...claims]
      expect(volumes.sort()).toEqual([...new Set(volumeMounts.map(mount => mount.name))].sort())
      const written = volumeMounts.filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) => mountPath)
      expect(written.sort(), name).toEqual(claims.includes('keys') ? ['/data', '/keys', '/tmp'] : ['/data', '/tmp'])
    }
})

test('the settings are settings of ours, and with them a process that listens to everybody wants a sign-in provider', async () => {
  const maps = all.filter(({ kind }) => kind === 'ConfigMap')
  const [patch] = (await documentsIn(new URL('settings.yaml', EXAMPLE))) as Manifest[]
  const data = { ...maps[0]!.data, ...patch!.data }
  for (const name of Object.keys(data)) expect(await settingsIn(), name).toContain(name.replace(/_FILE$/, ''))
  const { HOMEROOM_CLICKHOUSE_FILE, HOMEROOM_SIGN_IN, ...rest } = data
  expect(HOMEROOM_CLICKHOUSE_FILE).toBe('/secrets/clickhouse/url')
  expect(readConfig({ ...rest, HOMEROOM_SIGN_IN })).toMatchObject({
    district: 'riverside',
    host: '0.0.0.0',
    port: 8080,
  })
  expect(() => readConfig(rest)).toThrow(/HOMEROOM_SIGN_IN/)
  for (const { spec } of pods)
    expect(spec.containers[0]!.envFrom).toEqual([{ configMapRef: { name: maps[0]!.metadata.name } }])
  const mounts = pods.flatMap(({ spec }) => spec.containers[0]!.volumeMounts.map(({ mountPath }) => mountPath))
  const paths = JSON.stringify(data).match(/\/secrets\/[\w-]+/g)!
  for (const path of paths) expect(mounts).toContain(path)
})

test('services, budgets and policies select pods that there are', () => {
  const components = pods.map(({ labels }) => labels['app.kubernetes.io/component']!)
  type Selects = { selector: { matchLabels?: Record<string, string> } & Record<string, unknown> }
  const services = of<Selects>('Service').filter(({ name }) => name !== 'homeroom-nobody')
  for (const { name, selector } of services) expect(components, name).toContain(selector['app.kubernetes.io/component'])
  const budgets = of<Selects>('PodDisruptionBudget').map(
    ({ selector }) => selector.matchLabels!['app.kubernetes.io/component']!,
  )
  expect(budgets.sort()).toEqual([...components].sort())
})

test('a budget never keeps a node from being drained', () => {
  const replicasOf = new Map(pods.map(({ name, replicas }) => [name, replicas]))
  for (const { name, minAvailable = 0 } of of<{ minAvailable?: number }>('PodDisruptionBudget'))
    expect(replicasOf.get(name), name).toBeGreaterThan(minAvailable)
})

test('what is not allowed in or out is closed', () => {
  type Policy = {
    policyTypes: string[]
    podSelector: { matchLabels?: object }
    ingress?: { ports: { port: number }[] }[]
  }
  const policies = of<Policy>('NetworkPolicy')
  const closed = policies.find(({ name }) => name === 'homeroom-closed')!
  expect(closed.policyTypes).toEqual(['Ingress', 'Egress'])
  expect(closed.podSelector.matchLabels).toEqual({ 'app.kubernetes.io/name': 'homeroom' })
  const ports = policies.flatMap(({ ingress = [] }) => ingress.flatMap(rule => rule.ports.map(({ port }) => port)))
  expect(new Set(ports)).toEqual(new Set([8080]))
})

test('from outside nobody reaches what machines ask, and every path leads to a service', () => {
  type Path = { path: string; pathType: string; backend: { service: { name: string } } }
  type Rules = { tls: { hosts: string[] }[]; rules: { host: string; http: { paths: Path[] } }[] }
  const services = of('Service').map(({ name }) => name)
  const rules = of<Rules>('Ingress').flatMap(({ rules, tls }) => rules.map(rule => ({ ...rule, tls })))
  for (const { host, http, tls } of rules) {
    expect(tls.flatMap(({ hosts }) => hosts)).toContain(host)
    for (const { backend } of http.paths) expect(services).toContain(backend.service.name)
  }
  const pages = rules.find(({ http }) => http.paths.some(({ path }) => path === '/'))!.http.paths
  const closed = pages.filter(({ backend }) => backend.service.name === 'homeroom-nobody')
  expect(closed.map(({ path, pathType }) => [path, pathType])).toEqual(KEPT_INSIDE.map(path => [path, 'Exact']))
  expect(pods.some(({ labels }) => labels['app.kubernetes.io/component'] === 'nobody')).toBe(false)
})
