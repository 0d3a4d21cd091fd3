import type { Warehouse } from '../infra/warehouse/warehouse.ts'

/** Numbers for `computed`: each above every stored one, also after a restart with the clock set back. */
export class Versions {
  readonly #warehouse: Warehouse
  readonly #tables: readonly string[]
  #given = 0n
  #last: Promise<bigint> | undefined

  /** @param tables whose column `computed` the numbers are for */
  constructor(warehouse: Warehouse, tables: readonly string[]) {
    this.#warehouse = warehouse
    this.#tables = tables
  }

  async next(): Promise<bigint> {
    this.#last ??= this.#lastStored()
    const last = await this.#last
    const now = BigInt(Date.now()) << 10n
    if (this.#given < last) this.#given = last
    this.#given = now > this.#given ? now : this.#given + 1n
    return this.#given
  }

  async #lastStored(): Promise<bigint> {
    const stored = this.#tables.map(table => `(select max(computed) from ${table})`)
    const [row] = await this.#warehouse.query<{ last: string }>(
      `select toString(greatest(${stored.join(', ')})) as last`,
    )
    return BigInt(row?.last ?? 0)
  }
}
