import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { Day } from '../../schemas/record.ts'
import { mondayOf } from '../local-time.ts'
import { Versions } from '../versions.ts'
import { flagQuality } from './flag-quality.ts'

const terms = sql(new URL('./terms.sql', import.meta.url))
const studentFlags = sql(new URL('./student-flags.sql', import.meta.url))
const flagOutcomes = sql(new URL('./flag-outcomes.sql', import.meta.url))

const DAY_MS = 86_400_000

const Term = z.object({ term: z.string(), begin_day: Day, end_day: Day, window: z.string() })
type Term = z.infer<typeof Term>

const Outcome = z.object({
  flag: z.string(),
  slice: z.string(),
  hits: z.int(),
  alarms: z.int(),
  misses: z.int(),
  rests: z.int(),
  deleted: z.int(),
})

/** Flags by attendance, behaviour and course marks (indicators B9), and what became of those of earlier terms. */
export class FlagRecompute {
  readonly #warehouse: Warehouse
  readonly #versions: Versions

  constructor(warehouse: Warehouse) {
    this.#warehouse = warehouse
    this.#versions = new Versions(warehouse, ['student_flags', 'flag_outcomes'])
  }

  /** Compute the terms that these weeks lie in, and the outcomes of the terms before them. @param weeks Mondays, ascending */
  async run(weeks: readonly Day[]): Promise<void> {
    const [first, last] = [weeks[0], weeks.at(-1)]
    if (first === undefined || last === undefined) return
    const all = rows(Term, await this.#warehouse.query(terms))
    for (const [i, term] of all.entries()) {
      // A mark comes some days after the last week that it is about.
      if (term.end_day <= first || term.begin_day > last) continue
      await this.#term(term, last)
      await this.#outcome(all[i - 1], term)
      await this.#outcome(term, all[i + 1])
    }
  }

  async #term({ term, begin_day, end_day, window }: Term, newest: Day): Promise<void> {
    const ended = dayAfter(end_day, -1)
    await this.#warehouse.command(`insert into student_flags ${studentFlags}`, {
      term,
      window,
      begin: firstMonday(begin_day),
      end: firstMonday(end_day),
      first_day: begin_day,
      // Of a term that is not over, up to the newest week that is.
      last_day: ended < dayAfter(newest, 6) ? ended : dayAfter(newest, 6),
      computed: String(await this.#versions.next()),
    })
  }

  async #outcome(before: Term | undefined, after: Term | undefined): Promise<void> {
    if (!before || !after) return
    const found = rows(Outcome, await this.#warehouse.query(flagOutcomes, { term: before.term, next: after.term }))
    const computed = String(await this.#versions.next())
    if (found.length === 0) return
    await this.#warehouse.insert(
      'flag_outcomes',
      found.map(row => ({ ...row, ...qualityOf(row), term: before.term, next_term: after.term, computed })),
    )
  }
}

function qualityOf(outcomes: z.infer<typeof Outcome>): object {
  const { precision, recall, f1, mcc } = flagQuality(outcomes)
  const ends = (name: string, share: typeof precision): object => ({
    [name]: share?.value ?? null,
    [`${name}_lo`]: share?.lo95 ?? null,
    [`${name}_hi`]: share?.hi95 ?? null,
  })
  return { ...ends('precision', precision), ...ends('recall', recall), f1, mcc }
}

const numberOf = (day: Day): number => Date.parse(`${day}T00:00:00Z`) / DAY_MS
const textOf = (day: number): Day => new Date(day * DAY_MS).toISOString().slice(0, 10)
const dayAfter = (day: Day, days: number): Day => textOf(numberOf(day) + days)
/** The first Monday on or after a day: a week belongs to the term in which it begins. */
const firstMonday = (day: Day): Day => textOf(mondayOf(numberOf(day) + 6))
