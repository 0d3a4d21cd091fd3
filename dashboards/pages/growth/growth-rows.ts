import type { GrowthRow } from '../../figures/figures.ts'

/** Growth figures of one unit in one test and subject. */
export type Measured = {
  /** `subject=…,test=…`, which slices end with. */
  by: string
  subject: string
  test: string
  rows: readonly GrowthRow[]
}

/** Figures of growth by test and subject; those without any that can be said are left out. */
export function measuresOf(rows: readonly GrowthRow[]): Measured[] {
  return [...Map.groupBy(rows, ({ slice }) => slice.slice(slice.indexOf('subject=')))]
    .filter(([, of]) => of.some(({ indicator, status }) => status === 'ok' && indicator !== 'mean_score'))
    .map(([by, of]) => ({ by, subject: valueOf(by, 'subject'), test: valueOf(by, 'test'), rows: of }))
}

/** The value of a key in a slice; '' if it has none. */
export const valueOf = (slice: string, key: string): string =>
  slice
    .split(',')
    .find(pair => pair.startsWith(`${key}=`))
    ?.slice(key.length + 1) ?? ''
