import type { Rule } from '../../infra/vocabulary/rules.ts'
import { durationOf } from '../../schemas/formats.ts'
import type { Statement } from '../../schemas/xapi.ts'
import { positiveMs } from './times.ts'

const SEGMENTS = 'https://w3id.org/xapi/video/extensions/played-segments'
const SPEED = 'https://w3id.org/xapi/video/extensions/speed'

/**
 * Milliseconds that a statement says were spent, up to the time that it states; undefined if it says none.
 *
 * The rule names the source. A statement that no rule maps keeps what there is, so that a line that comes later can use it.
 */
export function spentMs(statement: Statement, rule: Rule): number | undefined {
  const { result } = statement
  if (result === undefined || rule.duration === 'none') return undefined
  if (rule.duration === 'segment') return lastSegmentMs(statement)
  const segment = rule.kind === 'other' ? lastSegmentMs(statement) : undefined
  return segment ?? (result.duration === undefined ? undefined : positiveMs(durationOf(result.duration)))
}

/**
 * The last of the played segments, `0[.]12.5[,]30[.]47`: those before it were told by earlier statements, and all together
 * are the time of the whole registration. Seconds of the video; at double speed they took half as long.
 * Source: xAPI Video Profile 1.0, 2.5.4.5 and 2.6.2.9
 */
function lastSegmentMs({ result, context }: Statement): number | undefined {
  const segments = result?.extensions?.[SEGMENTS]
  if (typeof segments !== 'string') return undefined
  const [from = '', to = '', ...rest] = (segments.split('[,]').at(-1) ?? '').split('[.]')
  if (rest.length > 0 || !isSeconds(from) || !isSeconds(to)) return undefined
  const seconds = Number(to) - Number(from)
  return positiveMs((seconds * 1000) / speedIn(context?.extensions?.[SPEED]))
}

const isSeconds = (text: string): boolean => /^\s*\d+(?:\.\d+)?\s*$/.test(text)

// `2x`, also of players that leave the x out. Backwards and standing still are no watching at a speed.
function speedIn(said: unknown): number {
  const speed = typeof said === 'number' ? said : typeof said === 'string' ? Number(said.replace(/x$/i, '')) : 1
  return speed > 0 && speed <= 16 ? speed : 1
}
