import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { NOW, startIngest, XAPI_HEADERS, type Ingest } from './start-ingest.ts'

export const AGENT = { account: { homePage: 'https://lms.example.org', name: 'kim.example' } }
export const ACTIVITY = 'https://lms.example.org/activities/fractions-7'
export const STATE = '/xapi/activities/state'
export const AGENT_PROFILE = '/xapi/agents/profile'
export const ACTIVITY_PROFILE = '/xapi/activities/profile'
export const V2 = { 'x-experience-api-version': '2.0.0' }
export const OCTETS = { 'content-type': 'application/octet-stream' }

/** Each resource with the parameters that name one document. */
export const RESOURCES = [
  [STATE, { activityId: ACTIVITY, agent: AGENT, stateId: 'bookmark' }],
  [ACTIVITY_PROFILE, { activityId: ACTIVITY, profileId: 'settings' }],
  [AGENT_PROFILE, { agent: AGENT, profileId: 'preferences' }],
] as const

export type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
export type Parameters = Record<string, unknown>

type Send = (
  method: Method,
  path: string,
  parameters: Parameters,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<LightMyRequestResponse>

/**
 * One ingest for all tests of a file, with a clock that each of them sets back. `send` sends parameters that are no strings
 * as JSON; `own` gives parameters a person and an activity of the test's own, whose number is `fresh.test`.
 */
export function documents(): {
  ingest: () => Ingest
  send: Send
  own: (parameters: Parameters) => Parameters
  clock: { now: number }
  fresh: { test: number }
} {
  let ingest: Ingest
  const clock = { now: NOW }
  const fresh = { test: 0 }
  beforeAll(async () => {
    ingest = await startIngest({ clock: () => clock.now })
  })
  afterAll(() => ingest.close())
  beforeEach(() => {
    clock.now = NOW
    fresh.test++
  })
  return { ingest: () => ingest, send: senderTo(() => ingest), own: named => ownOf(fresh.test, named), clock, fresh }
}

const senderTo =
  (ingest: () => Ingest): Send =>
  (method, path, parameters, body, headers = {}) => {
    const query = new URLSearchParams(
      Object.entries(parameters).map(([key, value]): [string, string] => [
        key,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    )
    const payload =
      body === undefined
        ? {}
        : { payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }
    return ingest().app.inject({
      method,
      url: `${path}?${query}`,
      headers: { ...XAPI_HEADERS, ...headers },
      ...payload,
    })
  }

const ownOf = (test: number, parameters: Parameters): Parameters => ({
  ...parameters,
  ...('agent' in parameters && { agent: { account: { ...AGENT.account, name: `kim-${test}` } } }),
  ...('activityId' in parameters && { activityId: `${ACTIVITY}/${test}` }),
})
