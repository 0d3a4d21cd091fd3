import { ClickHouseError } from '@clickhouse/client'
import { HomeroomError } from '../errors.ts'

/** Numbers under which ClickHouse says "not now": overload, a lost peer, too many parts, shutting down. */
const NOT_NOW = new Set(['202', '209', '210', '225', '242', '252', '319', '425', '439', '999'])
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET'])
const REFUSED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** refused: the statement never arrived. broken: it may have been done. null: the connection is not the trouble. */
export function connectionFault(error: unknown): 'refused' | 'broken' | null {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (REFUSED.has(code)) return 'refused'
  return BROKEN.has(code) || (error as Error).message === 'socket hang up' ? 'broken' : null
}

/** ClickHouse's answer, or the lack of one, as an error of ours; `what` names the statement. */
export function warehouseError(what: string, error: unknown, trouble: string): HomeroomError {
  if (error instanceof HomeroomError) return error
  if (error instanceof ClickHouseError) {
    const code = NOT_NOW.has(error.code) ? 'WAREHOUSE_UNAVAILABLE' : 'WAREHOUSE_REFUSED'
    return new HomeroomError(code, `${what}: ClickHouse ${error.code} ${error.type}: ${error.message.trim()}`, {
      cause: error,
    })
  }
  const fault = connectionFault(error)
  const seen = { refused: 'nobody answers', broken: 'the connection broke; it may or may not have been done' }
  const said = fault ? seen[fault] : (error as Error).message
  return new HomeroomError('WAREHOUSE_UNAVAILABLE', `${what}: ${said}. ${trouble}`, { cause: error })
}
