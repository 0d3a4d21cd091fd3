import fc from 'fast-check'
import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import { data, points, scaleOf, ticksOf, type Point } from '../../dashboards/charts/series.ts'
import { schoolPanel } from '../../dashboards/charts/school-panel.ts'
import { weeklyTrend } from '../../dashboards/charts/weekly-trend.ts'
import type { FigureRow } from '../../dashboards/figures/figures.ts'
import { addDays } from '../../dashboards/weeks.ts'
import { aFigure, noFigure } from './a-district.ts'

const aLine = (values: (number | null)[]): Point[] =>
  values.map((value, i) => ({
    week: addDays('2026-01-05', 7 * i),
    value,
    lo95: value === null ? null : value - 0.02,
    hi95: value === null ? null : value + 0.02,
    small: false,
  }))

const draw = (line: Point[], label = 'a picture', district?: Point[]) =>
  parseHTML(
    weeklyTrend({
      label,
      line,
      chosen: '2026-01-12',
      scale: scaleOf(true, [line]),
      ...(district && { district, name: 'This school' }),
    }).text,
  ).document

test('a week without a figure breaks line and band', () => {
  const document = draw(aLine([0.6, 0.61, null, 0.62, 0.63]))
  const path = (kind: string): string => document.querySelector(`.own.${kind} path`)!.getAttribute('d')!
  expect(path('curve').match(/M/g)).toHaveLength(2)
  expect(path('band').match(/M/g)).toHaveLength(2)
  expect(path('curve')).not.toContain('NaN')
})

test('a chart is one image with one label, without inline style or inner labels', () => {
  const line = aLine([0.6, 0.61, 0.62])
  for (const drawn of [
    draw(line, 'a <b>"picture"</b>', line),
    parseHTML(schoolPanel({ label: 'a <b>"picture"</b>', line, district: line, scale: scaleOf(true, [line]) }).text)
      .document,
  ]) {
    const svg = drawn.querySelector('svg')!
    expect(svg.getAttribute('role')).toBe('img')
    expect(svg.getAttribute('aria-label')).toBe('a <b>"picture"</b>')
    expect(drawn.querySelectorAll('style, script, [style], b')).toHaveLength(0)
    expect(
      [...svg.querySelectorAll('*')].flatMap(node => [...node.attributes].filter(a => a.name.startsWith('aria-'))),
    ).toEqual([])
  }
})

test('a scale reaches below 0 where a figure does', () => {
  const scale = scaleOf(false, [aLine([-0.3, 0.1, 0.4])])
  expect(scale.bottom).toBeLessThanOrEqual(-0.32)
  expect(scale.top).toBeGreaterThanOrEqual(0.42)
  expect(scaleOf(false, [aLine([-0.3, -0.2])]).bottom).toBeLessThanOrEqual(-0.32)
})

test('two lines carry their names where they end, apart from each other', () => {
  const document = draw(aLine([0.6, 0.61]), 'both', aLine([0.6, 0.611]))
  const names = [...document.querySelectorAll('.name text')].map(
    text => [text.textContent, Number(/,([\d.]+)\)/.exec(text.getAttribute('transform') ?? '')?.[1])] as const,
  )
  expect(names.map(([name]) => name)).toEqual(expect.arrayContaining(['This school', 'District']))
  expect(Math.abs(names[0]![1] - names[1]![1])).toBeGreaterThanOrEqual(13)
})

test('a week between two gaps is drawn as a dot', () => {
  expect(data(aLine([0.6, null, 0.61, null])).map(d => d.alone)).toEqual([true, false, true, false])
})

test('only figures that are ok are drawn; few students are marked', () => {
  const rows: Record<string, FigureRow> = {
    '2026-01-05': aFigure({ n: 12 }) as FigureRow,
    '2026-01-12': noFigure('suppressed') as FigureRow,
  }
  const line = points(['2026-01-05', '2026-01-12', '2026-01-19'], week => rows[week])
  expect(line.map(p => [p.value, p.small])).toEqual([
    [0.64, true],
    [null, false],
    [null, false],
  ])
})

test('a scale holds everything drawn, on round ticks, whatever the figures', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.02, max: 10_000, noNaN: true }), { minLength: 1, maxLength: 30 }),
      values => {
        const line = aLine(values)
        const scale = scaleOf(false, [line])
        const ticks = ticksOf(scale)
        expect(scale.bottom).toBeLessThanOrEqual(Math.min(...line.map(p => p.lo95!)) + 1e-9)
        expect(scale.top).toBeGreaterThanOrEqual(Math.max(...line.map(p => p.hi95!)) - 1e-6)
        expect([ticks[0], ticks.at(-1)]).toEqual([scale.bottom, scale.top])
        expect(ticks.length).toBeGreaterThanOrEqual(3)
        expect(ticks.length).toBeLessThanOrEqual(6)
      },
    ),
    { seed: 7 },
  )
})

test('shares are drawn on steps of 10 or 20 percent, never above 100; nothing to draw still has a scale', () => {
  expect(scaleOf(true, [aLine([0.61, 0.64])])).toEqual({ share: true, bottom: 0.5, top: 0.7, step: 0.1 })
  expect(scaleOf(true, [aLine([0.25, 0.64])])).toEqual({ share: true, bottom: 0.2, top: 0.8, step: 0.2 })
  expect(scaleOf(true, [aLine([0.98])])).toMatchObject({ bottom: 0.8, top: 1 })
  expect(scaleOf(false, [aLine([null])]).top).toBeGreaterThan(0)
})
