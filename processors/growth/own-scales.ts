import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import { jsonSetting } from '../../infra/json-setting.ts'
import { scaleOf, type TestScale } from './scales.ts'

/** Scales of tests by `test`, as mapping files name it; null: not known. */
export type Scales = (test: string) => TestScale | null

const Schema = z.record(
  z.string().min(1),
  z
    .strictObject({
      vertical: z.boolean(),
      lowest: z.number(),
      highest: z.number(),
      since: z.iso.date().optional(),
      csem: z.number().positive().optional(),
    })
    .refine(({ lowest, highest }) => lowest < highest, 'expected lowest to be less than highest'),
)
export type OwnScales = Record<string, TestScale>

/**
 * The district's own tests, which Homeroom does not know, or knows differently.
 *
 * @param setting HOMEROOM_TESTS: JSON, or the path of a file with it; null: none
 * @throws HomeroomError CONFIG_INVALID naming each fault
 */
export function ownScales(setting: string | null): OwnScales {
  if (setting === null) return {}
  const parsed = Schema.safeParse(jsonSetting(setting, invalid))
  if (parsed.success) return parsed.data as OwnScales
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'tests'}: ${message}`).join('; ')
  throw invalid(faults)
}

export const scalesWith =
  (own: OwnScales): Scales =>
  test =>
    Object.hasOwn(own, test) ? own[test]! : scaleOf(test)

const invalid = (faults: string, cause?: unknown): HomeroomError =>
  new HomeroomError(
    'CONFIG_INVALID',
    `HOMEROOM_TESTS: ${faults}; expected for example {"own-test": {"vertical": true, "lowest": 0, "highest": 500, "csem": 8}}. Nothing was started`,
    { cause },
  )
