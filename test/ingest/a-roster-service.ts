import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HomeroomError } from '../../infra/errors.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { loadFiles } from '../../ingest/load/load.ts'
import type { Timing } from '../../ingest/pull/client.ts'
import { pullOneRosterFrom, type OneRosterDeps, type OneRosterSummary } from '../../ingest/pull/oneroster.ts'
import { sourceNamed } from '../../ingest/pull/source.ts'
import { storeRosters } from '../../processors/store-rosters.ts'
import type { RosterEntry } from '../../schemas/roster.ts'
import { aOneRoster, type Collections, type OneRosterService } from '../helpers/an-oneroster.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

const at = (n: number): { status: string; dateLastModified: string } => ({
  status: 'active',
  dateLastModified: `2026-01-0${n}T08:00:00.000Z`,
})
const to = (type: string, sourcedId: string) => ({ href: `https://sis.example.org/${sourcedId}`, sourcedId, type })

/** A district of one school, as the JSON binding gives it: 1.1 with a role, 1.2 with roles. */
export function aDistrict(version: 'v1p1' | 'v1p2'): Collections {
  const role = (name: string) =>
    version === 'v1p1'
      ? { role: name }
      : {
          roles: [
            { roleType: 'secondary', role: 'aide', org: to('org', 'd-1') },
            { roleType: 'primary', role: name, org: to('org', 'school-1') },
          ],
        }
  return {
    orgs: [
      { sourcedId: 'd-1', ...at(1), name: 'District', type: 'district' },
      { sourcedId: 'school-1', ...at(1), name: 'Oak, "Old" Elementary', type: 'school', parent: to('org', 'd-1') },
    ],
    academicSessions: [
      session('term-1', 'Fall', '2025-08-25', '2026-01-10'),
      session('term-2', 'Spring', '2026-01-10', '2026-06-13'),
    ],
    courses: [{ sourcedId: 'course-1', ...at(1), title: 'Math 9', subjects: ['Mathematics', 'Statistics'] }],
    classes: [
      {
        sourcedId: 'home-1',
        ...at(1),
        title: 'Room of Ms T',
        classCode: 'HR-1',
        classType: 'homeroom',
        grades: ['9'],
        course: to('course', 'course-1'),
        school: to('org', 'school-1'),
        terms: [to('academicSession', 'term-1'), to('academicSession', 'term-2')],
      },
      {
        sourcedId: 'math-1',
        ...at(1),
        title: 'Math',
        classCode: 'M-1',
        classType: 'scheduled',
        grades: ['09'],
        course: to('course', 'course-1'),
        school: to('org', 'school-1'),
        terms: [to('academicSession', 'term-1')],
      },
    ],
    users: [
      {
        sourcedId: 's-1',
        ...at(2),
        ...role('student'),
        username: 'kim',
        userIds: [{ type: 'caliper', identifier: 'https://lms.example.org/users/kim' }],
        enabledUser: true,
        givenName: 'Kim',
        familyName: 'Example\nJr.',
        identifier: '9001',
        email: 'kim@example.org',
        phone: '555-0100',
        grades: ['9'],
        orgs: [to('org', 'school-1')],
      },
      {
        sourcedId: 's-2',
        ...at(2),
        ...role('student'),
        username: 'lee',
        givenName: 'Lee',
        familyName: 'Example',
        grades: ['10'],
        orgs: [to('org', 'school-1')],
      },
      {
        sourcedId: 't-1',
        ...at(2),
        ...role('teacher'),
        username: 'teach',
        givenName: 'Terry',
        familyName: 'Teacher',
        email: 't@example.org',
        orgs: [to('org', 'school-1')],
      },
    ],
    demographics: [{ sourcedId: 's-1', ...at(2), birthDate: '2011-04-01', sex: 'female', asian: 'false', white: true }],
    enrollments: [
      enrolment('e-1', 'home-1', 's-1', 'student', { beginDate: '2025-08-25', endDate: '2026-06-11' }),
      enrolment('e-2', 'home-1', 't-1', 'teacher', { primary: true }),
      enrolment('e-3', 'math-1', 't-1', 'teacher', { primary: true }),
      enrolment('e-4', 'home-1', 's-2', 'student', {}),
    ],
  }
}

function session(sourcedId: string, title: string, startDate: string, endDate: string) {
  return { sourcedId, ...at(1), title, type: 'term', startDate, endDate, schoolYear: '2026' }
}

export function enrolment(sourcedId: string, group: string, user: string, role: string, more: Record<string, unknown>) {
  return {
    sourcedId,
    ...at(3),
    class: to('class', group),
    school: to('org', 'school-1'),
    user: to('user', user),
    role,
    ...more,
  }
}

/** The same district, written by hand as the CSV binding has it. */
export const AS_FILES: Record<string, string> = {
  'orgs.csv':
    'sourcedId,status,dateLastModified,name,type,parentSourcedId\nd-1,,,District,district,\nschool-1,,,"Oak, ""Old"" Elementary",school,d-1\n',
  'academicSessions.csv':
    'sourcedId,title,type,startDate,endDate,schoolYear\nterm-1,Fall,term,2025-08-25,2026-01-10,2026\nterm-2,Spring,term,2026-01-10,2026-06-13,2026\n',
  'courses.csv': 'sourcedId,title,subjects\ncourse-1,Math 9,"Mathematics,Statistics"\n',
  'classes.csv':
    'sourcedId,title,grades,courseSourcedId,classCode,classType,schoolSourcedId,termSourcedIds\nhome-1,Room of Ms T,9,course-1,HR-1,homeroom,school-1,"term-1,term-2"\nmath-1,Math,09,course-1,M-1,scheduled,school-1,term-1\n',
  'users.csv':
    'sourcedId,role,username,userIds,givenName,familyName,identifier,email,grades\ns-1,student,kim,{caliper:https://lms.example.org/users/kim},Kim,"Example\nJr.",9001,kim@example.org,9\ns-2,student,lee,,Lee,Example,,,10\nt-1,teacher,teach,,Terry,Teacher,,t@example.org,\n',
  'demographics.csv': 'sourcedId,sex,asian,white\ns-1,female,false,true\n',
  'enrollments.csv':
    'sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate,endDate\ne-1,home-1,school-1,s-1,student,2025-08-25,2026-06-11\ne-2,home-1,school-1,t-1,teacher,,\ne-3,math-1,school-1,t-1,teacher,,\ne-4,home-1,school-1,s-2,student,,\n',
}

export type RosterPuller = {
  service: OneRosterService
  ingest: Ingest
  warehouse: Warehouse
  pauses: number[]
  /** The clock of this side. */
  goOn: (ms: number) => void
  pull: (more?: Partial<OneRosterDeps>) => Promise<OneRosterSummary>
  /** What was appended since it was last asked, and is stored now. */
  stored: () => Promise<RosterEntry[]>
  close: () => Promise<void>
}

/** One for all tests of a file; of what is in it, a pull looks at enrolments only. */
let shared: Promise<Warehouse> | undefined

/** What pulls the source `sis` into a real log, on a clock of its own. */
export async function aRosterPuller(
  version: 'v1p1' | 'v1p2' = 'v1p2',
  described: Record<string, unknown> = {},
): Promise<RosterPuller> {
  const service = await aOneRoster(aDistrict(version), version)
  const warehouse = await (shared ??= freshWarehouse())
  await warehouse.command('truncate table enrolments')
  const ingest = await startIngest({ warehouse })
  const file = join(ingest.config.data, 'sources.json')
  const { url, tokenUrl } = service
  const source = { kind: 'oneroster', url, tokenUrl, clientId: 'homeroom', clientSecret: 'hush: hush', pageSize: 2 }
  await writeFile(file, JSON.stringify({ sis: { ...source, ...described } }))
  await chmod(file, 0o600)
  const pauses: number[] = []
  let now = NOW
  const timing: Timing = {
    now: () => now,
    random: () => 0.5,
    sleep: async ms => {
      pauses.push(ms)
      now += ms
    },
  }
  const { log, config } = ingest
  let known = 0
  return {
    service,
    ingest,
    warehouse,
    pauses,
    goOn: ms => {
      now += ms
      service.now_ms += ms
    },
    pull: async more => {
      const found = await sourceNamed('sis', file)
      if (found.kind !== 'oneroster') throw new Error('not a OneRoster source')
      return pullOneRosterFrom(found, { log, config, warehouse, secrets: SECRETS, clock: () => now, timing, ...more })()
    },
    stored: async () => {
      const all = await ingest.rosters()
      all.sort((a, b) => (a.storedAt < b.storedAt ? -1 : 1))
      const fresh = all.slice(known)
      known = all.length
      await storeRosters(warehouse, fresh)
      return fresh
    },
    close: async () => {
      await ingest.close()
      await service.close()
    },
  }
}

/** Entries that the same district becomes when it is loaded from files. */
export async function loadedFromFiles(warehouse: Warehouse): Promise<RosterEntry[]> {
  const ingest = await startIngest({ warehouse })
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-csv-'))
  try {
    for (const [name, text] of Object.entries(AS_FILES)) await writeFile(join(folder, name), text)
    await loadFiles([folder], { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => NOW })
    return await ingest.rosters()
  } finally {
    await ingest.close()
    await rm(folder, { recursive: true })
  }
}

/** What entries say, in no order. */
export const said = (entries: readonly RosterEntry[]): string[] =>
  entries.map(entry => JSON.stringify({ ...entry, storedAt: '', source: '' })).sort()

export const only = <T extends RosterEntry['type']>(entries: readonly RosterEntry[], type: T) =>
  entries.filter((entry): entry is Extract<RosterEntry, { type: T }> => entry.type === type)

export async function failure(promise: Promise<unknown>): Promise<HomeroomError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof HomeroomError) return error
  throw error ?? new Error('it did not fail')
}
