import { Command } from 'commander'
import { progress } from './progress.ts'

const CASES = 50_000
const SEED = 20260302

type Options = { cases: number; seed: number; json?: boolean }

/** `bench fuzz`: bad input of every kind against a new, embedded Homeroom. */
export function fuzzCommand(): Command {
  return new Command('fuzz')
    .description(
      'send bad input through every door of a new Homeroom; exit code 1 if anything is lost, hangs or is a 5xx',
    )
    .option('--cases <number>', 'how many', Number, CASES)
    .option('--seed <number>', 'the same seed makes the same cases', Number, SEED)
    .option('--json', 'print one JSON line')
    .action(async ({ cases, seed, json }: Options) => {
      // Nobody who runs Homeroom needs it.
      const { fuzzHomeroom } = await import('../../test/bench/fuzz/homeroom.ts')
      const bar = progress('fuzz', cases)
      const { failures, ...result } = await fuzzHomeroom({ cases, seed, onProgress: done => bar.update(done) })
      bar.end(`${failures.length} kinds of failure`)
      if (json) console.log(JSON.stringify({ ...result, failures }))
      else {
        console.table(result.byFamily)
        const { byFamily: _families, ...figures } = result
        console.log(figures)
      }
      for (const { what, wrong, times, seed: from, bytes } of json ? [] : failures)
        console.log(`FAILED ${what}, ${times} times, seed ${from}: ${wrong}\n  ${bytes}`)
      if (failures.length > 0) process.exitCode = 1
    })
}
