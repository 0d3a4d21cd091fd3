import { openLog } from '../../infra/log/open-log.ts'

/** Appends without end, and writes `round appender append` to stdout after each that was acknowledged. Ends by being killed. */
const [data, round] = process.argv.slice(2) as [string, string]
const log = await openLog({ data, district: 'faults', kafka: null })

await Promise.all(
  Array.from({ length: 4 }, async (_, appender) => {
    for (let append = 0; ; append++) {
      await log.append('records', entriesOf(`${round} ${appender} ${append}`))
      // Written at once (a pipe is synchronous), so that what we said before the kill is read after it.
      process.stdout.write(`${round} ${appender} ${append}\n`)
    }
  }),
)

/** 60 entries over 12 keys, so in every partition; some of a few kilobytes, so that messages span pages. */
export function entriesOf(name: string): { key: string; value: string }[] {
  return Array.from({ length: 60 }, (_, i) => ({
    key: `key ${i % 12}`,
    value: `${name} ${i} ${'x'.repeat(i % 10 === 0 ? 5_000 : 200)}`,
  }))
}
