import { z } from 'zod'
import { isLanguageTag } from './formats.ts'
import { Day, Instant, Pseudonym, Role } from './record.ts'

const Name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, { error: 'letters, digits, dots and dashes, at most 64' })
const Language = z.string().refine(isLanguageTag, { error: 'a language tag, for example en or es-MX' })
const Texts = z.record(Language, z.string().trim().min(1).max(4000))
const Labels = z.record(Language, z.array(z.string().trim().min(1).max(512)))

/**
 * A scale of whole numbers. `labels`: by language one for each step, from `min` to `max`. `declined`: what may be chosen
 * instead of a step ("Don't know"); it is an answer, but has no value.
 */
export const Scale = z
  .strictObject({ min: z.int(), max: z.int(), labels: Labels.default({}), declined: Labels.default({}) })
  .superRefine(({ min, max, labels, declined }, context) => {
    if (max <= min || max - min > 100)
      context.addIssue({ code: 'custom', path: ['max'], message: 'more than min, by at most 100' })
    const steps = new Map<string, number | null>()
    const add = (label: string, step: number | null, path: PropertyKey[]): void => {
      const text = labelKey(label)
      if (steps.has(text) && steps.get(text) !== step)
        context.addIssue({ code: 'custom', path, message: 'a label that means one step in all languages' })
      steps.set(text, step)
    }
    for (const [language, of] of Object.entries(labels)) {
      if (of.length !== max - min + 1)
        context.addIssue({ code: 'custom', path: ['labels', language], message: `${max - min + 1} labels, min to max` })
      of.forEach((label, i) => add(label, min + i, ['labels', language, i]))
    }
    for (const [language, of] of Object.entries(declined))
      of.forEach((label, i) => add(label, null, ['declined', language, i]))
  })
export type Scale = z.infer<typeof Scale>

/** A question: answered on a scale, or in free text. */
const InstrumentItem = z.strictObject({
  id: Name,
  text: Texts,
  /** Name of one of the instrument's scales. */
  scale: z.string().optional(),
  free: z.literal(true).optional(),
  /** What it measures: `belonging`, or a topic of a domain, `safety/bullying` (processors/climate). Free text has none. */
  domain: z.string().max(64).default(''),
  /** Disagreement is the favourable answer: (min + max) − value when scored, never when stored. */
  reverse: z.boolean().default(false),
  /** Not needed for a complete response. */
  optional: z.boolean().default(false),
})

/** When it was asked: half-open [begin, end) in local dates. */
const Window = z
  .strictObject({ id: Name, begin: Day, end: Day })
  .refine(({ begin, end }) => begin < end, { path: ['end'], error: 'a date after begin' })

/**
 * A survey as its authors wrote it. A changed wording, scale or set of items is a new version; domain, reverse and the
 * windows may be corrected in place, and then hold for everything that was answered.
 */
export const Instrument = z
  .strictObject({
    instrument: Name,
    version: Name,
    title: Texts,
    /** Who answers; answers of different informants are never pooled. */
    informant: z.enum(['student', 'family', 'staff']),
    languages: z.array(Language).min(1),
    scales: z.record(z.string(), Scale),
    items: z.array(InstrumentItem).min(1).max(500),
    windows: z.array(Window).min(1),
  })
  .superRefine(({ languages, scales, items, windows }, context) => {
    const seen = new Set<string>()
    items.forEach(({ id, text, scale, free }, i) => {
      const issue = (path: PropertyKey[], message: string): void =>
        context.addIssue({ code: 'custom', path: ['items', i, ...path], message })
      if (seen.has(id)) issue(['id'], 'an id of its own')
      seen.add(id)
      if ((scale === undefined) !== (free === true)) issue(['scale'], 'a scale, or free: true')
      if (scale !== undefined && scales[scale] === undefined)
        issue(['scale'], `one of ${Object.keys(scales).join(', ')}`)
      for (const language of languages)
        if (text[language] === undefined) issue(['text', language], `the text in every one of languages`)
    })
    const ordered = [...windows].sort((a, b) => (a.begin < b.begin ? -1 : 1))
    const overlap = ordered.findIndex((window, i) => i > 0 && window.begin < ordered[i - 1]!.end)
    if (overlap > 0 || new Set(windows.map(({ id }) => id)).size < windows.length)
      context.addIssue({
        code: 'custom',
        path: ['windows'],
        message: 'windows with ids of their own that do not overlap',
      })
  })
export type Instrument = z.infer<typeof Instrument>
export type InstrumentItem = Instrument['items'][number]

/** Labels and question texts are compared without case, typographic quotes and spaces that repeat. */
export const labelKey = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[\u2018\u2019\u02bc]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\u2010-\u2015]/g, '-')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()

const entry = { source: z.string().min(1).max(64), storedAt: Instant, status: z.enum(['active', 'deleted']) }

export const InstrumentEntry = z.strictObject({ type: z.literal('instrument'), ...entry, definition: Instrument })

const Answer = z.strictObject({
  item: Name,
  /** `declined`: "don't know" and the like; `missing`: left empty; `unreadable`: something that the scale does not have. */
  state: z.enum(['answered', 'declined', 'missing', 'unreadable']),
  /** On the item's scale as it was answered: reverse-coded items are not turned round. */
  value: z.int().optional(),
  /** Free text, sealed: `<salt id>.<base64>`. */
  text: z.string().optional(),
})
export type Answer = z.infer<typeof Answer>

/**
 * One response, whole or in part: the last stored entry about an answer wins.
 *
 * Without a respondent it is anonymous, and holds nothing by which it could be linked: no person, no time of day, no group,
 * no language; of who answered only role, school and grade.
 */
export const ResponseEntry = z
  .strictObject({
    type: z.literal('response'),
    ...entry,
    id: z.guid(),
    instrument: Name,
    version: Name,
    window: Name,
    /** Pseudonym of the identifier as received; null: anonymous. */
    respondent: Pseudonym.nullable(),
    /** The student about whom a family answers; null: not said. */
    student: Pseudonym.nullable(),
    role: Role,
    /** As the response says; empty: not said, the roster knows. */
    school: z.string().max(256),
    grade: z.string().max(16),
    groups: z.record(z.string().max(64), z.string().max(64)),
    language: z.string().max(64),
    /** Local date; where no time is told, the first of its window. */
    day: Day,
    answeredAt: Instant.nullable(),
    /** Items of the instrument that this form did not have. */
    notAsked: z.array(Name),
    answers: z.array(Answer).max(500),
    /** 12 hexadecimal digits of the content, under the key. */
    hash: z.string().regex(/^[0-9a-f]{12}$/),
  })
  .refine(
    response =>
      response.respondent !== null ||
      (response.student === null &&
        response.answeredAt === null &&
        response.language === '' &&
        Object.keys(response.groups).length === 0),
    { error: 'an anonymous response without student, time, groups and language' },
  )
export type ResponseEntry = z.infer<typeof ResponseEntry>

/** All that the source holds of a window was loaded: what was stored of it before `since`, and not again, was deleted there. */
export const ExportEntry = z.strictObject({
  type: z.literal('export'),
  source: z.string().min(1).max(64),
  storedAt: Instant,
  instrument: Name,
  window: Name,
  since: Instant,
})

/** What the topic `surveys` holds. */
export const SurveyEntry = z.discriminatedUnion('type', [InstrumentEntry, ResponseEntry, ExportEntry])
export type SurveyEntry = z.infer<typeof SurveyEntry>

/** The key under which an entry is appended: entries about one thing stay in order. */
export function surveyKey(survey: SurveyEntry): string {
  if (survey.type === 'instrument') return `instrument|${survey.definition.instrument}|${survey.definition.version}`
  return survey.type === 'response' ? `response|${survey.id}` : `export|${survey.instrument}|${survey.window}`
}
