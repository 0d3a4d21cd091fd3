// A process that uses the warehouse of a data folder, for the tests of what several processes do to one engine.
// usage: fork(engine-user.ts, [data]); it says `{ url, pid }` of its engine, answers a message by a query, ends at 'close'.
import { readLock } from '../../infra/warehouse/engine/lock-file.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'

const data = process.argv[2]!
const warehouse = await openWarehouse({ data, district: 'homeroom', clickhouse: null })
process.on('message', message => {
  const answer = message === 'close' ? close() : warehouse.query(message as string).then(rows => process.send!(rows))
  answer.catch((error: unknown) => process.send!({ error: (error as Error).message }))
})
process.send!({ url: warehouse.url, pid: (await readLock(data))?.pid })

async function close(): Promise<void> {
  await warehouse.close()
  process.disconnect()
}
