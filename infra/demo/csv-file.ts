import { open, type FileHandle } from 'node:fs/promises'
import { csvField } from '../csv.ts'

const FLUSH_CHARACTERS = 1 << 20

/** A CSV file (RFC 4180, LF) that is written row by row; memory stays bounded as long as `flush` is awaited now and then. */
export class CsvFile {
  readonly #file: FileHandle
  #text: string

  private constructor(file: FileHandle, header: string) {
    this.#file = file
    this.#text = header + '\n'
  }

  static async create(path: string, header: string): Promise<CsvFile> {
    return new CsvFile(await open(path, 'w'), header)
  }

  row(...fields: (string | number)[]): void {
    this.#text += fields.map(field => csvField(String(field))).join(',') + '\n'
  }

  /** Write out what has gathered, if it is much or `all`. */
  async flush(all = false): Promise<void> {
    if (!all && this.#text.length < FLUSH_CHARACTERS) return
    const text = this.#text
    this.#text = ''
    await this.#file.writeFile(text)
  }

  async close(): Promise<void> {
    await this.flush(true)
    await this.#file.close()
  }
}

/** A whole CSV file from rows. */
export async function writeCsv(path: string, header: string, rows: Iterable<(string | number)[]>): Promise<void> {
  const file = await CsvFile.create(path, header)
  for (const row of rows) {
    file.row(...row)
    await file.flush()
  }
  await file.close()
}
