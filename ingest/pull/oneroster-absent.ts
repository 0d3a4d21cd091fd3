import { HomeroomError } from '../../infra/errors.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day, Role } from '../../schemas/record.ts'
import type { Intake } from '../intake.ts'
import { hasSlipped, idOf } from './oneroster-walk.ts'
import type { Fetched, Item } from './oneroster-csv.ts'
import { RESOURCES } from './oneroster-resources.ts'
import type { OneRosterSource } from './oneroster-source.ts'
import type { Progress } from './oneroster-state.ts'

/** An enrolment that is stored and has not ended. */
export type Running = {
  id: string
  person: string
  class: string
  school: string
  role: Role
  begin: Day
}

/** What a full pull means for what is stored. */
export type Vanishing = {
  /** Not there any more: they end. */
  absent: Running[]
  /** Of those that run, how many are absent or taken back. */
  leaving: number
  running: number
}

/** More than this share of what runs does not end at once, unless a person says so. */
const MOST_LEAVING = 0.1
/** In a small school a few are many. */
const ALWAYS_MAY_LEAVE = 10

/**
 * Compare what runs in the warehouse with what was fetched.
 * @param isFull false: only what is taken back (`tobedeleted`) can be told
 */
export async function vanishing(
  warehouse: Warehouse,
  intake: Intake,
  source: string,
  fetched: Fetched,
  today: Day,
  isFull: boolean,
): Promise<Vanishing> {
  const { there, back } = await seen(fetched, intake)
  const found: Vanishing = { absent: [], leaving: 0, running: 0 }
  // In sixteen stretches: a district's enrolments at once are more than the memory of a small machine.
  for (const digit of '0123456789abcdef') {
    const rows = await warehouse.query<Running>(RUNNING, { source, today, digit })
    found.running += rows.length
    for (const row of rows) {
      if (back.has(row.id)) found.leaving++
      else if (isFull && !there.has(row.id)) {
        found.leaving++
        found.absent.push(row)
      }
    }
  }
  return found
}

/** @throws HomeroomError SOURCE_INVALID if more would vanish at once than is likely */
export function checkVanishing({ name }: OneRosterSource, { leaving, running }: Vanishing): void {
  if (leaving <= ALWAYS_MAY_LEAVE || leaving <= running * MOST_LEAVING) return
  throw new HomeroomError(
    'SOURCE_INVALID',
    `source ${name}: ${leaving} of ${running} running enrolments are not there any more or taken back, expected at most ${MOST_LEAVING * 100} %. ` +
      'Nothing of this pull is loaded. If it is true (a new school year, a school that left), run homeroom pull with --let-go once',
  )
}

/** What is absent ends today; what had not begun is taken back. Past weeks stay as they were. */
export function endAbsent(intake: Intake, source: string, absent: readonly Running[], today: Day) {
  const batch = intake.begin(source)
  for (const { begin, ...enrolment } of absent) {
    const { storedAt } = batch
    const hasBegun = begin < today
    intake.addRoster(batch, {
      type: 'enrolment',
      source,
      storedAt,
      status: hasBegun ? 'active' : 'deleted',
      ...enrolment,
      begin,
      end: hasBegun ? today : null,
    })
  }
  return intake.store(batch)
}

const RUNNING = `
  select enrolment_id as id, lower(hex(person_id)) as person, class_id as class, school_id as school, role,
    toString(begin_day) as begin
  from enrolments final
  where source = {source:String} and end_day > {today:Date32} and startsWith(enrolment_id, {digit:String})`

async function seen(fetched: Fetched, intake: Intake): Promise<{ there: Set<string>; back: Set<string> }> {
  const there = new Set<string>()
  const back = new Set<string>()
  for await (const items of fetched(ENROLLMENTS)) {
    for (const item of items) {
      const id = idOf(item)
      if (id === null) continue
      ;(item.status === 'tobedeleted' ? back : there).add(intake.pseudonymise('enrolment', id))
    }
  }
  return { there, back }
}

const ENROLLMENTS = RESOURCES.find(({ name }) => name === 'enrollments')!

/**
 * Why what is absent cannot be told from what was only missed; null: it can, because there are as many different objects as
 * the source said from first to last.
 */
export async function whyNotWhole(
  name: string,
  progress: Progress | undefined,
  pages: AsyncIterable<Item[]>,
): Promise<string | null> {
  if (progress?.ended !== 'whole') return `the source does not offer ${name}`
  if (progress.total === null) return `the source does not say how many ${name} there are (X-Total-Count)`
  if (hasSlipped(progress)) return `${name} changed while they were fetched`
  const ids = new Set<string>()
  for await (const items of pages) for (const item of items) ids.add(idOf(item) ?? '')
  return ids.size === progress.total
    ? null
    : `the source says that there are ${progress.total} ${name} and gave ${ids.size}`
}
