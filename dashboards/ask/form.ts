import { z } from 'zod'
import type { Instrument, InstrumentItem, Scale } from '../../schemas/survey.ts'
import type { Given } from './states.ts'

/** Characters of free text. */
export const LONGEST_TEXT = 4000

/** The form as it was sent. Fields of questions are `a.<item>`. */
const Sent = z.looseObject({
  do: z.enum(['answer', 'agree', 'withdraw']).default('answer'),
  page: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .optional(),
})
export type Sent = z.infer<typeof Sent>

/** What one page says, checked. */
export type SentPage = {
  given: Record<string, Given>
  /** Free text by item, as written. */
  texts: Record<string, string>
  /** Items whose answer cannot be one. */
  faults: { item: string; is: 'unknown' | 'long' }[]
}

/** @returns null for what is no form of ours */
export function sentIn(body: unknown): Sent | null {
  const { success, data } = Sent.safeParse(body)
  return success ? data : null
}

/** Field of a question. */
export const fieldOf = (item: string): string => `a.${item}`

/** What may be chosen instead of a step: those that the instrument names, else leaving it out. */
export const declinedIn = (scale: Scale, language: string): readonly string[] => scale.declined[language] ?? []

/**
 * Read the answers of one page. A question without an answer was left out, which is an answer too: nobody is made to say
 * something.
 */
export function sentPage(sent: Sent, items: readonly InstrumentItem[], { scales }: Instrument): SentPage {
  const page: SentPage = { given: {}, texts: {}, faults: [] }
  for (const { id, scale } of items) {
    const said = sent[fieldOf(id)]
    const text = typeof said === 'string' ? said.replace(/\r\n?/g, '\n').trim() : ''
    if (said !== undefined && typeof said !== 'string') page.faults.push({ item: id, is: 'unknown' })
    else if (scale === undefined) readText(page, id, text)
    else {
      const given = stepOf(text, scales[scale]!)
      if (given === null) page.faults.push({ item: id, is: 'unknown' })
      else page.given[id] = given
    }
  }
  return page
}

function readText(page: SentPage, id: string, text: string): void {
  if (text.length > LONGEST_TEXT) page.faults.push({ item: id, is: 'long' })
  page.given[id] = text === '' ? 'missing' : 'written'
  page.texts[id] = text
}

function stepOf(text: string, { min, max, declined }: Scale): Given | null {
  if (text === '') return 'missing'
  if (/^declined\d{1,2}$/.test(text)) {
    const most = Math.max(0, ...Object.values(declined).map(labels => labels.length))
    return Number(text.slice('declined'.length)) < most ? text : null
  }
  if (!/^-?\d{1,5}$/.test(text)) return null
  const value = Number(text)
  return value >= min && value <= max ? value : null
}
