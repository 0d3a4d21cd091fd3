import { readFile } from 'node:fs/promises'
import { parseAllDocuments } from 'yaml'

export const KUBERNETES = new URL('../../infra/kubernetes/', import.meta.url)

export type Manifest = {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string> }
  spec?: Record<string, unknown>
  data?: Record<string, string>
}
export type Kustomization = { resources: string[]; patches?: { path: string }[]; images: { newTag: string }[] }

/** Every document of a file, YAML 1.1 as Kubernetes reads it: `0440` and `on` mean there what they do not mean in 1.2. */
export async function documentsIn(file: URL): Promise<unknown[]> {
  const documents = parseAllDocuments(await readFile(file, 'utf8'), { version: '1.1' })
  return documents.map(document => {
    const [fault] = [...document.errors, ...document.warnings]
    if (fault) throw new Error(`${file.pathname}: ${fault.message}`)
    return document.toJS() as unknown
  })
}

export async function kustomization(folder: URL): Promise<Kustomization> {
  return (await documentsIn(new URL('kustomization.yaml', folder)))[0] as Kustomization
}

/** The resources that a folder's kustomization names, those of the folders that it builds on too. Patches are not applied. */
export async function manifestsOf(folder: URL): Promise<Manifest[]> {
  const { resources } = await kustomization(folder)
  const found: Manifest[] = []
  for (const resource of resources) {
    if (resource.endsWith('.yaml')) found.push(...((await documentsIn(new URL(resource, folder))) as Manifest[]))
    else found.push(...(await manifestsOf(new URL(`${resource}/`, folder))))
  }
  return found
}

/** Kubernetes' own schema of a kind, as its OpenAPI document has it. @throws Error naming each fault */
export async function checkSchema(manifest: Manifest): Promise<void> {
  const module = (await import(`kubernetes-models/${manifest.apiVersion}`)) as Record<string, unknown>
  const Model = module[manifest.kind] as (new (data: unknown) => { validate(): void }) | undefined
  if (Model === undefined) throw new Error(`Kubernetes has no ${manifest.apiVersion} ${manifest.kind}`)
  new Model(manifest).validate()
}

type Container = {
  image: string
  args: string[]
  securityContext: object
  resources: { requests: object; limits: object }
  ports: { name: string; containerPort: number }[]
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[]
  envFrom: { configMapRef: { name: string } }[]
} & Partial<Record<'startupProbe' | 'livenessProbe' | 'readinessProbe', { httpGet: { path: string } }>>

export type Pods = {
  name: string
  replicas: number
  labels: Record<string, string>
  spec: {
    securityContext: object
    containers: Container[]
    volumes: { name: string }[]
    automountServiceAccountToken: boolean
  }
  /** Volumes that the workload claims itself. */
  claims: string[]
}

/** What runs: the pods of Deployments and StatefulSets. */
export function podsOf(manifests: readonly Manifest[]): Pods[] {
  return manifests
    .filter(({ kind }) => ['Deployment', 'StatefulSet'].includes(kind))
    .map(({ metadata, spec }) => {
      const {
        replicas,
        template,
        volumeClaimTemplates = [],
      } = spec as {
        replicas: number
        template: { metadata: { labels: Record<string, string> }; spec: Pods['spec'] }
        volumeClaimTemplates?: { metadata: { name: string } }[]
      }
      const claims = volumeClaimTemplates.map(claim => claim.metadata.name)
      return { name: metadata.name, replicas, labels: template.metadata.labels, spec: template.spec, claims }
    })
}
