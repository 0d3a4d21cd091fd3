import { Command, InvalidArgumentError } from 'commander'
import { conformanceCommand } from './bench-conformance.ts'
import { fuzzCommand } from './bench-fuzz.ts'

const PARTS = [
  'ingest',
  'ingest-kafka',
  'store',
  'load',
  'growth',
  'connectedness',
  'alarms',
  'engagement',
  'freshness',
  'pages',
  'explorer',
  'access',
  'profile',
  'publish',
  'attack',
  'peers',
  'sizing',
] as const
type Part = (typeof PARTS)[number]
type Options = { seconds: number; peer: string[]; json?: boolean }

/** `bench`: this machine's numbers, as ratios within one run where they can be. */
export function benchCommand(): Command {
  return (
    new Command('bench')
      // What stands behind `conformance` or `fuzz` is for it, also options that both have.
      .enablePositionalOptions()
      .addCommand(conformanceCommand())
      .addCommand(fuzzCommand())
      .description('measure: statements/s, stored records/s with indicators, growth, freshness, pages')
      .argument('[parts...]', `of ${PARTS.join(', ')}; default: all`, partOf)
      .option('--seconds <number>', 'of each measurement', Number, 10)
      .option(
        '--peer <name=url>',
        'for peers: another store on this machine, name=http://user:password@127.0.0.1:port/xapi',
        many,
        [],
      )
      .option('--json', 'print one JSON line')
      .action(async (parts: Part[], options: Options) => {
        const results: Record<string, object[]> = {}
        for (const part of parts.length > 0 ? parts : PARTS) {
          results[part] = await run(part, options)
          if (options.json) continue
          console.log(part)
          console.table(results[part])
        }
        if (options.json) console.log(JSON.stringify(results))
      })
  )
}

/** The measurements live with the tests and are loaded only here: nobody who runs Homeroom needs them. */
async function run(part: Part, { seconds, peer }: Options): Promise<object[]> {
  switch (part) {
    case 'ingest':
      return (await import('../../test/bench/ingest.ts')).benchIngest({ log: 'lmdb', seconds })
    case 'ingest-kafka':
      return (await import('../../test/bench/ingest-kafka.ts')).benchIngestOnKafka(seconds)
    case 'store':
      return (await import('../../test/bench/store.ts')).benchStore()
    case 'load':
      return (await import('../../test/bench/load.ts')).benchLoad()
    case 'growth':
      return (await import('../../test/bench/growth.ts')).benchGrowth()
    case 'engagement':
      return (await import('../../test/bench/engagement.ts')).benchEngagement()
    case 'alarms':
      return (await import('../../test/bench/alarms.ts')).benchAlarms()
    case 'connectedness':
      return (await import('../../test/bench/connectedness.ts')).benchConnectedness()
    case 'freshness':
      return (await import('../../test/bench/freshness.ts')).benchFreshness(seconds)
    case 'pages':
      return (await import('../../test/bench/pages.ts')).benchPages()
    case 'explorer':
      return (await import('../../test/bench/explorer.ts')).benchExplorer()
    case 'publish':
      return (await import('../../test/bench/publish.ts')).benchPublish()
    case 'attack':
      return (await import('../../test/bench/publish.ts')).benchAttack()
    case 'access':
      return (await import('../../test/bench/access.ts')).benchAccess()
    case 'profile':
      return (await import('../../test/bench/profile.ts')).benchProfile()
    case 'sizing':
      return (await import('../../test/bench/sizing.ts')).benchSizing()
    case 'peers':
      return (await import('../../test/bench/peers.ts')).benchPeers({ seconds, peers: peer })
  }
}

const many = (value: string, before: string[]): string[] => [...before, value]

function partOf(value: string, before: Part[] | undefined): Part[] {
  const part = PARTS.find(name => name === value)
  if (!part) throw new InvalidArgumentError(`expected ${PARTS.join(', ')}`)
  return [...(before ?? []), part]
}
