import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig, childEnvironment } from '../../infra/config.ts'
import { HomeroomError } from '../../infra/errors.ts'
import { asStored } from '../../infra/vocabulary/as-stored.ts'
import { readLines } from '../../infra/vocabulary/read-lines.ts'
import { rulesOf } from '../../infra/vocabulary/rules.ts'
import { NO_VOCABULARY, OWN_LINES, readVocabulary, type Vocabulary } from '../../infra/vocabulary/vocabulary.ts'
import { LearningRecord } from '../../schemas/record.ts'
import type { VocabularyLine } from '../../schemas/vocabulary.ts'
import { EXTENSIONS } from '../../schemas/xapi.ts'
import { aRecord } from '../helpers/records.ts'
import { aLoggedStatement } from '../ingest/a-mapped-statement.ts'

const JUGGLED = 'https://example.org/verbs/juggled'
const COMPLETED = 'http://adlnet.gov/expapi/verbs/completed'

const district = (...lines: VocabularyLine[]): Vocabulary => ({ ...NO_VOCABULARY, rules: rulesOf(lines) })

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-vocabulary-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

function refusal(path: string): string {
  try {
    readVocabulary(path)
  } catch (error) {
    if (error instanceof HomeroomError && error.code === 'CONFIG_INVALID') return error.message.replace(path, 'FILE')
    throw error
  }
  throw new Error('the file was taken')
}

describe("a district's file", () => {
  test('CSV and JSON say the same', async () => {
    const csv = await fileOf(
      'a.csv',
      `verb,kind,activityType,mode\n${JUGGLED},met,urn:circus,peer\n\nurn:sang,viewed\n`,
    )
    const lines = [
      { verb: JUGGLED, kind: 'met', activityType: 'urn:circus', mode: 'peer' },
      { verb: 'urn:sang', kind: 'viewed' },
    ]
    const json = await fileOf('a.json', JSON.stringify(lines))
    expect(readVocabulary(csv).rules).toEqual(readVocabulary(json).rules)
    expect(readVocabulary(csv)).toMatchObject({ file: csv, columns: ['verb', 'kind', 'activityType', 'mode'] })
    expect(readVocabulary(json)).toMatchObject({ file: json, columns: null })
  })

  test('what spreadsheets write is read: byte order mark, quotes, carriage returns, empty cells and rows', () => {
    const text = `\ufeff"verb","kind","mode","profile"\r\n"${JUGGLED}"," met ",,"the ""big"" top, Tuesdays"\r\n,,,\r\n`
    expect(readLines(text, 'csv')).toMatchObject({
      faults: [],
      lines: [{ verb: JUGGLED, kind: 'met', profile: 'the "big" top, Tuesdays' }],
    })
  })

  test.each([
    ['verb,kind\nurn:a,KIND', 'line 2: kind is "KIND", expected one of started, viewed,'],
    ['verb,kind\n\nurn:a,other', 'line 3: kind is "other", expected one of'],
    ['verb,kind\nurn:a,voided', 'line 2: kind is "voided", expected one of'],
    ['verb,kind\nurn:a', 'line 2: kind is missing, expected one of'],
    ['verb,kind\nnot one word,met', 'line 2: verb is "not one word", expected text without blanks'],
    ['verb,kind\nhttp://adlnet.gov/expapi/verbs/voided,met', 'expected another verb: that of voiding is settled'],
    ['verb,kind,mode\nurn:a,met,alone', 'line 2: mode is "alone", expected one of individual, adult, peer, group'],
    ['verb,kind,choice\nurn:a,met,maybe', 'line 2: choice is "maybe", expected one of chosen, assigned'],
    ['verb,kind,duration\nurn:a,met,PT5M', 'line 2: duration is "PT5M", expected one of result, segment, none'],
    ['verb,kind,activityType,category\nurn:a,met,urn:t,urn:c', 'line 2: category is "urn:c", expected nothing beside'],
    ['verb,kind\nurn:a,met\nurn:b,met\nurn:a,viewed', 'line 4: the verb, activityType and category of line 2'],
    ['verb,kind\nurn:a,met,peer', 'line 2: 3 cells, expected 2 as in the header'],
    ['verb,kind\n"urn:a,met', 'line 2: a quoted field that is not closed'],
    ['verb;kind\nurn:a;met', 'header: the column "verb;kind", expected each once of verb, activityType,'],
    ['verb,kind,kind\nurn:a,met,met', 'header: the column "kind", expected each once'],
    ['verb\nurn:a', 'header: no column kind, expected verb,'],
    ['', 'header: no column verb and kind'],
  ])('%j is refused: %s', async (text, reason) => {
    const message = refusal(await fileOf('wrong.csv', text))
    expect(message).toContain(reason)
    expect(message).toMatch(/^HOMEROOM_VOCABULARY: FILE: .*Nothing was started$/)
  })

  test.each([
    ['{', 'not JSON: '],
    ['{"verb":"urn:a"}', 'one JSON value, expected an array of lines'],
    ['[7]', 'line 1 of the array: 7, expected an object with verb and kind'],
    ['[null]', 'line 1 of the array: null, expected an object with verb and kind'],
    ['[{"verb":"urn:a","kind":"met"},{"verb":7,"kind":"met"}]', 'line 2 of the array: verb is 7, expected text'],
    ['[{"verb":"urn:a","kind":"met","minutes":3}]', 'line 1 of the array: "minutes", expected only verb, activityType'],
  ])('%s is refused: %s', async (text, reason) => {
    expect(refusal(await fileOf('wrong.json', text))).toContain(reason)
  })

  test('all wrong lines are named, the first ten of many', async () => {
    const rows = Array.from({ length: 13 }, (_, i) => `urn:${i},nothing`).join('\n')
    const message = refusal(await fileOf('many.csv', `verb,kind\n${rows}\n`))
    expect(message.match(/line \d+: kind/g)).toHaveLength(10)
    expect(message).toContain('; and 3 more')
  })

  test('a file that is not there is refused', () => {
    expect(refusal(join(folder, 'absent.csv'))).toContain('is not readable')
  })

  test('any text is read or refused, never anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('verb,kind\n"{}[]:7é')) }), text => {
        for (const format of ['csv', 'json'] as const) {
          const { lines, faults } = readLines(text, format)
          expect(Array.isArray(lines) && faults.every(fault => typeof fault === 'string')).toBe(true)
        }
        expect(readLines(text, 'csv').faults).not.toEqual([])
      }),
      { seed: 20261122, numRuns: 2000 },
    )
  })

  test('child processes get the setting', () => {
    const config = readConfig({ HOMEROOM_VOCABULARY: 'lines.csv' })
    expect(config.vocabulary).toBe(join(process.cwd(), 'lines.csv'))
    expect(readConfig(childEnvironment(config)).vocabulary).toBe(config.vocabulary)
    expect(readConfig(childEnvironment(readConfig({}))).vocabulary).toBeNull()
  })
})

describe('a record as it is stored', () => {
  test('without lines of the district a mapped record is the record itself', () => {
    const record = aRecord({ kind: 'answered' })
    expect(asStored(record, NO_VOCABULARY)).toBe(record)
  })

  test('what nothing maps stays as it is', () => {
    const record = aRecord({ kind: 'other', verb: JUGGLED })
    expect(asStored(record, district({ verb: 'urn:other', kind: 'met' }))).toBe(record)
  })

  test('what nothing mapped when it came has the kind of the table of today', () => {
    const record = aRecord({ kind: 'other', verb: COMPLETED })
    expect(asStored(record, NO_VOCABULARY)).toMatchObject({ kind: 'completed', mode: 'individual' })
  })

  test('a line of the district wins over all of ours for that verb', () => {
    const vocabulary = district({ verb: COMPLETED, kind: 'noted' })
    const meeting = 'http://adlnet.gov/expapi/activities/meeting'
    for (const changes of [{}, { object: { id: 'urn:m', definition: { type: meeting } } }]) {
      const record = aLoggedStatement({ verb: { id: COMPLETED }, ...changes })
      expect(record.kind).not.toBe('noted')
      expect(asStored(record, vocabulary)).toMatchObject({ kind: 'noted' })
      expect(asStored(record, vocabulary)).not.toHaveProperty('mode')
    }
  })

  test('the line of the type wins over that of the category, and that over the verb alone', () => {
    const vocabulary = district(
      { verb: JUGGLED, kind: 'viewed' },
      { verb: JUGGLED, category: 'urn:c', kind: 'answered' },
      { verb: JUGGLED, activityType: 'urn:t', kind: 'completed' },
    )
    const kindOf = (type: string, category: string): string =>
      asStored(
        aLoggedStatement({
          verb: { id: JUGGLED },
          object: { id: 'urn:a', definition: { type } },
          context: { contextActivities: { category: [{ id: category }] } },
        }),
        vocabulary,
      ).kind
    expect(kindOf('urn:t', 'urn:c')).toBe('completed')
    expect(kindOf('urn:else', 'urn:c')).toBe('answered')
    expect(kindOf('urn:else', 'urn:else')).toBe('viewed')
  })

  test('what is said of mode and choice beats a line', () => {
    const vocabulary = district({ verb: JUGGLED, kind: 'started', mode: 'peer', choice: 'chosen' })
    const extensions = { [EXTENSIONS.mode]: 'adult', [EXTENSIONS.choice]: 'assigned' }
    const record = aLoggedStatement({ verb: { id: JUGGLED }, context: { extensions } })
    expect(asStored(record, vocabulary)).toMatchObject({ mode: 'adult', choice: 'assigned' })
    expect(asStored(aLoggedStatement({ verb: { id: JUGGLED } }), vocabulary)).toMatchObject({
      mode: 'peer',
      choice: 'chosen',
    })
  })

  test('a line can take a duration away', () => {
    const record = aLoggedStatement({ verb: { id: JUGGLED }, result: { duration: 'PT5M' } })
    expect(asStored(record, district({ verb: JUGGLED, kind: 'viewed' })).durationMs).toBe(300_000)
    expect(asStored(record, district({ verb: JUGGLED, kind: 'viewed', duration: 'none' }))).not.toHaveProperty(
      'durationMs',
    )
  })

  test('voiding and the rows of an interaction log keep their kind', () => {
    const vocabulary = district({ verb: 'met', kind: 'noted' }, { verb: JUGGLED, kind: 'met' })
    const row = aRecord({ standard: 'interaction', kind: 'met', verb: 'met' })
    const voiding = aRecord({ kind: 'voided', verb: JUGGLED })
    expect(asStored(row, vocabulary)).toBe(row)
    expect(asStored(voiding, vocabulary)).toBe(voiding)
  })

  test('a Caliper action that no table knows is mapped too', () => {
    const record = aRecord({ standard: 'caliper', kind: 'other', verb: 'Juggled' })
    expect(asStored(record, district({ verb: 'Juggled', kind: 'viewed' }))).toMatchObject({
      kind: 'viewed',
      mode: 'individual',
    })
  })

  // The point of it all: a line that comes late makes of a record what it would have been with the line in the table.
  test('a late line gives what the same line would have given in time', () => {
    const object = { id: 'urn:a' }
    const plain = OWN_LINES.filter(line => line.activityType === undefined && line.category === undefined)
    const people = fc.constantFrom({ mbox: 'mailto:a@example.org' }, { mbox: 'mailto:b@example.org' })
    const team = { objectType: 'Group', mbox: 'mailto:team@example.org', member: [{ mbox: 'mailto:c@example.org' }] }
    const sketch = fc.record({
      actor: fc.oneof(people, fc.constant(team)),
      context: fc.record(
        {
          instructor: people,
          team: fc.constant(team),
          extensions: fc.record(
            {
              [EXTENSIONS.mode]: fc.constantFrom('individual', 'group', 'alone'),
              [EXTENSIONS.choice]: fc.constantFrom('chosen', 'assigned'),
              [EXTENSIONS.role]: fc.constantFrom('student', 'tutor'),
            },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: [] },
      ),
      result: fc.record({ duration: fc.constantFrom('PT5M', 'PT0S') }, { requiredKeys: [] }),
    })
    fc.assert(
      fc.property(fc.constantFrom(...plain), sketch, (line, changes) => {
        const inTime = aLoggedStatement({ ...changes, object, verb: { id: line.verb } })
        const late = asStored(
          aLoggedStatement({ ...changes, object, verb: { id: JUGGLED } }),
          district({ ...line, verb: JUGGLED }),
        )
        // A segment of a video is kept of unmapped statements where there is one; these have only their duration.
        if (line.duration === 'segment') delete late.durationMs
        expect({ ...late, verb: line.verb }).toEqual(inTime)
        expect(LearningRecord.safeParse(late).success).toBe(true)
      }),
      { seed: 20261122, numRuns: 1000 },
    )
  })
})
