import { createHash } from 'node:crypto'
import { encrypt, sealingKey } from '../../infra/seal.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'

/** Texts sealed as ingest seals them, with a salt of each person that the identity database has. */
export function sealer(warehouse: Warehouse, { masterSecret }: { masterSecret: Buffer }) {
  return async (person: string, text: string): Promise<string> => {
    const salt = createHash('sha256').update(`salt|${person}`).digest('base64url')
    const id = salt.slice(0, 16)
    await warehouse.command(
      `insert into {identity:Identifier}.salts (salt_id, identifier, salt, ver, deleted)
       select {id:String}, unhex({person:String}), {salt:String}, 1, 0`,
      { id, person, salt },
    )
    return `${id}.${encrypt(sealingKey(masterSecret, salt), text)}`
  }
}
