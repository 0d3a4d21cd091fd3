import { openLog } from '../../infra/log/open-log.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import { startProcessor } from '../../processors/run.ts'
import { faultyVocabulary } from '../helpers/poison.ts'

/** A processor that dies at once, as by a fault in native code, when it stores a poisonous record. Ends when its parent does. */
const [data, district] = process.argv.slice(2) as [string, string]
const settings = { data, district, kafka: null, clickhouse: null, timeZone: 'America/New_York' }
const vocabulary = faultyVocabulary(() => {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('not reached')
})
const log = await openLog(settings)
const warehouse = await openWarehouse(settings)
await startProcessor({ log, warehouse, config: settings, vocabulary, onError: error => console.error(error) })
process.once('disconnect', () => process.exit(0))
