import { openLog } from '../../infra/log/open-log.ts'

/** Another process on the same log: `append COUNT` (key, number) and exit, or `hold` the group until it is killed. */
const [data, task, count] = process.argv.slice(2) as [string, string, string]
const log = await openLog({ data, district: 'd', kafka: null })

if (task === 'append') {
  for (let i = 0; i < Number(count); i++)
    await log.append('records', [{ key: `key ${i % 9}`, value: `${process.pid} ${i}` }])
  await log.close()
} else {
  const handle = async () => {
    process.stdout.write('holding\n')
    await new Promise(() => {})
  }
  await log.consume({ topic: 'records', group: 'store', handle })
}
