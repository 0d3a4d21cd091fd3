import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { wordsInOriginal } from '../../dashboards/people/learner-words.ts'
import { capital, readable } from '../../dashboards/pages/brief/evidence.ts'

const xapi = (statement: object): string => `x${JSON.stringify(statement)}`
const nothing = { title: '', text: '', levels: {}, unreadable: false }

describe('words in an original', () => {
  test('of a statement: the response before the description, the name as title, English before others', () => {
    const definition = { name: { es: 'Meta', 'en-GB': 'A goal' }, description: { fr: 'Lire' } }
    expect(wordsInOriginal(xapi({ object: { definition }, result: { response: ' I read it ' } }))).toEqual({
      ...nothing,
      title: 'A goal',
      text: 'I read it',
    })
    expect(wordsInOriginal(xapi({ object: { definition } }))).toEqual({ ...nothing, title: 'A goal', text: 'Lire' })
  })

  test('of a Caliper event: what was made, before the object and its description', () => {
    const event = { object: { name: 'Week 3', description: 'prompt' }, generated: { value: 'It went well' } }
    expect(wordsInOriginal(`c${JSON.stringify(event)}`)).toEqual({ ...nothing, title: 'Week 3', text: 'It went well' })
    expect(wordsInOriginal(`c${JSON.stringify({ object: { name: 'Week 3' } })}`)).toEqual({
      ...nothing,
      title: 'Week 3',
    })
  })

  test('people are tokens and never words; standards without words of learners give none', () => {
    expect(wordsInOriginal(xapi({ actor: { $agent: 'x' }, object: { $agent: 'y' } }))).toEqual(nothing)
    for (const letter of 'ivo')
      expect(wordsInOriginal(`${letter}${JSON.stringify({ object: { name: 'x' } })}`)).toEqual(nothing)
  })

  test('whatever a sender wrote there, it is words or nothing, never a fault', () => {
    fc.assert(
      fc.property(fc.constantFrom('x', 'c', 'i'), fc.json(), (letter, json) => {
        const { title, text } = wordsInOriginal(letter + json)
        expect([typeof title, typeof text]).toEqual(['string', 'string'])
      }),
      { numRuns: 200 },
    )
    const odd = { object: { definition: { name: 'no map', description: { en: 3 } } }, result: 'no object' }
    expect(wordsInOriginal(xapi(odd))).toEqual(nothing)
  })
})

describe('names of activities and skills', () => {
  test('are the last words of an id', () => {
    expect(readable('https://lms.example.org/activities/ratios-lab?try=2#top')).toBe('ratios lab')
    expect(readable('urn:skill:math.fractions_of_10')).toBe('math fractions of 10')
    expect(readable('https://lms.example.org/pages/Le%C3%A7on%20une.html')).toBe('Leçon une')
  })

  test('an id without words has none', () => {
    for (const id of ['https://lms.example.org/items/77', '0190a000-0000-7000-8000-abcdefabcdef', '', '///', 'a'])
      expect(readable(id)).toBe('')
  })

  test('are short, whatever the id, and never a fault', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), id => readable(id).length <= 60))
    expect(readable('https://lms.example.org/ratios-%E0%A4%A')).toBe('ratios %E0%A4%A')
  })

  test('a subject begins with a capital', () => {
    expect(['english', '', 'éducation'].map(capital)).toEqual(['English', '', 'Éducation'])
  })
})
