import { Command, Option } from 'commander'
import type { XapiVersion } from '../../schemas/xapi.ts'
import { progress } from './progress.ts'

const VERSIONS: XapiVersion[] = ['1.0.3', '2.0.0']

/** `bench conformance`: ADL's conformance suite for learning record stores against a new, embedded Homeroom. */
export function conformanceCommand(): Command {
  return new Command('conformance')
    .description("run ADL's conformance suite against a new Homeroom; exit code 1 if a case fails")
    .argument('<suite>', 'checkout of adlnet/lrs-conformance-test-suite, in which npm install was run')
    .addOption(new Option('--version <version>', 'of xAPI; default: both, one after the other').choices(VERSIONS))
    .option('--grep <pattern>', 'only the cases whose title, chapters included, matches this regular expression')
    .option('--json', 'print one JSON line; the failures go to stderr')
    .action(async (suite: string, _options: object, command: Command) => {
      // `bench` has a --json of its own, and takes it wherever it stands.
      const options: { version?: XapiVersion; grep?: string; json?: boolean } = command.optsWithGlobals()
      const runs = []
      for (const version of options.version ? [options.version] : VERSIONS)
        runs.push(await run(suite, version, options.grep))
      if (options.json) {
        const line = runs.map(({ version, passed, failed, seconds }) => ({ version, passed, failed, seconds }))
        console.log(JSON.stringify({ runs: line }))
      } else
        console.table(
          runs.map(({ version, total, passed, failed, pending, seconds }) => ({
            version,
            total,
            passed,
            failed,
            pending,
            seconds,
          })),
        )
      const failures = runs.flatMap(({ version, failures }) => failures.map(failure => ({ version, ...failure })))
      const print = options.json ? console.error : console.log
      for (const { version, name, message } of failures) print(`${version} FAILED ${name}\n  ${message}`)
      if (failures.length > 0) process.exitCode = 1
    })
}

async function run(suite: string, version: XapiVersion, grep: string | undefined) {
  // Nobody who runs Homeroom needs the suite's driver.
  const { runConformance } = await import('../../test/bench/conformance.ts')
  let bar: ReturnType<typeof progress> | undefined
  const result = await runConformance({
    suite,
    version,
    grep,
    onProgress: (done, total, failed) => {
      bar ??= progress(`conformance ${version}`, total)
      bar.update(done, `${failed} failed`)
    },
  })
  bar?.end(`${result.passed} passed, ${result.failed} failed`)
  return result
}
