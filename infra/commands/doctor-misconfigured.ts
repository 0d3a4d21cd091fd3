import { readSignIn } from '../../dashboards/sign-in/sign-in-settings.ts'
import { PROCESSED_TOPICS } from '../../processors/run.ts'
import { sentenceOf } from '../errors.ts'
import { PROCESSORS_GROUP } from '../log/topics.ts'
import { dataFaults } from './doctor-data.ts'
import { brokerFaults, lookAtBrokers } from './doctor-kafka.ts'
import { machineFaults, machineOf, settingFaults, type Misconfiguration } from './doctor-settings.ts'
import type { Runtime } from './runtime.ts'

type On = Pick<Runtime, 'config' | 'log' | 'warehouse'>

/** Longer than a processor takes for a batch while it is behind. */
const LOOK_AGAIN_MS = 5000
const COLLECTOR_MS = 3000

/**
 * The likeliest misconfigurations, each with its mend; none found is an empty list. A look that itself fails is a finding, and the
 * others go on.
 * @param ready whether log and warehouse answer: else only settings and machine are looked at
 */
export async function misconfigurations(on: On, ready: boolean): Promise<Misconfiguration[]> {
  const { config } = on
  const looks: Record<string, () => Promise<Misconfiguration[]> | Misconfiguration[]> = {
    machine: () => machineFaults(config, machineOf(config)),
    settings: () => settingFaults(config, readSignIn(config.signIn)),
    collector: () => collectorFaults(config.otlp),
    ...(ready && {
      brokers: async () => {
        const brokers = await lookAtBrokers(config)
        return brokers === null ? [] : brokerFaults(brokers)
      },
      processors: () => processorFaults(on),
      data: () => dataFaults(on),
    }),
  }
  const found: Misconfiguration[] = []
  for (const [what, look] of Object.entries(looks)) {
    try {
      found.push(...(await look()))
    } catch (error) {
      found.push({ what, sentence: `${what} could not be looked at: ${sentenceOf(error)}` })
    }
  }
  return found
}

/** Messages wait and nobody takes any: no process has the role `process`, or it cannot go on. */
export async function processorFaults(
  { log }: Pick<Runtime, 'log'>,
  again_ms = LOOK_AGAIN_MS,
): Promise<Misconfiguration[]> {
  const waiting = async () => {
    const positions = await Promise.all(PROCESSED_TOPICS.map(topic => log.positions(topic, PROCESSORS_GROUP)))
    return positions.flat().filter(({ committed, end }) => end > committed)
  }
  const before = await waiting()
  if (before.length === 0) return []
  await new Promise(resolve => setTimeout(resolve, again_ms))
  const placed = new Map(before.map(({ topic, partition, committed }) => [`${topic} ${partition}`, committed]))
  const stuck = (await waiting()).filter(
    ({ topic, partition, committed }) => placed.get(`${topic} ${partition}`) === committed,
  )
  if (stuck.length < before.length) return []
  const messages = stuck.reduce((sum, { committed, end }) => sum + end - committed, 0)
  const sentence = `${messages} messages wait and none was taken within ${again_ms / 1000} s: start homeroom process (or all), and read what it says`
  return [{ what: 'nobody processes', sentence }]
}

async function collectorFaults(otlp: string | null): Promise<Misconfiguration[]> {
  if (otlp === null) return []
  try {
    // Any answer will do: it is there.
    await fetch(`${otlp.replace(/\/$/, '')}/v1/traces`, { method: 'POST', signal: AbortSignal.timeout(COLLECTOR_MS) })
    return []
  } catch {
    const sentence = `HOMEROOM_OTLP names ${otlp}, where no collector answers: traces are thrown away. Correct it, or leave it out`
    return [{ what: 'no collector', sentence }]
  }
}
