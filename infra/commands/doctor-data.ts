import type { Runtime } from './runtime.ts'
import type { Misconfiguration } from './doctor-settings.ts'

type Question = { what: string; sql: string; params?: Record<string, unknown> }

/** What the stored data say of how Homeroom is set up; each statement gives a sentence for each thing that is wrong, or no row. */
const QUESTIONS: readonly Question[] = [
  {
    what: 'another time zone',
    // Both sides are of the zone: only the setting can have changed between them.
    sql: `select concat(toString(count()), ' of the last records have their day by another time zone than HOMEROOM_TIME_ZONE, ', {zone:String},
            ': set it back, or run homeroom replay, which computes every day anew') as sentence
          from (select occurred_at, local_day from events where week > '1970-01-01' order by week desc limit 1000)
          where local_day != toDate(toTimeZone(occurred_at, {zone:String})) having count() > 0`,
  },
  {
    what: 'nobody may send',
    sql: `select 'no credential of a sender is valid, so every door refuses: homeroom user source NAME --doors xapi,caliper' as sentence
          from {identity:Identifier}.accounts final where kind = 'source' and deleted = 0 and revoked = 0 and expires_at > now64(3) having count() = 0`,
  },
  {
    what: 'nobody may read',
    sql: `select 'no person has an account, so nobody can sign in: homeroom user person NAME --role analyst, or set HOMEROOM_SIGN_IN' as sentence
          from {identity:Identifier}.accounts final where kind = 'person' and deleted = 0 and revoked = 0 having count() = 0 and not {provider:Bool}`,
  },
  {
    what: 'no roster',
    sql: `select concat(toString(count()), ' records are stored and no school is: without a roster no record counts for anybody. homeroom load ROSTER.zip') as sentence
          from record_index having count() > 0 and (select count() from schools final) = 0`,
  },
  {
    what: 'nobody is enrolled today',
    sql: `select concat('the last of ', toString(count()), ' enrolments ended on ', toString(max(end_day)), ', so no class, adviser or student page shows anybody: load the roster of this year') as sentence
          from enrolments final having count() > 0 and max(end_day) <= toDate32(toTimeZone(now(), {zone:String}))`,
  },
  {
    what: 'no calendar',
    sql: `select 'no calendar is loaded: every Monday to Friday counts as a school day, and a holiday looks like a week in which nobody worked. homeroom load CALENDAR.csv' as sentence
          from student_week having count() > 0 and (select count() from calendar final) = 0`,
  },
  {
    what: 'nothing is published',
    sql: `select concat('weeks since ', toString(min(week)), ' are computed and no snapshot was ever published, so the district page is empty: homeroom publish') as sentence
          from indicators having count() > 0 and min(week) < today() - 21 and (select count() from snapshots final where complete) = 0`,
  },
  {
    what: 'publishing has stopped',
    sql: `select concat('the last snapshot is of ', toString(toDate(max(published_at))), ' and records have come since: run homeroom publish, or look why its schedule stopped') as sentence
          from snapshots final where complete
          having count() > 0 and max(published_at) < now() - interval 21 day and (select max(stored_at) from record_index) > max(published_at) + interval 14 day`,
  },
  {
    what: 'a source is silent',
    sql: `select concat(source, ' has sent nothing since ', toString(toDate(max(stored_at))), ' and sent on ', toString(uniqExact(toDate(stored_at))), ' days before, while others send: look at its credential and its address') as sentence
          from record_index group by source
          having max(stored_at) < (select max(stored_at) from record_index) - interval 7 day and uniqExact(toDate(stored_at)) >= 10
            and source in (select account_id from {identity:Identifier}.accounts final where kind = 'source' and deleted = 0 and revoked = 0)
          order by source limit 20`,
  },
  {
    what: 'a clock of a source is wrong',
    sql: `select concat(toString(countIf(week = '1970-01-01')), ' of ', toString(count()), ' records of ', source, ' have a time more than a day ahead or ten years back; they are kept and count for no week: set its clock, or the format of its times') as sentence
          from events where is_actor group by source having countIf(week = '1970-01-01') > 0.01 * count() order by source limit 20`,
  },
  {
    what: 'the clocks differ',
    sql: `select concat('the warehouse is ', toString(abs(dateDiff('second', now64(3), fromUnixTimestamp64Milli({now:Int64})))), ' s apart from this machine: synchronize both by NTP, else what comes first is decided by the wrong clock') as sentence
          where abs(dateDiff('second', now64(3), fromUnixTimestamp64Milli({now:Int64}))) > 5`,
  },
  {
    what: 'inserts that may be lost',
    // A replicated table has its copies instead.
    sql: `select 'the ClickHouse server acknowledges inserts before they are on its disk, and Homeroom commits its offsets on that word: set fsync_after_insert and fsync_part_directory to 1 in merge_tree of its settings' as sentence
          from system.merge_tree_settings where name = 'fsync_after_insert' and value = '0'
            and not exists (select 1 from system.tables where database = currentDatabase() and name = 'events' and engine like 'Replicated%')`,
  },
]

/** @throws HomeroomError WAREHOUSE_REFUSED, WAREHOUSE_UNAVAILABLE */
export async function dataFaults(
  { warehouse, config }: Pick<Runtime, 'warehouse' | 'config'>,
  clock = () => new Date(),
): Promise<Misconfiguration[]> {
  const found: Misconfiguration[] = []
  for (const { what, sql } of QUESTIONS) {
    const params = { zone: config.timeZone, provider: config.signIn !== null, now: String(clock().getTime()) }
    const rows = await warehouse.query<{ sentence: string }>(sql, params)
    found.push(...rows.map(({ sentence }) => ({ what, sentence })))
  }
  return found
}
