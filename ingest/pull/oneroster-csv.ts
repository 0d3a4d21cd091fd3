import { Readable } from 'node:stream'
import { csvField } from '../../infra/csv.ts'
import type { FileSet, SourceFile } from '../load/file-set.ts'
import { RESOURCES, type Resource } from './oneroster-resources.ts'

export type Item = Record<string, unknown>
/** The objects of a resource that were fetched, page by page, as often as they are asked for. */
export type Fetched = (resource: Resource) => AsyncIterable<Item[]>

/** Stands for an object that was asked for and is not there. */
export const NOTHING = '#nothing'

/** Of an object, only what is read. */
export function kept(resource: Resource, item: unknown): Item {
  if (typeof item !== 'object' || item === null) return {}
  return Object.fromEntries(Object.entries(item).filter(([name]) => Object.hasOwn(resource.columns, name)))
}

/**
 * What was fetched, as the folder of the CSV binding that would say the same: loaded by the one reader of OneRoster that
 * there is, so that a pull and a file can never disagree about what a row means.
 */
export function csvSet(name: string, isDelta: boolean, resources: readonly Resource[], fetched: Fetched): FileSet {
  const files = resources.map(resource => fileOf(name, resource.file, () => csvLines(resource, fetched)))
  const users = resources.find(resource => resource.name === 'users')
  if (users) files.push(fileOf(name, 'roles.csv', () => roleLines(users, fetched)))
  files.push(fileOf(name, 'manifest.csv', () => manifest(isDelta)))
  const byName = new Map(files.map(file => [file.name.toLowerCase(), file]))
  return { name, folder: null, isFolder: true, files: byName, close: async () => undefined }
}

function fileOf(source: string, name: string, lines: () => AsyncIterable<string> | Iterable<string>): SourceFile {
  return {
    name,
    label: name,
    path: `${source}/${name}`,
    bytes: 0,
    open: async () => Readable.from(asBytes(lines()), { objectMode: false }),
  }
}

async function* asBytes(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Buffer> {
  for await (const text of lines) yield Buffer.from(text)
}

function* manifest(isDelta: boolean): Generator<string> {
  yield 'propertyName,value\n'
  const mode = isDelta ? 'delta' : 'bulk'
  for (const { name } of RESOURCES) yield `file.${name},${mode}\n`
}

async function* csvLines(resource: Resource, fetched: Fetched): AsyncGenerator<string> {
  const columns = Object.entries(resource.columns).filter(([, column]) => column !== '')
  yield line(columns.map(([, column]) => column))
  for await (const items of fetched(resource)) {
    const there = items.filter(item => !(NOTHING in item))
    yield there.map(item => line(columns.map(([name]) => fieldOf(name, item[name])))).join('')
  }
}

const ROLES = ['roleType', 'role', 'beginDate', 'endDate']

/** 1.2: the roles of a user, which the CSV binding has in a file of their own. */
async function* roleLines(users: Resource, fetched: Fetched): AsyncGenerator<string> {
  yield line(['sourcedId', 'userSourcedId', ...ROLES, 'orgSourcedId'])
  for await (const items of fetched(users)) {
    for (const { sourcedId, roles } of items) {
      for (const [nth, role] of objectsIn(roles).entries()) {
        const fields = ROLES.map(name => fieldOf(name, role[name]))
        yield line([`${text(sourcedId)}#${nth + 1}`, text(sourcedId), ...fields, fieldOf('org', role.org)])
      }
    }
  }
}

/** A value of the JSON binding as the CSV binding writes it: a reference is its id, several things are a list. */
function fieldOf(name: string, value: unknown): string {
  if (name === 'userIds') return pairs(value, 'type', 'identifier')
  if (name === 'scoreScaleValue') return pairs(value, 'itemValueLHS', 'itemValueRHS')
  if (Array.isArray(value)) return value.map(text).filter(Boolean).join(',')
  return text(value)
}

const pairs = (value: unknown, left: string, right: string): string =>
  objectsIn(value)
    .map(pair => `{${text(pair[left])}:${text(pair[right])}}`)
    .join(',')

const objectsIn = (value: unknown): Item[] =>
  Array.isArray(value) ? value.filter((each): each is Item => typeof each === 'object' && each !== null) : []

function text(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'object' && value !== null && 'sourcedId' in value ? text(value.sourcedId) : ''
}

const line = (fields: readonly string[]): string => fields.map(field => csvField(field)).join(',') + '\n'
