import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { dashboardDescriptions } from '../../dashboards/openapi.ts'
import { xapiDescriptions } from '../../ingest/lrs/openapi.ts'
import { doorDescriptions } from '../../ingest/receive/openapi.ts'
import { openapiDocument, type Route } from '../openapi/document.ts'
import { named, TEXT, type Descriptions } from '../openapi/operation.ts'

const operator: Descriptions = {
  operations: {
    'GET /healthz': {
      tag: 'Operation',
      by: 'anybody',
      summary: 'This process answers',
      answers: { 200: { description: 'It does', content: { 'application/json': named('Health') } } },
    },
    'GET /readyz': {
      tag: 'Operation',
      by: 'anybody',
      summary: 'Log, warehouse and tables are ready; how far the processors are',
      answers: {
        200: { description: 'Ready', content: { 'application/json': named('Readiness') } },
        503: { description: 'Not ready, and why', content: { 'application/json': named('Readiness') } },
      },
    },
    'GET /metrics': {
      tag: 'Operation',
      by: 'anybody',
      summary: 'Counters and gauges for Prometheus',
      answers: { 200: { description: 'Prometheus text format', content: { 'text/plain': TEXT } } },
    },
    'GET /api/openapi.json': {
      tag: 'Operation',
      by: 'anybody',
      summary: 'This document: what this process answers',
      answers: { 200: { description: 'OpenAPI 3.1', content: { 'application/json': { type: 'object' } } } },
    },
  },
  schemas: {
    Health: z.strictObject({ status: z.literal('ok') }),
    Readiness: z.strictObject({
      ready: z.boolean(),
      log: z.string(),
      warehouse: z.string(),
      migrations: z.string(),
      lag: z.record(z.string(), z.int()).nullable(),
      weeksToRecompute: z.int().nullable(),
    }),
  },
}

/**
 * GET /api/openapi.json. To be called before any other route is added: it sees those that come after it.
 * @returns the routes that this process answers, those that only refuse left out; filled as they are added
 */
export function openapiRoute(app: FastifyInstance): readonly Route[] {
  const routes: Route[] = []
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.refuses !== true) for (const each of [method].flat()) routes.push({ method: each, url })
  })
  let text: string | undefined
  app.get('/api/openapi.json', (_request, reply) => {
    const descriptions = [xapiDescriptions, doorDescriptions, dashboardDescriptions, operator]
    text ??= JSON.stringify(openapiDocument(routes, descriptions))
    return reply.type('application/json; charset=utf-8').send(text)
  })
  return routes
}
