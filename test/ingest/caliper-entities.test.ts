import { describe, expect, test } from 'vitest'
import { entityFaults, isEvent } from '../../ingest/receive/caliper-check.ts'
import { CALIPER_ENTITIES } from '../../schemas/caliper-entities.ts'
import { anEntity, properties, type Property } from './caliper-examples.ts'

type Json = Record<string, unknown>

const paths = (faults: { path: string }[]): string[] => faults.map(({ path }) => path)

/** Of each kind of property: what it may hold, and what it may not, with the place of the fault after the property. */
const VALUES: Readonly<
  Record<string, { right: (p: Property) => unknown[]; wrong: (p: Property) => [unknown, string][] }>
> = {
  text: {
    right: () => ['x', '7'],
    wrong: () => [
      [7, ''],
      [true, ''],
      [{}, ''],
      [['x'], ''],
    ],
  },
  texts: {
    right: () => [[], ['x', 'y']],
    wrong: () => [
      ['x', ''],
      [['x', 7], '[1]'],
      [{}, ''],
    ],
  },
  time: {
    right: () => ['2026-03-02T14:00:00.000Z', '2026-03-02T09:00:00-05:00'],
    wrong: () => [
      ['2026-03-02', ''],
      [7, ''],
      ['noon', ''],
    ],
  },
  duration: {
    right: () => ['PT1M30S', 'P1D'],
    wrong: () => [
      ['1:30', ''],
      [90, ''],
      ['2026-03-02T14:00:00.000Z', ''],
    ],
  },
  number: {
    right: () => [0, 7, -1.5],
    wrong: () => [
      ['7', ''],
      [true, ''],
      [[7], ''],
    ],
  },
  count: {
    right: () => [0, 7],
    wrong: () => [
      ['7', ''],
      [1.5, ''],
      [-1, ''],
      [{}, ''],
    ],
  },
  flag: {
    right: () => [true, false],
    wrong: () => [
      ['yes', ''],
      [1, ''],
    ],
  },
  map: {
    right: () => [{}, { 'any key': [1] }],
    wrong: () => [
      ['x', ''],
      [[], ''],
      [7, ''],
    ],
  },
  term: {
    right: () => ['https://example.org/own'],
    wrong: () => [
      ['Own', ''],
      [7, ''],
      ['toString', ''],
    ],
  },
  entity: {
    right: ({ of }) => ['urn:x', anEntity(of)],
    wrong: ({ of }) => [
      ['not an IRI', ''],
      [7, ''],
      [[], ''],
      [{ ...anEntity(of), type: 'Link' }, '.type'],
      [{ type: of }, '.id'],
      [{ id: 'urn:x' }, '.type'],
    ],
  },
  entities: {
    right: ({ of }) => [[], ['urn:x', anEntity(of)]],
    wrong: ({ of }) => [
      ['urn:x', ''],
      [[anEntity(of), 7], '[1]'],
      [[anEntity('Link')], '[0].type'],
      [['no IRI'], '[0]'],
    ],
  },
  parts: {
    right: ({ of }) => [[anEntity(of)]],
    wrong: ({ of }) => [
      [anEntity(of), ''],
      [['urn:x'], '[0]'],
      [[{ ...anEntity(of), identifier: 7 }], '[0].identifier'],
    ],
  },
  part: {
    right: ({ of }) => [anEntity(of), { start: 1, end: 2 }],
    wrong: () => [
      ['urn:x', ''],
      [{ start: 1 }, '.end'],
      [{ start: '1', end: 2 }, '.start'],
    ],
  },
}

describe('a described entity', () => {
  test.each(properties.map(property => [`${property.type}.${property.property}`, property] as const))(
    '%s',
    (_, property) => {
      const { right, wrong } = VALUES[property.kind]!
      const whole = anEntity(property.type)
      const unsaid = property.property in whole ? [] : [undefined, '']
      for (const value of [...unsaid, ...right(property)])
        expect(entityFaults({ ...whole, [property.property]: value }, 2), JSON.stringify(value)).toEqual([])
      for (const [value, place] of wrong(property)) {
        const faults = entityFaults({ ...whole, [property.property]: value }, 2)
        expect(paths(faults), JSON.stringify(value)).toEqual([`data[2].${property.property}${place}`])
      }
    },
  )

  test.each(Object.keys(CALIPER_ENTITIES))('%s with nothing but what it must have is taken', type => {
    expect(isEvent(anEntity(type))).toBe(false)
    expect(entityFaults(anEntity(type), 0)).toEqual([])
  })

  test.each<[string, Json, string[]]>([
    ['no id', { type: 'Person' }, ['id']],
    ['an id with blanks', { id: 'not an IRI', type: 'Person' }, ['id']],
    ['no type', { id: 'urn:x' }, ['type']],
    ['an unknown type', { id: 'urn:x', type: 'Lunch' }, ['type']],
    ['a type that objects inherit', { id: 'urn:x', type: '__proto__' }, ['type']],
    ['nothing at all', {}, ['id', 'type']],
    ['a score of no attempt', { ...anEntity('Score'), attempt: null }, ['attempt']],
    ['a measure without its value', { id: 'urn:x', type: 'AggregateMeasure', metric: 'WordsRead' }, ['metricValue']],
  ])('with %s is refused there', (_what, entity, places) => {
    expect(paths(entityFaults(entity, 0))).toEqual(places.map(place => `data[0].${place}`))
  })
})
