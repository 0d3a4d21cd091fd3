import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { lettersWith, pseudonymsOfPerson, signatureOf, textsOf } from '../../ingest/erase.ts'
import type { Resources } from '../../ingest/lrs/store.ts'
import { pseudonymsOf } from '../../ingest/people.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import {
  eraseLetters,
  eraseRows,
  erasedTables,
  hasten,
  heldIn,
  removeOldFiles,
  type Held,
} from '../../processors/erase.ts'
import { identifiersOf, identityKeysOf, knownOf } from '../../processors/erase-identifiers.ts'
import { entryWithoutErased } from '../../processors/erased-entries.ts'
import { eraseFromExtracts, heldInExtracts } from '../../processors/research/erase-extracts.ts'
import { insertErasures, storedErasures } from '../../processors/store-erasures.ts'
import type { Erasure } from '../../schemas/erasure.ts'
import { ERASED } from '../../schemas/erasure.ts'
import type { Pseudonym } from '../../schemas/record.ts'
import { erasedHash, isErasedIdentity, LOOK_EVERY_MS } from '../erased.ts'
import { rememberedErasures, rememberErasure } from '../erasures-file.ts'
import { HomeroomError } from '../errors.ts'
import type { Entry } from '../log/event-log.ts'
import type { Topic } from '../log/topics.ts'
import { dropLeftExtraction } from './research-alone.ts'
import { researchDeps } from './research-told.ts'
import type { Runtime } from './runtime.ts'
import { untilStored } from './wait.ts'

/** What erasing a person would take. */
export type ErasePlan = {
  pseudonyms: Pseudonym[]
  /** Rows by table; `named`: somebody else's rows that name the person. */
  tables: Held[]
  documents: number
  attachments: number
  /** Dead letters whose originals hold an identifier. */
  letters: string[]
  /** By which one of these identifiers was erased before; null: by none. */
  before: Erasure | null
}

export type Erased = {
  erasure: Erasure
  /** null: Kafka, which cannot be written anew. */
  log: { changed: number; bytesBefore: number; bytesAfter: number } | null
  /** Tables whose old files the engine had not deleted yet. */
  filesLeft: string[]
}

type Deps = Pick<Runtime, 'warehouse' | 'log' | 'config' | 'secrets' | 'erased'> & { resources: Resources }

const PSEUDONYM = /^[0-9a-f]{64}$/

/**
 * Find everything of one person. Changes nothing.
 * @param typed identifiers `type:value`, or pseudonyms
 * @throws HomeroomError QUERY_INVALID if they are several people's, or nobody can say whose
 */
export async function planErasure(deps: Deps, typed: readonly string[]): Promise<ErasePlan> {
  const { warehouse, secrets, config } = deps
  const pseudonymise = pseudonymiser(secrets.pseudonymKey, config.district)
  const forms = typed.map(text => (PSEUDONYM.test(text) ? [text] : pseudonymsOf(text, pseudonymise, config.accounts)))
  const first = await identifiersIn(deps, forms)
  const { people, agents } = await knownOf(warehouse, first)
  // What the roster says of the person may have come in forms that no roster declared.
  const more = people.flatMap(person => pseudonymsOfPerson(person, pseudonymise, config.accounts))
  const others = await identifiersOf(warehouse, [more.filter(form => !first.includes(form))])
  const isOwn = 'pseudonyms' in others && others.pseudonyms.every(id => more.includes(id))
  const pseudonyms = [...new Set([...first, ...(isOwn ? others.pseudonyms : [])])].sort()
  const values = typed
    .filter(text => !PSEUDONYM.test(text))
    .map(text =>
      text
        .slice(text.indexOf(':') + 1)
        .split('|')
        .at(-1)!,
    )
  const before = (await storedErasures(warehouse)).find(({ identifiers }) =>
    pseudonyms.some(id => identifiers.includes(erasedHash(id))),
  )
  return {
    pseudonyms,
    tables: await heldAnywhere(deps, pseudonyms.map(erasedHash)),
    ...countResources(deps.resources, pseudonyms),
    letters: await lettersWith(warehouse, secrets, textsOf(people, agents, values)),
    before: before ?? null,
  }
}

/** Whether a plan has nothing to take. */
export const isNothing = ({ tables, documents, attachments, letters }: ErasePlan): boolean =>
  tables.length + documents + attachments + letters.length === 0

/** Write down that it begins: from now on no process keeps anything of the person, and `finishErasure` can be repeated. */
export async function beginErasure({ warehouse, secrets, config }: Deps, plan: ErasePlan): Promise<Erasure> {
  const erasure = signed(secrets, {
    type: 'erasure',
    id: randomUUID(),
    storedAt: new Date().toISOString(),
    identifiers: plan.pseudonyms.map(erasedHash).sort(),
    letters: [...plan.letters].sort(),
    doneAt: null,
    counts: countsOf(plan),
  })
  rememberErasure(config, erasure)
  await insertErasures(warehouse, [erasure])
  return erasure
}

/**
 * Put in force what the data does not know, because it was restored from a backup that is older. From then on nothing of these
 * people is stored; what the backup brought is erased by `finishErasure`.
 */
export async function restoreErasures({
  warehouse,
  config,
}: Pick<Runtime, 'warehouse' | 'config'>): Promise<Erasure[]> {
  const remembered = rememberedErasures(config)
  if (remembered.length === 0) return []
  const known = new Set((await storedErasures(warehouse)).map(({ id }) => id))
  const missing = remembered.filter(({ id }) => !known.has(id))
  await insertErasures(warehouse, missing)
  return missing
}

/**
 * Take away what is left of the person, wherever it stands. Safe to repeat after it was cut off anywhere.
 *
 * @param pseudonyms those of the plan, which spare reading all of the log; [] where only the erasure is left
 * @param tell hears what is being done
 */
export async function finishErasure(
  deps: Deps,
  begun: Erasure,
  pseudonyms: readonly Pseudonym[],
  tell: (what: string) => void = () => undefined,
): Promise<Erased> {
  const { warehouse, log, erased, resources } = deps
  const { identifiers, letters } = begun
  tell('Waiting until every process knows')
  await wait(2 * LOOK_EVERY_MS)
  await erased.refresh()
  await untilStored(deps, 'Nothing more was erased; run homeroom erase --resume when they do')
  tell('Names, agents and salts')
  const keys = await identityKeysOf(warehouse, identifiers)
  await log.append(
    'identities',
    keys.map((key): Entry => ({ key, value: null })),
  )
  tell('Rows')
  const tables = await erasedTables(warehouse)
  await hasten(warehouse, tables)
  await sweep(deps, identifiers)
  await eraseLetters(warehouse, letters)
  tell('Documents and attachments')
  for (const person of resources.people()) if (erased.has(person)) await resources.erasePerson(person)
  tell('The log')
  const rewritten = await log.rewrite({
    concerns: message => pseudonyms.length === 0 || [...pseudonyms, ...letters].some(text => message.includes(text)),
    change: (topic, entry) => changed(topic, entry, deps),
  })
  tell("The engine's old files")
  // A computation that had begun before the rows went may have stored its result meanwhile.
  await sweep(deps, identifiers)
  const filesLeft = await removeOldFiles(warehouse, tables)
  // Only now: whoever finds it done does nothing more.
  const done = signed(deps.secrets, { ...begun, doneAt: new Date().toISOString() })
  await log.append('identities', [{ key: `erasure|${done.id}`, value: JSON.stringify(done) }])
  await insertErasures(warehouse, [done])
  return { erasure: done, log: rewritten, filesLeft }
}

/** Erase rows until there are none: what a process had in hand may come once more. */
async function sweep(deps: Deps, identifiers: readonly string[]): Promise<void> {
  let left: Held[] = []
  for (let tries = 0; tries < 3; tries++) {
    await eraseRows(deps.warehouse, identifiers)
    await dropLeftExtraction(deps)
    await eraseFromExtracts(researchDeps(deps), identifiers, new Date())
    left = await heldAnywhere(deps, identifiers)
    if (left.length === 0) return
  }
  throw stillThere(left)
}

/** In the district's tables, and in the extracts of studies. */
const heldAnywhere = async (deps: Deps, hashes: readonly string[]): Promise<Held[]> => [
  ...(await heldIn(deps.warehouse, hashes)),
  ...(await heldInExtracts(researchDeps(deps), hashes)),
]

/** Erasures that were cut off. */
export async function unfinished({ warehouse }: Pick<Deps, 'warehouse'>): Promise<Erasure[]> {
  return (await storedErasures(warehouse)).filter(({ doneAt }) => doneAt === null)
}

/** Whether an erasure says what it said when it was signed. */
export function isGenuine({ signature, ...rest }: Erasure, secrets: Runtime['secrets']): boolean {
  return signature === signatureOf(rest, secrets)
}

async function identifiersIn({ warehouse }: Deps, forms: readonly Pseudonym[][]): Promise<Pseudonym[]> {
  const found = await identifiersOf(warehouse, forms)
  if ('pseudonyms' in found) return found.pseudonyms
  const what =
    'several' in found
      ? `these are identifiers of ${found.several} persons: name one at a time, or join them by homeroom merge`
      : 'two persons claim that identifier, so that nobody can say whose records came under it: name another identifier of the person, or part it from one of them by homeroom split'
  throw new HomeroomError('QUERY_INVALID', `${what}. Nothing was erased`)
}

function countResources(
  resources: Resources,
  pseudonyms: readonly Pseudonym[],
): Pick<ErasePlan, 'documents' | 'attachments'> {
  const counts = pseudonyms.map(id => resources.count(id))
  return {
    documents: counts.reduce((sum, { documents }) => sum + documents, 0),
    attachments: counts.reduce((sum, { attachments }) => sum + attachments, 0),
  }
}

function countsOf({ tables, documents, attachments, letters }: ErasePlan): Record<string, number> {
  const rows = tables.map(({ table, own, named }): [string, number] => [table, own + named])
  return Object.fromEntries([
    ...rows,
    ['documents', documents],
    ['attachments', attachments],
    ['dead letters', letters.length],
  ])
}

const signed = (secrets: Runtime['secrets'], erasure: Omit<Erasure, 'signature'> & { signature?: string }): Erasure => {
  const { signature: _before, ...rest } = erasure
  return { ...rest, signature: signatureOf(rest, secrets) }
}

function changed(topic: Topic, entry: Entry, { erased }: Pick<Deps, 'erased'>): Entry | null {
  if (topic === 'identities') return isIdentityOf(entry, erased) ? null : entry
  if (entry.value === null) return entry
  const value = entryWithoutErased(topic, entry.value, erased)
  return value === entry.value
    ? entry
    : { key: entry.key.replace(/[0-9a-f]{64}/g, id => (erased.has(id) ? ERASED : id)), value }
}

function stillThere(left: readonly Held[]): HomeroomError {
  const where = left.map(({ table }) => table).join(', ')
  return new HomeroomError(
    'INTERNAL',
    `rows of the person came into ${where} while they were erased: a process has not heard of it. Run homeroom erase --resume`,
  )
}

function isIdentityOf({ key, value }: Entry, erased: Runtime['erased']): boolean {
  if (value === null) return key.startsWith('person|') && erased.has(key.slice('person|'.length))
  return !key.startsWith('erasure|') && isErasedIdentity(value, erased)
}
