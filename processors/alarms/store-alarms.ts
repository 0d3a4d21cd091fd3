import {
  arrowStream,
  dictionaryColumn,
  hexColumn,
  millisecondsColumn,
  numberColumn,
  textColumn,
  uuidColumn,
  type ArrowColumn,
} from '../../infra/warehouse/arrow-batch.ts'
import { columnsOf, daysColumn, uint64Column } from '../../infra/warehouse/columns-of.ts'
import { settingsFor, uuidSet } from '../../infra/warehouse/uuid-set.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { AlarmAnswer, AlarmRaised, Notified } from '../../schemas/action.ts'
import { NOBODY, type Day } from '../../schemas/record.ts'
import { mondayOf, type LocalTime } from '../local-time.ts'
import { touchStages } from '../touched-stages.ts'

/** Alarms wait here for their charts to go on: a stage of `processors/stages.ts`. */
export const STAGE = 'alarms'

const DAY_MS = 86_400_000

/**
 * Store alarms that were raised. Those that are new here, as in a replay, let the charts of their weeks be drawn again: they
 * stop where an alarm stands.
 */
export async function storeAlarms(warehouse: Warehouse, alarms: readonly AlarmRaised[]): Promise<void> {
  if (alarms.length === 0) return
  const known = await knownAlarms(
    warehouse,
    alarms.map(({ id }) => id),
  )
  const fresh = alarms.filter(({ id }) => !known.has(id))
  await insertAlarms(warehouse, fresh)
  await touchStages(warehouse, [STAGE], [...new Set(fresh.map(({ week }) => week))])
}

/** Without letting anything wait: by the computation that raised them. */
export async function insertAlarms(warehouse: Warehouse, alarms: readonly AlarmRaised[]): Promise<void> {
  if (alarms.length === 0) return
  await warehouse.insertArrow('alarms', alarmStream(alarms))
}

/** Store what advisers answered; a chart begins anew with the week after the first answer. */
export async function storeAnswers(
  warehouse: Warehouse,
  answers: readonly AlarmAnswer[],
  local: LocalTime,
): Promise<void> {
  if (answers.length === 0) return
  await warehouse.insertArrow('alarm_answers', answerStream(answers))
  const weeks = answers.map(({ storedAt }) => restartWeek(storedAt, local))
  await touchStages(warehouse, [STAGE], [...new Set(weeks)])
}

export async function storeNotices(warehouse: Warehouse, notices: readonly Notified[]): Promise<void> {
  if (notices.length > 0) await warehouse.insertArrow('alarm_notices', noticeStream(notices))
}

/** Monday of the first week that begins after an answer. */
export function restartWeek(answeredAt: string, local: LocalTime): Day {
  const monday = mondayOf(local.dayOf(Date.parse(answeredAt))) + 7
  return new Date(monday * DAY_MS).toISOString().slice(0, 10)
}

async function knownAlarms(warehouse: Warehouse, ids: readonly string[]): Promise<Set<string>> {
  const found = await warehouse.query<{ id: string }>(
    `select distinct toString(alarm_id) as id from alarms where alarm_id in ${uuidSet(ids)}`,
    {},
    settingsFor(ids),
  )
  return new Set(found.map(({ id }) => id))
}

const dayNumber = (day: Day): number => Date.parse(`${day}T00:00:00Z`) / DAY_MS

function alarmStream(alarms: readonly AlarmRaised[]): Uint8Array {
  const column = columnsOf(alarms)
  return arrowStream(alarms.length, [
    column(uuidColumn, 'alarm_id', x => x.id),
    column(hexColumn, 'student_id', x => x.student),
    column(daysColumn, 'week', x => dayNumber(x.week)),
    column(daysColumn, 'since', x => dayNumber(x.since)),
    column(floatColumn, 'minutes', x => x.minutes),
    column(floatColumn, 'usual_minutes', x => x.usualMinutes),
    column(floatColumn, 'value', x => x.value),
    numberColumn(
      'baseline_weeks',
      'UInt32',
      Uint32Array.from(alarms, x => x.baselineWeeks),
    ),
    column(millisecondsColumn, 'raised_at', x => Date.parse(x.storedAt)),
    column(uint64Column, 'ver', x => (1n << 42n) - BigInt(Date.parse(x.storedAt))),
  ])
}

function answerStream(answers: readonly AlarmAnswer[]): Uint8Array {
  const column = columnsOf(answers)
  return arrowStream(answers.length, [
    column(uuidColumn, 'alarm_id', x => x.alarm),
    column(uuidColumn, 'answer_id', x => x.id),
    column(hexColumn, 'student_id', x => x.student),
    column(dictionaryColumn, 'answer', x => x.answer),
    column(textColumn, 'account_id', x => x.author.account),
    column(hexColumn, 'author_id', x => x.author.person ?? NOBODY),
    column(millisecondsColumn, 'answered_at', x => Date.parse(x.storedAt)),
  ])
}

function noticeStream(notices: readonly Notified[]): Uint8Array {
  const column = columnsOf(notices)
  return arrowStream(notices.length, [
    column(uuidColumn, 'alarm_id', x => x.alarm),
    column(hexColumn, 'student_id', x => x.student),
    column(dictionaryColumn, 'channel', x => x.channel),
    column(textColumn, 'account_id', x => x.account),
    column(millisecondsColumn, 'notified_at', x => Date.parse(x.storedAt)),
  ])
}

const floatColumn = (name: string, values: readonly number[]): ArrowColumn =>
  numberColumn(name, 'Float64', Float64Array.from(values))
