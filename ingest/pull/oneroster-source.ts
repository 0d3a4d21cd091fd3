import { z } from 'zod'
import { addressIn, faultsIn, invalidSources } from './source-address.ts'

/** A OneRoster 1.1 or 1.2 REST service that rosters, demographics and scores are fetched from. */
export type OneRosterSource = {
  kind: 'oneroster'
  /** Under which its entries are kept. */
  name: string
  /** Address of the rostering service, `https://…/ims/oneroster/v1p1` or `https://…/ims/oneroster/rostering/v1p2`. */
  url: string
  /** Address of the gradebook service; the same one in 1.1. null: scores are not asked for. */
  gradebookUrl: string | null
  /** Where access tokens are given (OAuth 2, client credentials); null: a token that does not expire, or none. */
  token: { url: string; clientId: string; clientSecret: string; scope: string } | null
  /** The Authorization header, if it is always the same: a secret. */
  authorization: string | null
  /** How long after its `dateLastModified` a change may become visible there. */
  overlap_ms: number
  /** Objects that one answer is asked for; the service may give fewer. */
  pageSize: number
  /** After so many days everything is fetched again, which finds what is not there any more. */
  fullEvery_days: number
  /** For one request, answer included. */
  timeLimit_ms: number
}

const Described = z
  .strictObject({
    kind: z.literal('oneroster'),
    url: z.url({ protocol: /^https?$/ }),
    gradebookUrl: z.url({ protocol: /^https?$/ }).optional(),
    scores: z.boolean().default(true),
    tokenUrl: z.url({ protocol: /^https?$/ }).optional(),
    clientId: z.string().min(1).optional(),
    clientSecret: z.string().min(1).optional(),
    scope: z.string().optional(),
    token: z.string().min(1).optional(),
    overlapMinutes: z.number().min(0).max(100_000).default(10),
    pageSize: z.int().min(1).max(10_000).default(500),
    fullEveryDays: z.number().min(0).max(3650).default(7),
    timeLimitSeconds: z.number().min(1).max(600).default(60),
    insecure: z.boolean().default(false),
    consumerKey: z.never('OAuth 1.0a is not supported; ask for OAuth 2 client credentials').optional(),
    consumerSecret: z.never('OAuth 1.0a is not supported; ask for OAuth 2 client credentials').optional(),
  })
  .refine(
    ({ tokenUrl, clientId, clientSecret }) => new Set([tokenUrl, clientId, clientSecret].map(x => typeof x)).size === 1,
    'tokenUrl, clientId and clientSecret go together',
  )
  .refine(({ token, tokenUrl }) => token === undefined || tokenUrl === undefined, 'either token, or tokenUrl')

const V2_SCOPES = 'https://purl.imsglobal.org/spec/or/v1p2/scope/'
const V1_SCOPES = 'https://purl.imsglobal.org/spec/or/v1p1/scope/'

/** @throws HomeroomError CONFIG_INVALID naming what is wrong where, without repeating a secret */
export function onerosterSource(path: string, name: string, described: unknown): OneRosterSource {
  const { data, error } = Described.safeParse(described)
  if (error) throw invalidSources(path, `${name}: ${faultsIn(error)}`)
  const address = (field: 'url' | 'gradebookUrl' | 'tokenUrl', text: string): string =>
    addressIn(path, name, field, text, data.insecure)
  const url = address('url', data.url)
  const { tokenUrl, clientId, clientSecret, token } = data
  return {
    kind: 'oneroster',
    name,
    url,
    gradebookUrl: data.scores
      ? address('gradebookUrl', data.gradebookUrl ?? url.replace('/rostering/', '/gradebook/'))
      : null,
    token:
      tokenUrl !== undefined && clientId !== undefined && clientSecret !== undefined
        ? {
            url: address('tokenUrl', tokenUrl),
            clientId,
            clientSecret,
            scope: data.scope ?? scopesFor(url, data.scores),
          }
        : null,
    authorization: token === undefined ? null : `Bearer ${token}`,
    overlap_ms: data.overlapMinutes * 60_000,
    pageSize: data.pageSize,
    fullEvery_days: data.fullEveryDays,
    timeLimit_ms: data.timeLimitSeconds * 1000,
  }
}

/** What is needed and no more: reading only. */
function scopesFor(url: string, scores: boolean): string {
  const isV2 = url.endsWith('v1p2')
  const names = ['roster-core.readonly', 'roster.readonly', 'roster-demographics.readonly']
  if (scores) names.push(...(isV2 ? ['gradebook-core.readonly', 'gradebook.readonly'] : ['gradebook.readonly']))
  return names.map(name => (isV2 ? V2_SCOPES : V1_SCOPES) + name).join(' ')
}
