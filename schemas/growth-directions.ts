/**
 * What to say beside a school's mean growth percentile (A2) and its growth on the test's scale against the district's (A4); '' where
 * they point in one direction, or one of them is not known.
 */
export function apart(meanPercentile: number | null, growth: number | null): string {
  if (meanPercentile === null || growth === null || (meanPercentile - 50) * growth >= 0) return ''
  return 'growth percentiles and growth on the scale point in different directions: both are shown, neither is averaged'
}
