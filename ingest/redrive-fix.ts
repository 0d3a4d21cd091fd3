import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from 'zod'
import { HomeroomError } from '../infra/errors.ts'
import { canonical } from './canonical.ts'
import { faultsOf, faultsSentence } from './faults.ts'

const Pointer = z
  .string()
  .regex(/^(?:\/(?:[^/~]|~[01])*)+$/, { error: 'a JSON pointer (RFC 6901), for example /actor/mbox or /grade' })

const Pattern = z.string().refine(isPattern, { error: 'a regular expression' })

const Operation = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('add'), path: Pointer, value: z.unknown() }),
  z.strictObject({ op: z.literal('replace'), path: Pointer, value: z.unknown() }),
  z.strictObject({ op: z.literal('remove'), path: Pointer }),
  z.strictObject({ op: z.literal('move'), from: Pointer, path: Pointer }),
  z.strictObject({ op: z.literal('copy'), from: Pointer, path: Pointer }),
  z.strictObject({ op: z.literal('test'), path: Pointer, value: z.unknown() }),
  /** A text becomes another by a table; one that stands not in it stays. */
  z.strictObject({ op: z.literal('map'), path: Pointer, values: z.record(z.string(), z.unknown()) }),
  /** A text that a regular expression matches becomes another, with `$1` for what its groups hold. */
  z.strictObject({ op: z.literal('rewrite'), path: Pointer, pattern: Pattern, to: z.string() }),
])
const Operations = z.array(Operation).min(1)

/**
 * What is to be changed in the originals of dead letters: the operations of JSON Patch (RFC 6902), and `map` and `rewrite`
 * for texts. In rows of tables the properties are the columns. Where we differ from the RFC: an operation whose place is not there
 * is left out, because letters differ; a `test` that fails leaves the whole letter as it was.
 */
export type Fix = z.infer<typeof Operations>

/** @throws HomeroomError FILE_INVALID naming every fault of the file */
export async function readFix(path: string): Promise<Fix> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new HomeroomError('FILE_INVALID', `${basename(path)} cannot be read. Nothing was redriven`, { cause })
  })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new HomeroomError('FILE_INVALID', `${basename(path)} is not JSON. Nothing was redriven`, { cause })
  }
  const parsed = Operations.safeParse(json)
  if (parsed.success) return parsed.data
  const faults = faultsSentence(faultsOf(parsed.error.issues, json, 0, 'fix'))
  throw new HomeroomError('FILE_INVALID', `${basename(path)}: ${faults}. Nothing was redriven`)
}

/** @returns a changed copy; null if a `test` says that this original is not meant */
export function fixed(original: unknown, fix: Fix): unknown {
  const root = structuredClone(original)
  for (const operation of fix) {
    const place = placeOf(root, operation.path, operation.op === 'add')
    if (operation.op === 'test') {
      if (place === null || canonical(read(place)) !== canonical(operation.value)) return null
    } else if (place !== null || operation.op === 'move' || operation.op === 'copy') change(root, place, operation)
  }
  return root
}

type Container = Record<string, unknown> | unknown[]
type Place = { within: Container; key: string }
type Change = Exclude<Fix[number], { op: 'test' }>

function change(root: unknown, place: Place | null, operation: Change): void {
  switch (operation.op) {
    case 'add':
      return insert(place!, structuredClone(operation.value))
    case 'replace':
      return write(place!, structuredClone(operation.value))
    case 'remove':
      return remove(place!)
    case 'move':
    case 'copy': {
      const from = placeOf(root, operation.from, false)
      if (from === null) return
      const value = structuredClone(read(from))
      const to = placeOf(root, operation.path, true)
      if (to === null) return
      if (operation.op === 'move') remove(from)
      return insert(to, value)
    }
    case 'map': {
      const value = read(place!)
      if (typeof value === 'string' && Object.hasOwn(operation.values, value))
        write(place!, structuredClone(operation.values[value]))
      return
    }
    case 'rewrite': {
      const value = read(place!)
      if (typeof value === 'string') write(place!, value.replace(new RegExp(operation.pattern), operation.to))
    }
  }
}

/** Where a pointer leads; null if it leads nowhere. @param toAdd the last step need not be there */
function placeOf(root: unknown, pointer: string, toAdd: boolean): Place | null {
  const steps = pointer
    .slice(1)
    .split('/')
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  let within = root
  for (const step of steps.slice(0, -1)) within = isContainer(within) && has(within, step) ? get(within, step) : null
  const key = steps.at(-1)!
  if (!isContainer(within) || key === '__proto__') return null
  if (has(within, key)) return { within, key }
  const isPlaceToAdd = toAdd && (!Array.isArray(within) || key === '-' || key === String(within.length))
  return isPlaceToAdd ? { within, key } : null
}

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null
const has = (within: Container, key: string): boolean =>
  Array.isArray(within) ? /^(?:0|[1-9]\d*)$/.test(key) && Number(key) < within.length : Object.hasOwn(within, key)
const get = (within: Container, key: string): unknown => (within as Record<string, unknown>)[key]
const read = ({ within, key }: Place): unknown => get(within, key)

function write({ within, key }: Place, value: unknown): void {
  const into = within as Record<string, unknown>
  into[key] = value
}

function insert(place: Place, value: unknown): void {
  const { within, key } = place
  if (!Array.isArray(within)) return write(place, value)
  within.splice(key === '-' ? within.length : Number(key), 0, value)
}

function remove({ within, key }: Place): void {
  if (Array.isArray(within)) within.splice(Number(key), 1)
  else delete within[key]
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}
