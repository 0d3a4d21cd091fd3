import type { Status } from '../../schemas/indicator.ts'

/** A figure of growth, or why there is none. `value`, `se`, `lo95`, `hi95` are null unless status is `ok`. */
export type Growth = {
  value: number | null
  se: number | null
  lo95: number | null
  hi95: number | null
  status: Status
  reason: string
}

const Z_975 = 1.959_963_984_540_054

/** @param of with its interval, or with the standard error that the normal one is made from */
export const told = (of: { value: number; se: number; lo95?: number; hi95?: number }, reason = ''): Growth => ({
  value: of.value,
  se: of.se,
  lo95: of.lo95 ?? of.value - Z_975 * of.se,
  hi95: of.hi95 ?? of.value + Z_975 * of.se,
  status: 'ok',
  reason,
})

export const untold = (reason: string, status: Status = 'insufficient'): Growth => ({
  value: null,
  se: null,
  lo95: null,
  hi95: null,
  status,
  reason,
})
