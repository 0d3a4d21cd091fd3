import type { FileSet } from './file-set.ts'
import type { Format, Job } from './format.ts'
import { isRoster, loadRoster } from './oneroster.ts'
import { REQUIRED } from './oneroster-rows.ts'
import { REQUIRED_SCORES } from './oneroster-score-rows.ts'
import { hasScores, loadScores } from './oneroster-scores.ts'

/** Files of a OneRoster set that are read; the others of the standard are named as not used. */
const READ = new Set(['manifest.csv', ...Object.keys(REQUIRED)])
const READ_SCORES = new Set(['manifest.csv', ...Object.keys(REQUIRED_SCORES)])

/** A OneRoster folder or zip: its files are read together, because they refer to each other. */
export const onerosterFormat: Format = {
  name: 'oneroster',
  about: 'a OneRoster CSV folder or zip (with users.csv, orgs.csv …)',
  jobsIn: async (place, left) => {
    const files = new Map(left.map(file => [file.name.toLowerCase(), file]))
    const set: FileSet = { ...place, files }
    // One file of a set says too little: what it refers to would be refused.
    if (!place.isFolder || place.offered || (!isRoster(set) && !hasScores(set))) return []
    const named = (names: ReadonlySet<string>) => [...files].filter(([name]) => names.has(name)).map(([, file]) => file)
    const rosters: Job = {
      stage: 'rosters',
      source: 'roster',
      files: named(READ),
      load: async (loader, context) => {
        const schools = await loadRoster(set, loader)
        if (schools === null) return
        for (const school of schools) (context.schools ??= new Set()).add(school)
      },
    }
    const scores: Job = {
      stage: 'scores',
      source: 'roster',
      files: named(READ_SCORES),
      load: loader => loadScores(set, loader),
    }
    return [...(isRoster(set) ? [rosters] : []), ...(hasScores(set) ? [scores] : [])]
  },
}
