import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'

/** A zip of texts, by name. */
export async function zip(path: string, files: Record<string, string>): Promise<void> {
  const file = new ZipFile()
  for (const [name, text] of Object.entries(files)) file.addBuffer(Buffer.from(text), name)
  file.end()
  await pipeline(file.outputStream, createWriteStream(path))
}
