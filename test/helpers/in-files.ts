import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/**
 * Which files under a folder hold a text in any of the forms in which programs write it: UTF-8, UTF-16 (both orders), base64
 * and base64url in all three alignments, hexadecimal; letters in either case. A pseudonym also as its 32 bytes.
 *
 * An engine writes under another name and renames: a reading during which something vanished may have missed what moved, so
 * it is read again until nothing did.
 *
 * @returns `file: text as form`, sorted
 */
export async function filesWith(folder: string, texts: readonly string[]): Promise<string[]> {
  const needles = texts.flatMap(text => formsOf(text).map(([form, bytes]) => ({ text, form, bytes })))
  for (;;) {
    const found = await reading(folder, needles).catch(vanished)
    if (found) return found.sort()
  }
}

type Needle = { text: string; form: string; bytes: Buffer }

async function reading(folder: string, needles: readonly Needle[]): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const content = await readFile(path)
    for (const { text, form, bytes } of needles)
      if (content.includes(bytes)) found.push(`${relative(folder, path)}: ${text} as ${form}`)
  }
  return found
}

function vanished(fault: NodeJS.ErrnoException): null {
  if (fault.code === 'ENOENT') return null
  throw fault
}

function formsOf(text: string): [form: string, bytes: Buffer][] {
  const words = [...new Set([text, text.toLowerCase(), text.toUpperCase()])]
  const forms = words.flatMap((word): [string, Buffer][] => {
    const bytes = Buffer.from(word)
    return [
      ['utf8', bytes],
      ['utf16le', Buffer.from(word, 'utf16le')],
      ['utf16be', Buffer.from(word, 'utf16le').swap16()],
      ['hex', Buffer.from(bytes.toString('hex'))],
      ['HEX', Buffer.from(bytes.toString('hex').toUpperCase())],
      ...[0, 1, 2].map((shift): [string, Buffer] => [
        `base64+${shift}`,
        Buffer.from(insideBase64(bytes, shift, 'base64')),
      ]),
      ...[0, 1, 2].map((shift): [string, Buffer] => [
        `base64url+${shift}`,
        Buffer.from(insideBase64(bytes, shift, 'base64url')),
      ]),
    ]
  })
  return /^[0-9a-f]{64}$/.test(text) ? [...forms, ['bytes', Buffer.from(text, 'hex')]] : forms
}

/** The characters of the base64 of anything with the bytes at that shift, which depend on the bytes alone. */
function insideBase64(bytes: Buffer, shift: number, encoding: 'base64' | 'base64url'): string {
  const padded = Buffer.concat([Buffer.alloc(shift), bytes])
  const text = padded.toString(encoding).replace(/=+$/, '')
  return text.slice(Math.ceil((shift * 4) / 3), Math.floor((padded.length * 4) / 3))
}
