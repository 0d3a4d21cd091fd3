import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vitest/node'

type Node = { type: string } & Record<string, unknown>

/** What tells of a fault: the sentences among its arguments stand in the report. */
const TELLS = new Set(['fault', 'refuse', 'bury', 'bad', 'wrong', 'lacks', 'lose', 'parsed', 'tell'])
const SHORTEST = 12

/**
 * Every sentence that the report may say because of a module: what is given to the functions that tell of faults, and the
 * errors of its schemas. What is put into a sentence as it runs stands for anything.
 * @param path below ingest/, `load/calendar.ts`
 */
export async function sentencesOf(path: string): Promise<RegExp[]> {
  const { program } = await moduleAt(`ingest/${path}`)
  const consts = constsIn(program)
  const found = new Set<string>()
  walk(program, node => {
    if (node.type === 'Property' && nameOf(node.key) === 'error') addTo(found, node.value as Node, consts)
    if (node.type !== 'CallExpression' || !TELLS.has(nameOf(node.callee))) return
    for (const argument of node.arguments as Node[]) addTo(found, argument, consts)
  })
  return [...found].map(pattern => new RegExp(pattern))
}

/** What a schema asks of a field, if it asks for more than a text that may be missing. */
const CONSTRAINT =
  /\b(?:min|max|enum|int|regex|refine|positive|custom|DateText|Id|Numeric|Role|Text|UserId|ScoreDate|ScoreStatus|status|title)\b/
const MAY_BE_MISSING = /\b(?:optional|default|nullish|unknown)\(/

/**
 * Names of the fields of which a module's schemas ask something.
 * @param path from the root, `schemas/canvas.ts`
 */
export async function fieldsOf(path: string): Promise<string[]> {
  const { program, text } = await moduleAt(path)
  const found = new Set<string>()
  walk(program, node => {
    if (node.type !== 'Property') return
    const value = node.value as Node & { start: number; end: number }
    const schema = text.slice(value.start, value.end)
    if (!/^(?:z\b|(?:DateText|Id|Numeric|Role|Text|UserId|ScoreDate|ScoreStatus|status|title)(?:\.|$))/.test(schema))
      return
    if (CONSTRAINT.test(schema) || !MAY_BE_MISSING.test(schema)) found.add(keyOf(node.key))
  })
  return [...found]
}

const keyOf = (key: unknown): string => {
  const { name, value } = key as { name?: string; value?: string }
  return (name ?? value ?? '').split('.').at(-1)!
}

async function moduleAt(path: string): Promise<{ program: Node; text: string }> {
  const text = await readFile(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')
  return { program: parseAst(text, { lang: 'ts' }) as unknown as Node, text }
}

function addTo(found: Set<string>, argument: Node, consts: ReadonlyMap<string, Node[]>): void {
  const add = (node: Node): void => {
    const pattern = patternOf(node)
    if (pattern !== null) found.add(pattern)
  }
  walk(argument, node => {
    if (node.type === 'Identifier') for (const text of consts.get(node.name as string) ?? []) add(text)
    else add(node)
  })
}

/** A text with a space, as a pattern; null for anything else, and for the place of a fault. */
function patternOf(node: Node): string | null {
  const parts =
    node.type === 'Literal' && typeof node.value === 'string'
      ? [node.value]
      : node.type === 'TemplateLiteral'
        ? (node.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked)
        : []
  const fixed = parts.join('')
  if (fixed.length < SHORTEST || !fixed.includes(' ') || / field /.test(fixed)) return null
  return parts.map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.*')
}

/** Texts that have a name; several functions may use the same one. */
function constsIn(program: Node): Map<string, Node[]> {
  const consts = new Map<string, Node[]>()
  walk(program, node => {
    if (node.type !== 'VariableDeclarator' || patternOf((node.init ?? { type: '' }) as Node) === null) return
    consts.set(nameOf(node.id), [...(consts.get(nameOf(node.id)) ?? []), node.init as Node])
  })
  return consts
}

const nameOf = (node: unknown): string => {
  const { name, property } = node as { name?: string; property?: unknown }
  return name ?? (property === undefined ? '' : nameOf(property))
}

function walk(node: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(node)) for (const each of node) walk(each, visit)
  else if (typeof node === 'object' && node !== null) {
    if ('type' in node && typeof node.type === 'string') visit(node as Node)
    for (const value of Object.values(node)) if (typeof value === 'object') walk(value, visit)
  }
}
