import { z } from 'zod'
import { catalogue, type CatalogueEntry } from '../../schemas/catalogue.ts'
import { tierOf } from '../access.ts'
import type { Visit } from '../pages/parts/visit.ts'
import { isShare } from '../wording.ts'
import { LEAST_N, type Subscription } from './subscriptions.ts'

/** A unit that a reader may subscribe to, with its name. */
export type SeenUnit = Pick<Subscription, 'unit_type' | 'unit_id'> & { name: string }

/** The district and the schools that the reader may see, the own school first. */
export function seenUnits({ reader, schools }: Pick<Visit, 'reader' | 'schools'>): SeenUnit[] {
  const seen = schools.filter(({ id }) => tierOf(reader, { type: 'school', id }) !== 'none')
  const own = seen.filter(({ id }) => reader.scope.schools.includes(id))
  const units = [...own, ...seen.filter(school => !own.includes(school))]
  const ofSchools = units.map(({ id, name }): SeenUnit => ({ unit_type: 'school', unit_id: id, name }))
  if (tierOf(reader, { type: 'district', id: '' }) === 'none') return ofSchools
  const district: SeenUnit = { unit_type: 'district', unit_id: '', name: 'The district' }
  return own.length > 0 ? [...ofSchools, district] : [district, ...ofSchools]
}

/** How forms name a unit. */
export const unitKey = ({ unit_type, unit_id }: Pick<Subscription, 'unit_type' | 'unit_id'>): string =>
  `${unit_type}:${unit_id}`

/** Indicators that can have a threshold: those that are published by the week. */
export const WATCHED: readonly CatalogueEntry[] = catalogue.filter(
  ({ period, units }) => period === 'week' && units.includes('school') && units.includes('district'),
)

export const Address = z.object({ address: z.string().trim().max(254).pipe(z.email()) })

const decimal = z
  .string()
  .trim()
  .regex(/^-?\d{1,7}([.,]\d{1,4})?%?$/)
  .transform(typed => Number(typed.replace(',', '.').replace('%', '')))

const Threshold = z.object({
  unit: z.string().max(600),
  indicator: z.string(),
  direction: z.enum(['below', 'above']),
  /** Of a share in percent. */
  threshold: decimal,
  least_n: z.string().regex(/^\d{1,6}$/).transform(Number).pipe(z.int().min(LEAST_N)), // prettier-ignore
})

export type ThresholdWish = Pick<Subscription, 'unit_type' | 'unit_id' | 'indicator' | 'threshold' | 'least_n'> & {
  direction: 'below' | 'above'
}

/** @returns the wish, or what has to be corrected */
export function thresholdIn(body: unknown, units: readonly SeenUnit[]): ThresholdWish | string {
  const { success, data, error } = Threshold.safeParse(body)
  if (!success) {
    const fields = new Set(error.issues.map(({ path }) => path[0]))
    if (fields.has('threshold')) return 'The threshold is a number, for example 50 or 12.5'
    if (fields.has('least_n')) return `The least number of students is a whole number, ${LEAST_N} or more`
    return 'Choose school, indicator and direction'
  }
  const unit = units.find(one => unitKey(one) === data.unit)
  const entry = WATCHED.find(({ id }) => id === data.indicator)
  if (!unit || !entry) return 'Choose a school and an indicator of the lists'
  const threshold = isShare(entry) ? data.threshold / 100 : data.threshold
  const [least, most] = entry.range
  if (threshold < least || threshold > most)
    return `${entry.name} is between ${isShare(entry) ? `${least * 100} and ${most * 100}%` : `${least} and ${most}`}`
  const { unit_type, unit_id } = unit
  return { unit_type, unit_id, indicator: entry.id, direction: data.direction, threshold, least_n: data.least_n }
}
