import { knownRecords } from '../../infra/warehouse/record-index.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { isUuid } from '../../schemas/formats.ts'
import type { XapiVersion } from '../../schemas/xapi.ts'
import { originalText } from '../dead-letters.ts'
import { fault, faultsSentence, type Fault } from '../faults.ts'
import type { Batch, Intake } from '../intake.ts'
import type { AttachmentEntry } from '../lrs/attachments.ts'
import type { Resources } from '../lrs/store.ts'
import { Recent } from '../recent.ts'
import { inSlices } from '../receive/pipe.ts'
import { acceptor, type Outcome } from '../receive/statements.ts'
import { judgeOf } from './judge.ts'
import type { Page } from './page.ts'

/** What became of statements: received = accepted + duplicates + dead. */
export type Taken = {
  received: number
  accepted: number
  /** Known already, with the same content: not appended again. */
  duplicates: number
  dead: number
  /** Attachments of which the bytes are stored. */
  attachments: number
  /** Attachments of which the source gave neither bytes nor an address; their statements are accepted. */
  attachmentsLeftOut: number
}

export type AcceptDeps = {
  intake: Intake
  warehouse: Warehouse
  resources: Pick<Resources, 'putAttachments'>
  source: string
}

export type PageTaker = (page: Page, spoken: XapiVersion) => Promise<Taken>

/** Ids that this process has appended lately: the processors may not have stored them yet. */
const REMEMBERED = 100_000

/**
 * Puts pages into the log, one after the other: every statement for itself, so that a bad one goes to the dead letters and
 * the others go on. What is taken is durable when it resolves.
 *
 * @throws (later) HomeroomError LOG_UNAVAILABLE, STORE_UNAVAILABLE, WAREHOUSE_UNAVAILABLE; nothing of the page counts as taken
 */
export function pageTaker(deps: AcceptDeps): PageTaker {
  const appended = new Recent<string, string>(REMEMBERED)
  return async (page, spoken) => {
    const batch = deps.intake.begin(deps.source)
    try {
      return await taken(deps, appended, batch, page, spoken)
    } finally {
      deps.intake.end(batch)
    }
  }
}

async function taken(
  deps: AcceptDeps,
  appended: Recent<string, string>,
  batch: Batch,
  page: Page,
  spoken: XapiVersion,
): Promise<Taken> {
  const made = await recordsOf(deps.intake, batch, page, spoken)
  const hashes = await hashesOf(deps.warehouse, appended, made.records)
  const isNew = ({ id }: Made): boolean => !hashes.has(id)
  const fresh = made.records.filter(isNew)
  const rivals = made.records.filter(({ id, hash }) => hashes.has(id) && hashes.get(id) !== hash)
  for (const { value } of rivals) bury(deps.intake, batch, value, [RIVAL], 'RECORD_CONFLICT')
  batch.records = batch.records.filter((_, i) => isNew(made.records[i]!))
  const attachments = fresh.flatMap(record => record.attachments)
  const counts = {
    received: page.statements.length,
    accepted: fresh.length,
    duplicates: made.repeated + made.records.length - fresh.length - rivals.length,
    dead: batch.dead.length,
    attachments: attachments.length,
    attachmentsLeftOut: fresh.reduce((sum, { leftOut }) => sum + leftOut, 0),
  }
  // What records name is durable before they are.
  await deps.resources.putAttachments(attachments)
  await deps.intake.store(batch)
  for (const { id, hash } of fresh) appended.set(id, hash)
  return counts
}

type Made = {
  value: unknown
  /** In lower case. */
  id: string
  /** Of the content. */
  hash: string
  attachments: AttachmentEntry[]
  leftOut: number
}

const RIVAL = fault(0, 'statement.id', 'the id of a record that is stored with other content', 'an id of its own')

/** Records of the good statements, in the order in which they stand in the batch. */
async function recordsOf(
  intake: Intake,
  batch: Batch,
  page: Page,
  spoken: XapiVersion,
): Promise<{ records: Made[]; repeated: number }> {
  const outcome: Outcome = { ids: [], hashes: [], attachments: [], faults: [] }
  const accept = (version: XapiVersion) => acceptor(intake, batch, version, page.parts ?? [], outcome)
  const acceptors = { '1.0.3': accept('1.0.3'), '2.0.0': accept('2.0.0') }
  const judge = judgeOf(page, spoken)
  const records: Made[] = []
  let repeated = 0
  await inSlices(page.statements, value => {
    const judged = judge(value)
    if (judged.kind === 'bad') return bury(intake, batch, value, judged.faults, judged.code)
    if (judged.kind === 'repeated') return void repeated++
    const attachmentsBefore = outcome.attachments.length
    acceptors[judged.version](judged.statement)
    records.push({
      value,
      id: judged.statement.id.toLowerCase(),
      hash: outcome.hashes.at(-1)!,
      attachments: outcome.attachments.slice(attachmentsBefore),
      leftOut: judged.leftOut,
    })
  })
  return { records, repeated }
}

/** Hashes of what is known already: stored, or appended lately. */
async function hashesOf(
  warehouse: Warehouse,
  appended: Recent<string, string>,
  records: readonly Made[],
): Promise<Map<string, string>> {
  const hashes = new Map<string, string>()
  for (const { id } of records) {
    const hash = appended.get(id)
    if (hash !== undefined) hashes.set(id, hash)
  }
  const unsure = records.map(({ id }) => id).filter(id => !hashes.has(id))
  for (const [id, { hash }] of await knownRecords(warehouse, unsure)) hashes.set(id, hash)
  return hashes
}

function bury(
  intake: Intake,
  batch: Batch,
  value: unknown,
  faults: readonly Fault[],
  code: 'RECORD_INVALID' | 'RECORD_CONFLICT',
): void {
  const id = (value as { id?: unknown } | null)?.id
  // Its place on a page is another one at the next pull, and the same fault would be another dead letter.
  const place = typeof id === 'string' && isUuid(id) ? `statement ${id.toLowerCase()}` : 'statement without a UUID'
  const reason = `${code}: ${faultsSentence(faults)}. The others of its page go on and this one is in dead-letters; have it corrected in ${batch.source} and pull again.`
  intake.addDead(batch, { door: 'xapi', place, code, reason, original: originalText(value) })
}
