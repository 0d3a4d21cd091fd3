import { Command } from 'commander'
import { computeGrowthCommand } from './compute-growth.ts'
import { computeMasteryCommand } from './compute-mastery.ts'
import { computeScaleCommand } from './compute-scale.ts'
import { computeNetworkCommand } from './compute-network.ts'
import { computeSgpCommand } from './compute-sgp.ts'

/** `compute`: the numerics of Homeroom on anyone's table, for studies and for checking them. No warehouse is needed. */
export function computeCommand(): Command {
  return new Command('compute')
    .description('compute something of a CSV or TSV file, by the code that computes the indicators; stores nothing')
    .addCommand(computeSgpCommand())
    .addCommand(computeGrowthCommand())
    .addCommand(computeMasteryCommand())
    .addCommand(computeNetworkCommand())
    .addCommand(computeScaleCommand())
}
