import { z } from 'zod'
import { LONGEST_ANNOTATION } from '../../schemas/action.ts'
import type { Day } from '../../schemas/record.ts'
import { addDays } from '../weeks.ts'

/** How far from today a note may lie, and how long its days may last. */
const [OLDEST_DAYS, NEWEST_DAYS, LONGEST_DAYS] = [3660, 366, 366]

const text = z
  .string()
  .max(2000)
  .default('')
  .transform(typed => typed.normalize('NFC').replace(/\s+/g, ' ').trim())

/** The form as it was sent; every field may be missing or wrong, but for its number. */
const SentNote = z.object({
  /** Made with the form: who presses its button twice writes once. */
  number: z.uuid(),
  text,
  from: text,
  to: text,
})
export type SentNote = z.infer<typeof SentNote>

export type NoteFault = { field: 'text' | 'from' | 'to'; message: string }

/** @returns null for what is no form of ours */
export const noteIn = (body: unknown): SentNote | null => SentNote.safeParse(body).data ?? null

export const blankNote = (number: string): SentNote => SentNote.parse({ number })

/**
 * What has to be corrected in a form; nothing: it can be kept, but for names, which `namesStudent` finds.
 * @param today the local day in the district
 */
export function noteFaults({ text: said, from, to }: SentNote, today: Day): NoteFault[] {
  const faults: NoteFault[] = []
  if (said === '') faults.push({ field: 'text', message: 'say in a few words what happened' })
  else if (said.length > LONGEST_ANNOTATION)
    faults.push({ field: 'text', message: `at most ${LONGEST_ANNOTATION} characters` })
  else if (/\p{C}/u.test(said)) faults.push({ field: 'text', message: 'letters, digits and punctuation only' })
  const [oldest, newest] = [addDays(today, -OLDEST_DAYS), addDays(today, NEWEST_DAYS)]
  if (!isDay(from) || from < oldest || from > newest)
    faults.push({ field: 'from', message: 'a day of the last ten years or of the next one' })
  else if (to !== '' && !(isDay(to) && to >= from && to <= addDays(from, LONGEST_DAYS)))
    faults.push({
      field: 'to',
      message: 'the same day or a later one, at most a year later; leave it empty for one day',
    })
  return faults
}

function isDay(typed: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(typed)) return false
  const date = new Date(`${typed}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(typed)
}
