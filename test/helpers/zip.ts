import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'

/** A zip of texts by name; a name may come twice. */
export async function zip(path: string, files: Iterable<readonly [name: string, text: string]>): Promise<void> {
  const file = new ZipFile()
  for (const [name, text] of files) file.addBuffer(Buffer.from(text), name)
  file.end()
  await pipeline(file.outputStream, createWriteStream(path))
}
