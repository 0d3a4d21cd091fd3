import { expect, test } from 'vitest'
import { runLengths } from './run-lengths.ts'

/**
 * Average run lengths of the one-sided EWMA chart with weight .2, from R's package spc: in control the Qs of a
 * self-starting chart are those of a chart with known mean and variance.
 */
const DESIGNS = [
  { limit: 2.586818, weeks: 360, runs: 4000 },
  { limit: 3, weeks: 1128.04, runs: 2000 },
]

test.for(DESIGNS)(
  'between two alarms of an unchanged student are $weeks weeks on average, at a limit of $limit',
  { timeout: 60_000 },
  ({ limit, weeks, runs }) => {
    const { mean, se, censored } = runLengths({ limit, runs, seed: 20261122 })
    expect(censored).toBeLessThan(0.005)
    expect(se).toBeLessThan(weeks / 30)
    expect(Math.abs(mean - weeks)).toBeLessThan(3 * se)
  },
)

test('after a hundred ordinary weeks a drop of two standard deviations is seen as soon as with a known mean', () => {
  // Known mean and variance: 3.80 weeks (spc, limit 3); the hundred weeks that stand for them cost a few per cent.
  const { mean, se } = runLengths({ limit: 3, runs: 1500, seed: 8, shift: 2, before: 100 })
  expect(mean).toBeGreaterThan(3.8 - 3 * se)
  expect(mean).toBeLessThan(3.8 * 1.12 + 3 * se)
})
