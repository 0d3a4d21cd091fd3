import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { Day } from '../schemas/record.ts'
import { newTouch } from './touched.ts'

/** The weeks that wait for a stage. */
export type PendingStage = {
  /** Mondays, ascending. */
  weeks: Day[]
  touches: bigint[]
}

/** Weeks wait for stages: their figures, or what else the stage goes by, have changed. @param weeks Mondays */
export async function touchStages(
  warehouse: Warehouse,
  stages: readonly string[],
  weeks: readonly Day[],
): Promise<void> {
  if (stages.length === 0 || weeks.length === 0) return
  await warehouse.command(
    `insert into touched_stages
     select arrayJoin({stages:Array(String)}), toDate(arrayJoin({weeks:Array(String)})), {touch:UInt64}, now(), 0`,
    { stages, weeks, touch: String(newTouch()) },
  )
}

/** What waits, by stage; stages of which nothing does are left out. */
export async function pendingStages(warehouse: Warehouse): Promise<Map<string, PendingStage>> {
  const found = await warehouse.query<{ stage: string; weeks: Day[]; touches: string[] }>(
    `select stage, arraySort(groupUniqArray(toString(week))) as weeks, groupUniqArray(toString(touch)) as touches
     from touched_stages final where done = 0 group by stage`,
  )
  return new Map(found.map(({ stage, weeks, touches }) => [stage, { weeks, touches: touches.map(BigInt) }]))
}

/** How many weeks wait, for their own figures or for those of a stage. */
export async function weeksWaiting(warehouse: Warehouse): Promise<number> {
  const [found] = await warehouse.query<{ weeks: number }>(
    `select toUInt32(uniqExact(week)) as weeks
     from (select week from touched final where done = 0 union all select week from touched_stages final where done = 0)`,
  )
  return found!.weeks
}

/** Does any week wait for any stage? */
export async function isStageWaiting(warehouse: Warehouse): Promise<boolean> {
  const [found] = await warehouse.query<{ waiting: boolean }>(
    `select (count() > 0)::Bool as waiting from touched_stages final where done = 0`,
  )
  return found!.waiting
}

/** Clear exactly the touches that a stage has seen, after what follows from them is stored. */
export async function clearStage(
  warehouse: Warehouse,
  stage: string,
  { touches }: Pick<PendingStage, 'touches'>,
): Promise<void> {
  await warehouse.command(
    `insert into touched_stages select stage, week, touch, at, 1 from touched_stages final
     where stage = {stage:String} and touch in {touches:Array(UInt64)} and done = 0`,
    { stage, touches },
  )
}
