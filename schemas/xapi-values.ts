import { z } from 'zod'
import { isIri, isKeepable, isLanguageTag, isUuid, keepable } from './formats.ts'
import { isObject } from './json.ts'

/** How deep the JSON inside an extension may go: the standard sets no bound, a stack does. */
export const MAX_EXTENSION_DEPTH = 64

/** A string of a format; `expected` is what a refusal says of it. */
export const text = (is: (value: string) => boolean, expected: string) => z.string().refine(is, { error: expected })
export const Uuid = text(isUuid, 'a UUID in standard string form')
export const Iri = text(isIri, 'an IRI with a scheme')

export const LanguageMap = mapOf(isLanguageTag, 'RFC 5646 language tags as keys', value =>
  typeof value === 'string' ? null : 'a string',
)
export const Extensions = mapOf(isIri, 'IRIs with a scheme as keys', value =>
  isKeepable(value, MAX_EXTENSION_DEPTH) ? null : keepable(MAX_EXTENSION_DEPTH),
)

// z.record drops a key named __proto__ unseen; this names every wrong key.
function mapOf(isKey: (key: string) => boolean, keys: string, fault: (value: unknown) => string | null) {
  return z.unknown().superRefine((value, context) => {
    if (!isObject(value)) {
      context.addIssue({ code: 'custom', message: `an object with ${keys}`, path: [] })
      return
    }
    for (const [key, inner] of Object.entries(value)) {
      // Keys are the sender's own words, so that of a wrong one, or a long one, only the length is told.
      const told = isKey(key) && /^[a-z]{2,3}(?:-|$)/i.test(key) ? key : `[key of ${key.length} characters]`
      if (!isKey(key)) context.addIssue({ code: 'custom', message: keys, path: [told] })
      const wrong = fault(inner)
      if (wrong) context.addIssue({ code: 'custom', message: wrong, path: [told] })
    }
  }) as unknown as z.ZodType<Record<string, unknown>>
}
