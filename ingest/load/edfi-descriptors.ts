import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { invalid, type SourceFile } from './file-set.ts'
import { tableRows } from './table.ts'

/** What the values of descriptors mean to Homeroom: by descriptor and value, both without case. */
export type Descriptors = {
  /** @param uri `uri://ed-fi.org/CalendarEventDescriptor#Holiday`, or the value alone. undefined: no line says */
  meaning: (descriptor: string, uri: string | undefined) => string | undefined
}

/** A district's own lines lie beside its files under this name; they go before ours. */
export const DESCRIPTORS_FILE = 'edfi-descriptors.csv'

const OURS = fileURLToPath(new URL('./edfi-descriptors.csv', import.meta.url))

/**
 * The table that we bring, and the district's: descriptor, value (or the whole URI), meaning.
 * @throws HomeroomError FILE_INVALID if a line of the district's lacks one of them
 */
export async function readDescriptors(district: SourceFile | undefined): Promise<Descriptors> {
  const meanings = new Map<string, string>()
  const ours: SourceFile = {
    name: DESCRIPTORS_FILE,
    label: DESCRIPTORS_FILE,
    path: OURS,
    bytes: 0,
    open: async (): Promise<Readable> => createReadStream(OURS),
  }
  for (const file of district === undefined ? [ours] : [ours, district]) {
    for await (const { values, place } of tableRows(file, { required: ['descriptor', 'value', 'meaning'] })) {
      const { descriptor, value, meaning } = values
      if (!descriptor || !value || !meaning) {
        throw invalid(file.label, `lacks a descriptor, a value or a meaning at ${place}`)
      }
      meanings.set(keyOf(descriptor, value), meaning)
    }
  }
  return {
    meaning: (descriptor, uri) =>
      uri === undefined
        ? undefined
        : (meanings.get(keyOf(descriptor, uri)) ?? meanings.get(keyOf(descriptor, codeOf(uri)))),
  }
}

/** `Holiday` of `uri://ed-fi.org/CalendarEventDescriptor#Holiday`. */
export const codeOf = (uri: string): string => uri.slice(uri.lastIndexOf('#') + 1)

const keyOf = (descriptor: string, value: string): string =>
  `${descriptor.replace(/Descriptor$/, '')}|${value}`.toLowerCase()
