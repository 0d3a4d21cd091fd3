import type { Study } from '../../processors/research/study.ts'
import type { ResearchDeps } from '../../processors/research/extract.ts'
import { tellAudit } from '../audit.ts'
import type { Runtime } from './runtime.ts'

/** Tell the audit what was done with a study. */
export function tellResearch({ log }: Pick<Runtime, 'log'>, what: string, study: Study): Promise<void> {
  const line = {
    account: '',
    role: 'operator',
    action: 'changed' as const,
    route: 'homeroom research',
    units: [`study:${study.study}`],
    detail:
      `${what}: ${study.study}, version ${study.version}, approved by ${study.approvedBy}, until ${study.endsOn}`.slice(
        0,
        2048,
      ),
  }
  return tellAudit(log, line, new Date())
}

/** The date in a time zone, yyyy-mm-dd. */
export const dayIn = (timeZone: string, now: Date): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now)

export const researchDeps = ({
  warehouse,
  secrets,
  config,
}: Pick<Runtime, 'warehouse' | 'secrets' | 'config'>): ResearchDeps => ({
  warehouse,
  secrets,
  district: config.district,
})
