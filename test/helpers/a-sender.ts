import { httpSender } from '../../infra/demo/http-sender.ts'
import { uuid5 } from '../../infra/uuid5.ts'
import { until } from './until.ts'

export type Sender = {
  /** Ids of the statements that were answered by a 2xx so far. */
  acknowledged(): readonly string[]
  /** Resolves when `more` further statements are acknowledged. */
  more(more: number): Promise<void>
  /** Resolves when the requests under way are answered. @returns how often a request had to be sent again */
  stop(): Promise<{ retries: number }>
}

type Receiver = { url: string; authorization: string; actors: readonly string[] }

const CONNECTIONS = 4
const BATCH = 25
const MINUTE_MS = 60_000
/** Two weeks of school days in New York. */
const DAYS = ['02', '03', '04', '05', '06', '09', '10', '11', '12', '13']

/**
 * Sends statements without end over four connections, as a careful sender does: what is not answered by a 2xx is sent again
 * unchanged until it is, and only then the next.
 *
 * @param receiver.actors addresses of students, each of whom acts in turn
 */
export function aSender({ url, authorization, actors }: Receiver): Sender {
  const acknowledged: string[] = []
  let [next, retries, stopping] = [0, 0, false]
  const onRetry = () => void retries++
  const sender = httpSender({ url, connections: CONNECTIONS, patienceMs: 3 * MINUTE_MS, onRetry })
  const headers = { authorization, 'content-type': 'application/json', 'x-experience-api-version': '1.0.3' }

  const sendUntilStopped = async (): Promise<void> => {
    while (!stopping) {
      const batch = Array.from({ length: BATCH }, () => statement(next++, actors))
      const { status, text } = await sender.post('/xapi/statements', headers, JSON.stringify(batch))
      if (status !== 200) throw new Error(`a batch was answered by ${status}: ${text}`)
      acknowledged.push(...batch.map(({ id }) => id))
    }
  }
  const sending = Promise.all(Array.from({ length: CONNECTIONS }, sendUntilStopped))
  return {
    acknowledged: () => acknowledged,
    more: more => {
      const enough = acknowledged.length + more
      return Promise.race([
        until(() => acknowledged.length >= enough, `${more} more are acknowledged`, 3 * MINUTE_MS),
        sending.then(() => undefined),
      ])
    },
    async stop() {
      stopping = true
      await sending
      sender.close()
      return { retries }
    },
  }
}

/** The same number always gives the same statement. */
function statement(number: number, actors: readonly string[]) {
  const minute = (number * 7) % 540
  const time = `${String(8 + Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
  const day = DAYS[Math.floor(number / actors.length) % DAYS.length]
  return {
    id: uuid5(`a-sender|${number}`),
    actor: { mbox: `mailto:${actors[number % actors.length]}` },
    verb: { id: 'http://adlnet.gov/expapi/verbs/answered' },
    object: { id: `https://lms.example.org/items/${number % 100}` },
    result: { success: number % 3 > 0, duration: `PT${30 + (number % 90)}S` },
    timestamp: `2026-03-${day}T${time}:00-0${Number(day) < 8 ? 5 : 4}:00`,
  }
}
