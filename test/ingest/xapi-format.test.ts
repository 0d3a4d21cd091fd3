import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalOf, exactOf, idsOnly } from '../../ingest/lrs/format.ts'
import { languageChoice } from '../../ingest/lrs/language.ts'
import { statementSchema } from '../../schemas/xapi.ts'
import { aStatement } from './start-ingest.ts'
import { RULES } from './xapi-rules.ts'

type Json = Record<string, unknown>
const KIM = { objectType: 'Agent', name: 'Kim', mbox: 'mailto:kim@example.org' }
const LEE = { name: 'Lee', account: { homePage: 'https://lms.example.org', name: 'lee' } }
const TEAM = { objectType: 'Group', name: 'Team', mbox: 'mailto:team@example.org', member: [KIM, LEE] }
const WORDS = { 'en-US': 'color', 'en-GB': 'colour', de: 'Farbe' }
const LESSON = { objectType: 'Activity', id: 'urn:lesson', definition: { name: WORDS, description: WORDS } }
const VERB = { id: 'http://example.org/did', display: WORDS }
const sent = (changes: Json = {}): Json => JSON.parse(JSON.stringify(aStatement({ verb: VERB, ...changes }))) as Json
const unknown = (): undefined => undefined

describe('format=ids', () => {
  test('of agents, verbs and activities only what identifies them is given', () => {
    const context = {
      instructor: LEE,
      team: TEAM,
      contextActivities: { parent: [LESSON], category: LESSON },
      contextAgents: [{ objectType: 'contextAgent', agent: LEE, relevantTypes: ['urn:tutor'] }],
      contextGroups: [{ objectType: 'contextGroup', group: TEAM }],
      platform: 'LMS',
    }
    const { name: _, ...lee } = LEE
    const team = { objectType: 'Group', mbox: TEAM.mbox }
    const statement = sent({ actor: KIM, object: LESSON, context, authority: { objectType: 'Agent', ...LEE } })
    expect(idsOnly(statement)).toEqual({
      ...statement,
      actor: { objectType: 'Agent', mbox: KIM.mbox },
      verb: { id: VERB.id },
      object: { id: LESSON.id },
      authority: { objectType: 'Agent', account: LEE.account },
      context: {
        instructor: lee,
        team,
        contextActivities: { parent: [{ id: LESSON.id }], category: [{ id: LESSON.id }] },
        contextAgents: [{ objectType: 'contextAgent', agent: lee, relevantTypes: ['urn:tutor'] }],
        contextGroups: [{ objectType: 'contextGroup', group: team }],
        platform: 'LMS',
      },
    })
  })

  test('an anonymous group is identified by its members', () => {
    const { actor } = idsOnly(sent({ actor: { objectType: 'Group', name: 'Table 4', member: [KIM, LEE] } }))
    expect(actor).toEqual({
      objectType: 'Group',
      member: [{ objectType: 'Agent', mbox: KIM.mbox }, { account: LEE.account }],
    })
  })

  test('a SubStatement is shown by the same rules, a StatementRef as it is', () => {
    const sub = { objectType: 'SubStatement', actor: TEAM, verb: VERB, object: LESSON }
    expect(idsOnly(sent({ object: sub })).object).toEqual({
      objectType: 'SubStatement',
      actor: { objectType: 'Group', mbox: TEAM.mbox },
      verb: { id: VERB.id },
      object: { id: LESSON.id },
    })
    const ref = { objectType: 'StatementRef', id: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa1' }
    expect(idsOnly(sent({ object: ref })).object).toEqual(ref)
  })

  test('what it gives is a valid statement that names the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RULES), ({ good }) => {
        expect(statementSchema('2.0.0').safeParse(idsOnly(good)).error?.issues ?? []).toEqual([])
        expect(idsOnly(idsOnly(good))).toEqual(idsOnly(good))
      }),
    )
  })
})

describe('format=canonical', () => {
  test('one language is given in every map of activities and verbs', () => {
    const context = { instructor: LEE, contextActivities: { grouping: [LESSON] } }
    const shown = canonicalOf(sent({ actor: TEAM, object: LESSON, context }), unknown, 'en-GB')
    const one = { 'en-GB': 'colour' }
    const lesson = { ...LESSON, definition: { name: one, description: one } }
    expect(shown).toMatchObject({
      actor: TEAM,
      context: { instructor: LEE, contextActivities: { grouping: [lesson] } },
    })
    expect(shown.object).toEqual(lesson)
    expect(shown.verb).toEqual({ id: VERB.id, display: one })
  })

  test('so in the parts of questions', () => {
    const parts = [{ id: 'a', description: WORDS }, { id: 'b', description: { fr: 'couleur' } }, { id: 'c' }]
    const definition = { interactionType: 'matching', source: parts, target: parts }
    const shown = canonicalOf(sent({ object: { id: 'urn:q', definition } }), unknown, 'de')
    const expected = [
      { id: 'a', description: { de: 'Farbe' } },
      { id: 'b', description: { fr: 'couleur' } },
      { id: 'c' },
    ]
    expect(shown.object).toEqual({ id: 'urn:q', definition: { ...definition, source: expected, target: expected } })
  })

  test('the definition of the store stands in place of the one that was sent', () => {
    const stored = { type: 'http://adlnet.gov/expapi/activities/lesson', name: { en: 'Better', de: 'Besser' } }
    const object = { objectType: 'SubStatement', actor: KIM, verb: VERB, object: LESSON }
    const context = { contextActivities: { other: [{ id: 'urn:lesson' }, { id: 'urn:else' }] } }
    const definitionOf = (id: string) => (id === 'urn:lesson' ? stored : undefined)
    const lesson = { id: 'urn:lesson', definition: { type: stored.type, name: { de: 'Besser' } } }
    expect(canonicalOf(sent({ object, context }), definitionOf, 'de')).toMatchObject({
      object: { object: { objectType: 'Activity', ...lesson } },
      context: { contextActivities: { other: [lesson, { id: 'urn:else' }] } },
    })
    expect(stored.name).toEqual({ en: 'Better', de: 'Besser' })
  })

  test('an empty map and a verb without a display stay what they are', () => {
    const object = { id: 'urn:a', definition: { name: {} } }
    expect(canonicalOf(sent({ verb: { id: VERB.id }, object }), unknown, 'en')).toMatchObject({
      verb: { id: VERB.id },
      object,
    })
  })
})

describe('format=exact', () => {
  test('all is as received, but for a single context activity and the zone of times', () => {
    const inner = { contextActivities: { parent: LESSON } }
    const object = { objectType: 'SubStatement', actor: TEAM, verb: VERB, object: LESSON, context: inner }
    const statement = sent({ actor: KIM, object, timestamp: '2026-03-02T09:00:00.1234567-05:00' })
    const shown = exactOf(statement)
    const listed = { contextActivities: { parent: [LESSON] } }
    expect(shown).toEqual({
      ...statement,
      object: { ...object, context: listed },
      timestamp: '2026-03-02T14:00:00.1234567Z',
    })
    expect((statement.object as Json).context).toEqual(inner)
  })

  test.each([
    ['2026-03-02T14:00:00Z', '2026-03-02T14:00:00Z'],
    ['2026-03-02T14:00:00.123456Z', '2026-03-02T14:00:00.123456Z'],
    ['2026-03-02T09:00:00-05:00', '2026-03-02T14:00:00.000Z'],
    ['2026-03-02T09:00:00,12345-0500', '2026-03-02T14:00:00.12345Z'],
    ['2026-03-02T14:00:00', '2026-03-02T14:00:00.000Z'],
    ['2026-03-02T14:00+00', '2026-03-02T14:00:00.000Z'],
  ])('the time %s is given as %s', (timestamp, given) => {
    expect(exactOf(sent({ timestamp })).timestamp).toBe(given)
  })
})

describe('the language that is chosen', () => {
  const TAGS = ['fr', 'en-US', 'en-GB', 'zh-Hant-TW']
  test.each([
    ['en-GB', 'en-GB'],
    ['EN-gb', 'en-GB'],
    ['en', 'en-US'],
    ['de, en-GB;q=0.7, fr;q=0.8', 'fr'],
    ['en;q=0.5, en-GB;q=0.9, fr;q=0.6', 'en-GB'],
    ['en-US;q=0, en', 'en-GB'],
    ['*;q=0.5, en-GB;q=0.1', 'fr'],
    ['*', 'fr'],
    ['en-GB , fr', 'en-GB'],
    ['en-AU', 'en-US'],
    ['zh-Hant', 'zh-Hant-TW'],
    ['zh', 'zh-Hant-TW'],
    ['zh-Hant-TW-x-more', 'zh-Hant-TW'],
    ['de', 'fr'],
    ['de, fr;q=0', 'en-US'],
    ['*;q=0', 'fr'],
    ['', 'fr'],
    ['en_GB', 'fr'],
    ['en-GB;q=high', 'fr'],
  ])('by %j it is %s', (header, tag) => {
    expect(languageChoice(header)(TAGS)).toBe(tag)
  })

  test('one is always chosen of those there are, whatever the header', () => {
    const header = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc
        .array(fc.tuple(fc.constantFrom('en', 'en-GB', 'fr', '*', 'de-DE'), fc.constantFrom('', ';q=0', ';q=0.5')))
        .map(parts => parts.map(part => part.join('')).join(',')),
    )
    fc.assert(
      fc.property(header, fc.uniqueArray(fc.constantFrom(...TAGS), { minLength: 1 }), (text, tags) => {
        expect(tags).toContain(languageChoice(text)(tags))
      }),
    )
    expect(languageChoice('en')([])).toBeUndefined()
  })
})
