import { z } from 'zod'

/**
 * What a mapping file says of a field: a text with columns in braces (`{code_module}_{code_presentation}`), a constant
 * being a text without any; or a choice by such a text. A text with an empty column is absent.
 */
export const Template = z.union([
  z.string(),
  z.strictObject({
    from: z.string(),
    map: z.record(z.string(), z.string()),
    /** Where `map` has no such key: a text, which may name columns; not given: absent. */
    otherwise: z.string().optional(),
  }),
])
export type Template = z.infer<typeof Template>

export type Values = Record<string, string>
/** The text of a field for one row; undefined if it is absent. */
export type Compiled = (values: Values) => string | undefined

export function compile(template: Template | undefined): Compiled {
  if (template === undefined) return () => undefined
  if (typeof template === 'string') return compileText(template)
  const from = compileText(template.from)
  const otherwise = template.otherwise === undefined ? undefined : compileText(template.otherwise)
  const map = new Map(Object.entries(template.map))
  return values => {
    const key = from(values)
    const found = key === undefined ? undefined : map.get(key)
    // Mapped to '' is said to be absent.
    return found === undefined ? otherwise?.(values) : found === '' ? undefined : found
  }
}

/** What a template may name beside columns: the file's name, and the row's number in it (the first line is 1). */
export const PLACES = ['#file', '#row'] as const

/** The columns that a template names, so that a mistake is told before any row is read. */
export function columnsIn(template: Template | undefined): string[] {
  if (template === undefined) return []
  const texts = typeof template === 'string' ? [template] : [template.from, template.otherwise ?? '']
  return texts.flatMap(text => [...text.matchAll(COLUMN)].map(match => match[1]!).filter(isColumn))
}

const isColumn = (name: string): boolean => !(PLACES as readonly string[]).includes(name)

const COLUMN = /\{([^{}]+)\}/g

function compileText(text: string): Compiled {
  const parts = text.split(COLUMN)
  if (parts.length === 1) return () => (text === '' ? undefined : text)
  const single = parts.length === 3 && parts[0] === '' && parts[2] === '' ? parts[1]! : undefined
  if (single !== undefined) return values => values[single]
  return values => {
    let out = ''
    for (let i = 0; i < parts.length; i++) {
      const part = i % 2 === 0 ? parts[i] : values[parts[i]!]
      if (part === undefined) return undefined
      out += part
    }
    return out
  }
}
