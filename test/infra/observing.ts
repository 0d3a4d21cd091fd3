import { readFile } from 'node:fs/promises'
import { parser } from '@prometheus-io/lezer-promql'
import { parse } from 'yaml'
import { z } from 'zod'

const FOLDER = new URL('../../infra/grafana/', import.meta.url)

const Target = z.looseObject({ expr: z.string().min(1), refId: z.string(), legendFormat: z.string().optional() })
export const Panel = z.looseObject({
  id: z.number(),
  title: z.string().min(1),
  type: z.enum(['timeseries', 'stat', 'row', 'bargauge']),
  description: z.string().optional(),
  gridPos: z.strictObject({ h: z.number(), w: z.number().max(24), x: z.number(), y: z.number() }),
  targets: z.array(Target).default([]),
})
export const Dashboard = z.looseObject({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.number(),
  panels: z.array(Panel).min(10),
})

const Rule = z.strictObject({
  alert: z.string().regex(/^Homeroom[A-Z][A-Za-z]+$/),
  expr: z.string().min(1),
  for: z.string().regex(/^\d+[smh]$/),
  labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
  annotations: z.strictObject({ summary: z.string().min(10), description: z.string().min(20) }),
})
export const AlertRules = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(Rule).min(1) })).min(1),
})

export const dashboard = async (): Promise<z.infer<typeof Dashboard>> =>
  Dashboard.parse(JSON.parse(await readFile(new URL('homeroom.json', FOLDER), 'utf8')))

export const alertRules = async (): Promise<z.infer<typeof AlertRules>> =>
  AlertRules.parse(parse(await readFile(new URL('alerts.yml', FOLDER), 'utf8')))

/** Every PromQL expression of dashboard and rules, with where it stands. */
export async function expressions(): Promise<{ where: string; expression: string }[]> {
  const { panels } = await dashboard()
  const { groups } = await alertRules()
  return [
    ...panels.flatMap(({ title, targets }) =>
      targets.map(({ expr }) => ({ where: `panel ${title}`, expression: expr })),
    ),
    ...groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: `alert ${alert}`, expression: expr }))),
  ]
}

export type Used = { where: string; name: string; labels: string[] }

/**
 * The metrics that an expression selects, with the labels that it matches or groups by.
 * @throws Error where it is no PromQL
 */
export function metricsIn(where: string, expression: string): Used[] {
  // Grafana puts a duration there before it asks.
  const text = expression.replaceAll('$__rate_interval', '5m')
  const used: Used[] = []
  parser.parse(text).iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`${where}: no PromQL at character ${node.from}: ${text}`)
      if (node.name !== 'VectorSelector') return
      const inside = text.slice(node.from, node.to)
      const name = /^[a-zA-Z_:][\w:]*/.exec(inside)?.[0]
      if (name === undefined) throw new Error(`${where}: a selector without a name: ${inside}`)
      used.push({ where, name, labels: [...inside.matchAll(/[{,]\s*(\w+)\s*(?:=|!)/g)].map(([, label]) => label!) })
    },
  })
  return used
}
