import { exception } from './exception.ts'

/** Lets statements pass, and for a moment only those that write nothing. */
export type Standstill = {
  /** Resolves when the statement may run. @returns to be called when it has ended */
  enter(sql: string): Promise<() => void>
  /**
   * Do something while nothing is written: statements that write wait before, and those that run are waited for.
   * @throws Exception 159 if they take longer than a minute; nothing was done then
   */
  hold<T>(work: () => Promise<T>): Promise<T>
}

const WRITES_END_WITHIN_MS = 60_000

export function standstill(): Standstill {
  let writing = 0
  let allEnded = (): void => undefined
  let held: Promise<void> | null = null

  async function enter(sql: string): Promise<() => void> {
    if (isReading(sql)) return () => undefined
    while (held) await held
    writing++
    return () => {
      writing--
      if (writing === 0) allEnded()
    }
  }

  async function hold<T>(work: () => Promise<T>): Promise<T> {
    while (held) await held
    let open = (): void => undefined
    held = new Promise(resolve => {
      open = resolve
    })
    try {
      if (writing > 0) await ended()
      return await work()
    } finally {
      held = null
      open()
    }
  }

  function ended(): Promise<void> {
    return new Promise((resolve, reject) => {
      const message = `${writing} statements that write have not ended within ${WRITES_END_WITHIN_MS / 1000} s`
      const late = setTimeout(() => reject(exception(159, 'TIMEOUT_EXCEEDED', message)), WRITES_END_WITHIN_MS)
      allEnded = () => {
        clearTimeout(late)
        resolve()
      }
    })
  }

  return { enter, hold }
}

/** Only what surely writes nothing: everything else waits. */
export function isReading(sql: string): boolean {
  const text = sql.replace(/^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/|\()+/, '')
  if (/^(select|show|describe|desc|explain|exists)\b/i.test(text)) return true
  return /^with\b/i.test(text) && !/\binsert\s+into\b/i.test(text)
}
