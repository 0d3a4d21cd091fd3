import { z } from 'zod'
import type { Choice, Reflection } from '../../schemas/plan.ts'
import type { Day } from '../../schemas/record.ts'
import type { ChoiceMapping, ReflectionMapping } from './plan-mapping.ts'
import { fieldsOf, pastDayAs, WHOSE, Words, wordsOf, type Kind } from './plan-row.ts'
import { compile } from './template.ts'

/** Rows as choices. @param latest the last day that anything can be told of */
export function choiceKind(block: ChoiceMapping, latest: Day): Kind<Choice> {
  const { fields, templates } = fieldsOf(block, { texts: ['subject', 'taken', 'choice'], days: ['date'] })
  const offered = compile(block.offered)
  const shape = z
    .object({
      ...WHOSE,
      date: pastDayAs(block.dateFormat, latest),
      offered: z.array(z.string().min(1).max(512)).max(100),
      taken: z.string().max(512).default(''),
      choice: z.enum(['chosen', 'assigned']).default('chosen'),
    })
    .refine(row => row.taken !== '' || row.offered.length > 0, {
      path: ['taken'],
      error: 'something taken, or something offered',
    })
    .transform(({ student, date, ...said }) => ({
      student,
      said: { ...said, day: date },
      words: null,
      key: [date, said.subject, said.offered.length === 0 ? said.taken : said.offered],
    }))
  const listed = (text = ''): string[] =>
    text
      .split(block.separator)
      .map(each => each.trim())
      .filter(Boolean)
  return {
    fields: values => ({ ...fields(values), offered: listed(offered(values)) }),
    shape,
    templates: [...templates, ['offered', block.offered]],
  }
}

/** Rows as reflections. @param latest as in `choiceKind` */
export function reflectionKind(block: ReflectionMapping, latest: Day): Kind<Reflection> {
  const shape = z
    .object({
      ...WHOSE,
      date: pastDayAs(block.dateFormat, latest),
      about: z.string().max(2048).default(''),
      text: Words,
    })
    .transform(({ student, subject, date, about, text }) => ({
      student,
      said: { subject, day: date, about },
      words: wordsOf(text),
      key: [date, subject, about, text ?? ''],
    }))
  return { ...fieldsOf(block, { texts: ['subject', 'about', 'text'], days: ['date'] }), shape }
}
