import { uuid5 } from '../infra/uuid5.ts'
import {
  arrowStream,
  dictionaryListColumn,
  hexColumn,
  millisecondsColumn,
  numberColumn,
  textColumn,
  uuidColumn,
} from '../infra/warehouse/arrow-batch.ts'
import { columnsOf, daysColumn, uint64Column } from '../infra/warehouse/columns-of.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { Conversation, ConversationTakenBack } from '../schemas/conversation.ts'
import { ERASED } from '../schemas/erasure.ts'
import type { LearningRecord } from '../schemas/record.ts'
import { eventRows, eventsStream, touchStream } from './event-rows.ts'
import type { LocalTime } from './local-time.ts'
import type { PlanRow, SaidOf } from './plan-rows.ts'
import { versionOf } from './record-index.ts'
import { insertPlanRows, NOTHING } from './store-plans.ts'
import { touchPlans } from './touched-plans.ts'
import { newTouch, REACHED_WEEKS } from './touched.ts'

/** Source of what people record in Homeroom itself. */
export const HOMEROOM = 'homeroom'

const DAY_MS = 86_400_000
const YEARS_MS = 10 * 365.25 * DAY_MS
const NO_ID = '00000000-0000-0000-0000-000000000000'

/**
 * Store conversations: as such, as a contact of adviser and student in `events`, and what they say of goals in `goals`; then
 * touch the weeks that this reaches. The first stored one with an id stands, so that a second press of the button, a replay or a
 * batch that is repeated gives the same rows.
 */
export async function storeConversations(
  warehouse: Warehouse,
  batch: readonly Conversation[],
  local: LocalTime,
): Promise<void> {
  if (batch.length === 0) return
  const contacts = eventRows(
    batch.map(said => ({ value: contactOf(said), position: '' })),
    local,
  )
  // Of one with a student who was erased only the adviser's contact is left, with nobody.
  const told = batch.filter(({ student }) => student !== ERASED)
  const goals = told.flatMap(said => goalRows(said, local))
  await Promise.all([
    told.length > 0 && warehouse.insertArrow('conversations', conversationsStream(told, local)),
    warehouse.insertArrow('events', eventsStream(contacts)),
    insertPlanRows(warehouse, goals),
  ])
  // Last, as with records: what is cut off before is repeated whole.
  await warehouse.insertArrow('touched', touchStream(contacts, newTouch()))
  await touchPlans(
    warehouse,
    'goal',
    goals.map(({ id }) => id),
  )
}

/** Take conversations back, whichever came first; safe to repeat. */
export async function takeConversationsBack(
  warehouse: Warehouse,
  batch: readonly ConversationTakenBack[],
): Promise<void> {
  if (batch.length === 0) return
  const ids = batch.map(({ id }) => id)
  await warehouse.insert(
    'voided',
    ids.map(id => ({ record_id: id, hash: '0', reason: 'voided', by_id: uuid5(`conversation-taken-back|${id}`) })),
  )
  await warehouse.command(
    `insert into touched select distinct ${REACHED_WEEKS}, person_id, {touch:UInt64}, now(), 0 from events
     where record_id in {ids:Array(UUID)} and week in (select toMonday(day) from conversations where conversation_id in {ids:Array(UUID)})`,
    { touch: String(newTouch()), ids },
  )
  const goals = await warehouse.query<{ id: string }>(
    'select distinct toString(goal_id) as id from goals where record_id in {ids:Array(UUID)}',
    { ids },
  )
  await touchPlans(
    warehouse,
    'goal',
    goals.map(({ id }) => id),
  )
}

/** The goal that was set in a conversation. */
export const goalOf = ({ id }: Pick<Conversation, 'id'>): string => uuid5(`goal|conversation|${id}`)

/** What every conversation is beside its words: adviser and student met, one to one. */
function contactOf({ id, storedAt, adviser, student, at, minutes, hash }: Conversation): LearningRecord {
  const [stored, ended] = [Date.parse(storedAt), Date.parse(at)]
  return {
    id,
    source: HOMEROOM,
    standard: 'interaction',
    occurredAt: at,
    storedAt,
    timely: ended >= stored - YEARS_MS && ended <= stored + DAY_MS,
    actor: { id: adviser, role: 'adviser' },
    counterparts: [{ id: student, role: 'student' }],
    kind: 'met',
    mode: 'adult',
    verb: 'met',
    object: 'conversation',
    ...(minutes !== null && { durationMs: minutes * 60_000 }),
    hash,
    raw: '',
  }
}

function conversationsStream(said: readonly Conversation[], local: LocalTime): Uint8Array {
  const column = columnsOf(said)
  return arrowStream(said.length, [
    column(uuidColumn, 'conversation_id', x => x.id),
    column(hexColumn, 'student_id', x => x.student),
    column(hexColumn, 'author_id', x => x.adviser),
    column(millisecondsColumn, 'at', x => Date.parse(x.at)),
    column(daysColumn, 'day', x => local.dayOf(Date.parse(x.at))),
    numberColumn(
      'minutes',
      'UInt16',
      Uint16Array.from(said, x => x.minutes ?? 0),
    ),
    column(dictionaryListColumn, 'topics', x => x.topics),
    column(dictionaryListColumn, 'strengths', x => x.strengths),
    column(dictionaryListColumn, 'interests', x => x.interests),
    column(dictionaryListColumn, 'needs', x => x.needs),
    column(dictionaryListColumn, 'next_steps', x => x.nextSteps),
    column(uuidColumn, 'goal_id', x => (x.goal === null ? NO_ID : goalOf(x))),
    column(textColumn, 'sealed_text', x => x.words),
    // A note whose author was erased opens for nobody.
    column(textColumn, 'sealed_note', x => (x.adviser === ERASED ? '' : x.note)),
    column(millisecondsColumn, 'stored_at', x => Date.parse(x.storedAt)),
    column(uint64Column, 'ver', x => versionOf(x)),
  ])
}

function goalRows(said: Conversation, local: LocalTime): PlanRow[] {
  const saidMs = Date.parse(said.at)
  const day = local.dayOf(saidMs)
  const base = {
    kind: 'goal' as const,
    record: { id: said.id, hash: said.hash },
    student: said.student,
    subject: '',
    source: HOMEROOM,
    saidMs,
    storedMs: Date.parse(said.storedAt),
    content: said.hash,
    position: '',
    ver: versionOf(said),
    deleted: false,
  }
  const rows: PlanRow[] = said.goalsNow.map(({ goal, status }) => ({
    ...base,
    id: goal,
    said: {
      ...NOTHING_SAID,
      act: status === 'attained' ? 'goal-met' : 'rated',
      day,
      closed: status === 'open' ? 0 : day,
      status,
    },
  }))
  if (said.goal === null) return rows
  const { horizon, due, words } = said.goal
  const more = { horizon: horizon ?? '', due: due === null ? 0 : Date.parse(due) / DAY_MS, words }
  rows.push({ ...base, id: goalOf(said), said: { ...NOTHING_SAID, act: 'goal-set', day, status: 'open', ...more } })
  return rows
}

const NOTHING_SAID: SaidOf['goal'] = { ...NOTHING.goal, act: 'rated' }
