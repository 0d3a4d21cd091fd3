import { z } from 'zod'
import type { LearnerWords } from '../../schemas/plan.ts'
import type { Day } from '../../schemas/record.ts'
import { numberIn } from './row-fields.ts'
import { dayIn, type DateFormat } from './score-dates.ts'
import { compile, type Template, type Values } from './template.ts'

/** What a row says beside whose it is, and what makes it itself where the tool gave it no id. */
export type Read<T> = {
  student: string
  said: Omit<T, 'type' | 'id' | 'source' | 'storedAt' | 'student' | 'hash' | 'words'>
  words: LearnerWords | null
  key: readonly unknown[]
}

export type Fields = (values: Values) => Record<string, unknown>
export type Templates = [field: string, template: Template | undefined][]

/** How the rows of one kind are read: their fields, the shape that these must have and what they become then. */
export type Kind<T> = { fields: Fields; shape: z.ZodType<Read<T>>; templates: Templates }

type Block<Name extends string> = {
  student: { id: Template }
  dateFormat: DateFormat
} & { [field in Name]?: Template | undefined }

/** The fields of a block by what they are. What is no number or no day stays as it is, so that the shape names it. */
export function fieldsOf<Name extends string>(
  block: Block<Name>,
  { texts, numbers = [], days }: { texts: readonly Name[]; numbers?: readonly Name[]; days: readonly Name[] },
): { fields: Fields; templates: Templates } {
  const compiled = (names: readonly Name[]) => names.map(name => [name, compile(block[name])] as const)
  const [text, number, day] = [compiled(texts), compiled(numbers), compiled(days)]
  const student = compile(block.student.id)
  const dayOf = (said: string | undefined): string | undefined =>
    said === undefined ? undefined : (dayIn(said, block.dateFormat) ?? said)
  const fields = (values: Values): Record<string, unknown> => {
    const row: Record<string, unknown> = { student: student(values) }
    for (const [name, read] of text) row[name] = read(values)
    for (const [name, read] of number) row[name] = numberIn(read(values))
    for (const [name, read] of day) row[name] = dayOf(read(values))
    return row
  }
  const templates = [...texts, ...numbers, ...days].map((name): Templates[number] => [name, block[name]])
  return { fields, templates: [['student', block.student.id], ...templates] }
}

/** What every row has. */
export const WHOSE = { student: z.string().trim().min(1).max(512), subject: z.string().max(128).default('') }
export const Words = z.string().max(20_000).optional()

/** A day that is written so, and that the tables can hold. */
export const dayAs = (format: DateFormat): z.ZodString =>
  z.string().refine(text => dayIn(text, 'y-m-d') === text && text >= '1970-01-02' && text <= '2149-06-05', {
    error: `a date written as ${format}`,
    abort: true,
  })

/** @param latest what is told of a later day is a mistake: it has not happened yet */
export const pastDayAs = (format: DateFormat, latest: Day): z.ZodString =>
  dayAs(format).refine(text => text <= latest, { error: 'a day that is not in the future' })

export const wordsOf = (text: string | undefined, levels: Record<string, string> = {}): LearnerWords | null => {
  const hasLevels = Object.keys(levels).length > 0
  return text === undefined && !hasLevels ? null : { text: text ?? '', ...(hasLevels && { levels }) }
}
