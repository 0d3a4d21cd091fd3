import { loadEdFiCalendar } from './edfi-calendar.ts'
import { DESCRIPTORS_FILE, readDescriptors } from './edfi-descriptors.ts'
import { loadEdFiEvents } from './edfi-events.ts'
import { EDFI_STAGES, edfiSet, type EdFiResource, type EdFiStage } from './edfi-objects.ts'
import { loadEdFiRoster } from './edfi-roster.ts'
import { loadEdFiScores } from './edfi-scores.ts'
import type { Format, Job } from './format.ts'
import type { SourceFile } from './file-set.ts'

const STAGES = Object.entries(EDFI_STAGES) as [EdFiStage, readonly EdFiResource[]][]

/** Resources of an Ed-Fi API as JSON lines, a file for each: `students.jsonl`, `studentSchoolAttendanceEvents.jsonl.gz` … */
export const edfiFormat: Format = {
  name: 'ed-fi',
  about: 'Ed-Fi resources as JSON lines (students.jsonl, studentSchoolAttendanceEvents.jsonl …)',
  jobsIn: async (place, left) => {
    const set = edfiSet(place.files.values(), left)
    const table = place.files.get(DESCRIPTORS_FILE)
    const jobs: Job[] = []
    for (const [stage, resources] of STAGES) {
      const files: SourceFile[] = resources.flatMap(resource => set.toLoad.get(resource) ?? [])
      if (files.length === 0) continue
      jobs.push({
        stage,
        source: 'ed-fi',
        files: table === undefined ? files : [...files, table],
        load: async (loader, context) => {
          const descriptors = await readDescriptors(table)
          if (stage === 'rosters') {
            const schools = await loadEdFiRoster(set, descriptors, loader)
            for (const school of schools ?? []) (context.schools ??= new Set()).add(school)
          } else if (stage === 'calendars') await loadEdFiCalendar(set, descriptors, loader, context.schools)
          else if (stage === 'scores') await loadEdFiScores(set, descriptors, loader)
          else await loadEdFiEvents(set, descriptors, loader)
        },
      })
    }
    return jobs
  },
}
