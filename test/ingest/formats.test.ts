import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  durationOf,
  instantOf,
  isDuration,
  isIri,
  isKeepable,
  isLanguageTag,
  isMailto,
  isRfc3339,
  isTimestamp,
  isUuid,
  utcInstant,
  utcTimestamp,
} from '../../schemas/formats.ts'

describe('timestamps', () => {
  test.each([
    ['2026-03-02T14:00:00.000Z', '2026-03-02T14:00:00.000Z'],
    ['2026-03-02T14:00:00Z', '2026-03-02T14:00:00.000Z'],
    ['2026-03-02T14:00Z', '2026-03-02T14:00:00.000Z'],
    ['2026-03-02T09:00:00.5-05:00', '2026-03-02T14:00:00.500Z'],
    ['2026-03-02T09:00:00-05', '2026-03-02T14:00:00.000Z'],
    ['2026-03-02T09:00:00-0500', '2026-03-02T14:00:00.000Z'],
    ['2026-03-02T14:00:00', '2026-03-02T14:00:00.000Z'],
    ['2026-03-02T14:00:00.123456789Z', '2026-03-02T14:00:00.123Z'],
    ['2026-03-02T14:00:00.1234567890123456789Z', '2026-03-02T14:00:00.123Z'],
    ['2024-02-29T00:00:00.000Z', '2024-02-29T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.999Z'],
    ['0099-01-01T00:00:00Z', '0099-01-01T00:00:00.000Z'],
    ['0000-01-01T00:00:00+10:00', '0000-01-01T00:00:00.000Z'],
  ])('%s is the instant %s', (text, instant) => {
    expect(isTimestamp(text)).toBe(true)
    expect(utcInstant(text)).toBe(instant)
  })

  test.each([
    'yesterday',
    '2026-03-02',
    '01/011/2015',
    '2026-02-29T00:00:00.000Z',
    '2026-02-30T00:00:00.000Z',
    '2026-13-01T00:00:00.000Z',
    '2026-04-31T00:00:00Z',
    '2026-03-02T24:00:00Z',
    '2026-03-02T14:60:00.000Z',
    '2008-09-15T15:53:00.601-00',
    '2008-09-15T15:53:00.601-0000',
    '2008-09-15T15:53:00.601-00:00',
    '2026-03-02 14:00:00Z',
    '2026-03-02T14:00:00.Z',
    '',
  ])('%s is no timestamp', text => {
    expect(isTimestamp(text)).toBe(false)
  })

  test('of two digits to many, with Z or a zone of hours and minutes, it is a time of RFC 3339, and so is it in UTC', () => {
    const text = fc
      .tuple(
        fc.date({ min: new Date('1000-01-01'), max: new Date('9999-12-30'), noInvalidDate: true }),
        fc.nat(999_999),
      )
      .chain(([date, fraction]) =>
        fc
          .constantFrom('Z', '+00:00', '+05:30', '-11:00', '', '-05', '+0530', '-00:00')
          .map(zone => `${date.toISOString().slice(0, 19)}.${fraction}${zone}`),
      )
    fc.assert(
      fc.property(text, time => {
        expect(isRfc3339(time)).toBe(/Z$|[+-]\d\d:\d\d$/.test(time) && !time.endsWith('-00:00'))
        if (!isTimestamp(time)) return
        const utc = utcTimestamp(time)
        expect(isRfc3339(utc) && utc.endsWith('Z')).toBe(true)
        expect(instantOf(utc)).toBe(instantOf(time))
        expect(utcTimestamp(utc)).toBe(utc)
      }),
    )
  })

  test('any instant between the years 1000 and 9999 is read as the engine reads it', () => {
    const days = fc.date({
      min: new Date('1000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T00:00:00Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(days, date => {
        const text = date.toISOString()
        expect(instantOf(text)).toBe(date.getTime())
        expect(utcInstant(text)).toBe(text)
        expect(isTimestamp(text.replace(/\.\d+Z$/, '-05:00'))).toBe(true)
      }),
    )
  })
})

describe('durations', () => {
  test.each([
    ['PT1M30S', 90_000],
    ['PT1H0M0.1S', 3_600_100],
    ['PT4H35M59.14S', 16_559_140],
    ['P1D', 86_400_000],
    ['P4W', 28 * 86_400_000],
    ['P0.5D', 43_200_000],
    ['PT0,5S', 500],
    ['P1Y', 365.25 * 86_400_000],
  ])('%s is %d milliseconds', (text, ms) => {
    expect(isDuration(text)).toBe(true)
    expect(durationOf(text)).toBe(ms)
  })

  test.each(['PA1H0M0S', 'P', 'PT', 'P1DT', 'P4W1D', '-PT5M', 'PT1.5H30M', 'PT', '90', 'PT1M30', 'P1S'])(
    '%s is no duration',
    text => {
      expect(isDuration(text)).toBe(false)
      expect(durationOf(text)).toBeNaN()
    },
  )
})

test.each([
  'en',
  'en-US',
  'cmn',
  'zh-Hant',
  'sr-Latn-RS',
  'zh-cmn-Hans-CN',
  'de-CH-1996',
  'es-419',
  'x-private',
  'i-klingon',
  'sl-rozaj-biske',
  'en-a-bbb-x-a',
])('%s is a language tag', tag => {
  expect(isLanguageTag(tag)).toBe(true)
})
test.each(['something', 'en_US', 'a', '', 'en-', 'a12345678', 'zh-z-aaa-z-bbb-c-ccc', 'e1', 'en US'])(
  '%s is no language tag',
  tag => {
    expect(isLanguageTag(tag)).toBe(false)
  },
)

test.each(['http://example.org/a', 'urn:uuid:1', 'mailto:a@b.c', 'tag:x', 'https://ex.org/ä?q#f'])(
  '%s is an IRI',
  iri => {
    expect(isIri(iri)).toBe(true)
  },
)
test.each(['ab=c://should.fail.com', 'answered', '', '/path', 'http:', 'http://a b', 'http://a"b', ':x'])(
  '%s is no IRI',
  iri => {
    expect(isIri(iri)).toBe(false)
  },
)

test('an address needs the scheme mailto and an @', () => {
  expect(['mailto:a@b.c', 'MAILTO:a+b@c'].every(isMailto)).toBe(true)
  expect(['a@b.c', 'mailto:should.fail.com', 'http://a@b', 'mailto:a@b@c', 'mailto: a@b'].some(isMailto)).toBe(false)
})

test('a UUID may have any version and case, not another length or letter', () => {
  expect(
    [
      'fd41c918-b88b-4b20-a0a5-a4c32391aaa0',
      'AA97B177-9383-4934-8543-0F91A7A02836',
      '11111111-1111-1111-1111-111111111111',
    ].every(isUuid),
  ).toBe(true)
  expect(
    [
      'MA97B177-9383-4934-8543-0F91A7A02836',
      'AA97B177-9383-4934-8543-0F91A7A028368',
      'aa97b17793834934854 30f91a7a02836',
      '',
    ].some(isUuid),
  ).toBe(false)
})

test('JSON can be kept if what is read of it can be written again, and it is not too deep', () => {
  const kept = ['1e308', '[[1]]', '{"a":[]}', '"1e999"', 'null', '9007199254740993', '{"__proto__":1}']
  expect(kept.every(text => isKeepable(JSON.parse(text), 2))).toBe(true)
  const lost = ['1e999', '[-1e999]', '{"a":{"b":1e999}}', `{"__proto__":${'9'.repeat(400)}}`, '[[[]]]']
  expect(lost.some(text => isKeepable(JSON.parse(text), 2))).toBe(false)
})
