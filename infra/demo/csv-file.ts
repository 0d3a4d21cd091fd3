import { open, type FileHandle } from 'node:fs/promises'
import { csvField } from '../csv.ts'

const FLUSH_CHARACTERS = 1 << 20

/**
 * A CSV file (RFC 4180, LF), or one of other lines, that is written row by row; memory stays bounded as long as `flush` is
 * awaited now and then.
 */
export class CsvFile {
  readonly #file: FileHandle
  #text: string

  private constructor(file: FileHandle, header: string) {
    this.#file = file
    this.#text = header === '' ? '' : header + '\n'
  }

  /** @param header '': a file without one */
  static async create(path: string, header = ''): Promise<CsvFile> {
    return new CsvFile(await open(path, 'w'), header)
  }

  row(...fields: (string | number)[]): void {
    this.line(fields.map(field => csvField(String(field))).join(','))
  }

  line(text: string): void {
    this.#text += text + '\n'
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
