import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { SourceFile } from './file-set.ts'

/** How far a file was loaded: everything before `rows` is in the log. */
const Place = z.strictObject({
  rows: z.int().nonnegative(),
  /** Rows about nobody among them, by reason. */
  nobody: z.record(z.string(), z.int().nonnegative()),
  /** Positions, from 0, of the rows that could not be used: they are read again, so that the report has them again. */
  dead: z.array(z.int().nonnegative()),
})
export type Place = z.infer<typeof Place>

/** With more bad rows than this, a file is not resumed: it begins anew. */
export const MAX_DEAD = 10_000

/**
 * Remembers, by content, how far files were loaded: `<folder>/<hash>.json`. The same bytes read in the same way go on
 * where they stopped; bytes or a reading that changed begin anew. The files hold counts only.
 */
export class Places {
  readonly #folder: string | null
  readonly #how: { isForgetful: boolean; isReadOnly: boolean }

  /**
   * @param folder null: nothing is remembered
   * @param how forgetful: every file begins anew; read only: nothing new is remembered
   */
  constructor(folder: string | null, how = { isForgetful: false, isReadOnly: false }) {
    this.#folder = folder
    this.#how = how
  }

  get isOn(): boolean {
    return this.#folder !== null
  }

  /** @param reading everything beside the bytes that decides what the rows become */
  async nameOf(file: SourceFile, reading: unknown): Promise<string> {
    const hash = createHash('sha256')
    for await (const chunk of await file.open()) hash.update(chunk as Buffer)
    return hash.update(`\nv1 ${JSON.stringify(reading)}`).digest('hex')
  }

  async read(name: string): Promise<Place> {
    if (this.#folder === null || this.#how.isForgetful) return start()
    let text: string
    try {
      text = await readFile(join(this.#folder, `${name}.json`), 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return start()
      throw error
    }
    const found = Place.safeParse(jsonOf(text))
    // What cannot be read says nothing, and loading a file anew is harmless.
    return found.success ? found.data : start()
  }

  /** To be called when everything before the place is durable. */
  async write(name: string, place: Place): Promise<void> {
    if (this.#folder === null || this.#how.isReadOnly) return
    await mkdir(this.#folder, { recursive: true })
    const path = join(this.#folder, `${name}.json`)
    await writeFile(`${path}.new`, JSON.stringify(place), { flush: true })
    await rename(`${path}.new`, path)
  }
}

const start = (): Place => ({ rows: 0, nobody: {}, dead: [] })

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
