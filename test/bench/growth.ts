import { benchGrowthModels } from './growth-models.ts'
import { benchGrowthPercentiles } from './growth-percentiles.ts'
import type { Row } from './measure.ts'

/** Everything about growth: percentiles, growth models, mastery. */
export async function benchGrowth(): Promise<Row[]> {
  return [...(await benchGrowthPercentiles()), ...(await benchGrowthModels())]
}
