import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import { openedWords } from '../../infra/written-words.ts'
import { LearnerWords } from '../../schemas/plan.ts'
import type { Visit } from '../pages/parts/visit.ts'

/** Where a learner's words stand: sealed in a row, or in the sealed original of a record (`record_id` '': in none). */
export type Said = { words: string; record_id: string; record_ms: number }

/**
 * What a learner wrote. `title`: what the thing is called; `levels`: what the levels of a goal mean, by level.
 * `unreadable`: the words were erased, or the key to them has not arrived yet.
 */
export type Words = {
  title: string
  text: string
  levels: Readonly<Record<string, string>>
  unreadable: boolean
}

/** @returns the words of each, in order; all empty where nothing was said in words */
export async function learnerWords(
  { warehouse, secrets }: Pick<Visit, 'warehouse' | 'secrets'>,
  said: readonly Said[],
): Promise<Words[]> {
  const inRecords = said.filter(({ words, record_id }) => words === '' && record_id !== '')
  const found =
    inRecords.length === 0
      ? []
      : rows(
          Original,
          await warehouse.query(ORIGINALS, {
            ids: inRecords.map(({ record_id }) => record_id),
            stored: inRecords.map(({ record_ms }) => record_ms),
          }),
        )
  const originals = new Map(found.map(({ record_id, raw }) => [record_id, raw]))
  const sealed = said.map(({ words, record_id }) => words || (originals.get(record_id) ?? ''))
  const texts = await openedWords(warehouse, secrets, sealed)
  return said.map(({ words }, i) => {
    const text = texts[i]!
    if (text === null) return { ...NOTHING, unreadable: true }
    if (text === '') return NOTHING
    return words === '' ? wordsInOriginal(text) : wordsInRow(text)
  })
}

function wordsInRow(text: string): Words {
  const { text: said, levels = {} } = LearnerWords.parse(JSON.parse(text))
  return { ...NOTHING, text: said.trim(), levels: levels as Record<string, string> }
}

/**
 * The words in an opened original: one letter for the standard, then the statement or event with tokens for people. Of
 * standards that carry no words of learners, none.
 */
export function wordsInOriginal(text: string): Words {
  const original = Worded.safeParse(JSON.parse(text.slice(1)))
  if (!original.success) return NOTHING
  const { object = {}, result = {}, generated = {} } = original.data
  switch (text[0]) {
    case 'x': {
      const { name, description } = object.definition ?? {}
      return { ...NOTHING, title: inLanguage(name), text: (result.response ?? inLanguage(description)).trim() }
    }
    case 'c': {
      const said = generated.value ?? generated.body ?? object.value ?? object.body ?? object.description ?? ''
      return { ...NOTHING, title: typeof object.name === 'string' ? object.name.trim() : '', text: said.trim() }
    }
    default:
      return NOTHING
  }
}

/** Of a language map the English text, else the first. */
function inLanguage(map: Record<string, string> = {}): string {
  const found = Object.entries(map).find(([language]) => /^en\b/i.test(language)) ?? Object.entries(map)[0]
  return found?.[1].trim() ?? ''
}

const NOTHING: Words = { title: '', text: '', levels: {}, unreadable: false }

const Text = z.string().optional().catch(undefined)
const LanguageMap = z.record(z.string(), z.string()).optional().catch(undefined)
const Worded = z.object({
  object: z
    .object({
      definition: z.object({ name: LanguageMap, description: LanguageMap }).optional().catch(undefined),
      name: Text,
      value: Text,
      body: Text,
      description: Text,
    })
    .optional()
    .catch(undefined),
  result: z.object({ response: Text }).optional().catch(undefined),
  generated: z.object({ value: Text, body: Text }).optional().catch(undefined),
})
const Original = z.object({ record_id: z.string(), raw: z.string() })

const ORIGINALS = sql(new URL('./student-originals.sql', import.meta.url))
