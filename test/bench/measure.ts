import { readdirSync, readFileSync } from 'node:fs'

/** One line of the bench's table. */
export type Row = {
  what: string
  per_second: number
  seconds: number
  /** CPU seconds of this process and its children during the measurement. */
  cpu_seconds: number
  /** Peak resident memory of this process and its children together, MB. */
  peak_mb: number
  ratio?: number
  ratio_to?: string
  [more: string]: string | number | undefined
}

/** Reading /proc costs a few milliseconds. */
const SAMPLE_MS = 500
const TICKS_PER_SECOND = 100
const PAGE = 4096

/** Run something and say how long, at what cost. @param count of what it did, for the rate */
export async function measured(what: string, count: number, run: () => Promise<unknown>): Promise<Row> {
  let peak = 0
  const sample = () => (peak = Math.max(peak, memoryOf(process.pid)))
  const timer = setInterval(sample, SAMPLE_MS)
  const cpu = cpuOf(process.pid)
  const began = performance.now()
  await run()
  const seconds = (performance.now() - began) / 1000
  sample()
  clearInterval(timer)
  return {
    what,
    per_second: Math.round(count / seconds),
    seconds: round(seconds),
    cpu_seconds: round(cpuOf(process.pid) - cpu),
    peak_mb: Math.round(peak / 1e6),
  }
}

/** Quantile of numbers, by the nearest rank. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN
}

export const round = (value: number): number => Number(value.toPrecision(3))

function familyOf(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const child = Number(name)
    const stat = Number.isInteger(child) ? statOf(child) : null
    if (stat) children.set(stat.parent, [...(children.get(stat.parent) ?? []), child])
  }
  const family = [pid]
  for (const member of family) family.push(...(children.get(member) ?? []))
  return family
}

/** Seconds of CPU that a process, its living children and its ended ones have used. */
export function cpuOf(pid: number): number {
  return familyOf(pid).reduce((sum, member) => sum + (statOf(member)?.cpu ?? 0), 0)
}

export function memoryOf(pid: number): number {
  return familyOf(pid).reduce((sum, member) => sum + (statOf(member)?.memory ?? 0), 0)
}

function statOf(pid: number): { parent: number; cpu: number; memory: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const ticks = (fields[11] ?? 0) + (fields[12] ?? 0) + (fields[13] ?? 0) + (fields[14] ?? 0)
    return { parent: fields[1] ?? 0, cpu: ticks / TICKS_PER_SECOND, memory: (fields[21] ?? 0) * PAGE }
  } catch {
    return null
  }
}
