import type { FileSet } from './file-set.ts'
import type { Format } from './format.ts'
import { isRoster, loadRoster } from './oneroster.ts'
import { REQUIRED } from './oneroster-rows.ts'

/** Files of a OneRoster set that are read; the others of the standard are named as not used. */
const READ = new Set(['manifest.csv', ...Object.keys(REQUIRED)])

/** A OneRoster folder or zip: its files are read together, because they refer to each other. */
export const onerosterFormat: Format = {
  name: 'oneroster',
  about: 'a OneRoster CSV folder or zip (with users.csv, orgs.csv …)',
  jobsIn: async (place, left) => {
    const files = new Map(left.map(file => [file.name.toLowerCase(), file]))
    const set: FileSet = { ...place, files }
    if (!place.isFolder || !isRoster(set)) return []
    return [
      {
        stage: 'rosters',
        source: 'roster',
        files: [...files].filter(([name]) => READ.has(name)).map(([, file]) => file),
        load: async (loader, context) => {
          const schools = await loadRoster(set, loader)
          if (schools === null) return
          for (const school of schools) (context.schools ??= new Set()).add(school)
        },
      },
    ]
  },
}
