import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { readConfig } from '../../infra/config.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { loadFiles } from '../../ingest/load/load.ts'

const SECRETS = {
  pseudonymKey: Buffer.alloc(32, 1),
  masterSecret: Buffer.alloc(32, 2),
  deadLetterSecret: Buffer.alloc(32, 3),
}
const MB = 1024 * 1024
const CHUNK = 1000

export type LoadFigures = {
  what: string
  rows: number
  seconds: number
  'rows/s': number
  'rows/CPU s': number
  'peak MB': number
}

/**
 * Files into the embedded log: interaction rows by a mapping file, a OneRoster bulk of 100,000 students, a delta of 1,000.
 * Peak memory is that of this process, from its start, so that the parts are measured in the order of their size.
 * @param rows interaction rows @param students of the bulk
 */
export async function benchLoad({ rows = 5_000_000, students = 100_000 } = {}): Promise<LoadFigures[]> {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-bench-load-'))
  const config = readConfig({}, { data: join(folder, 'data'), district: 'bench' })
  const log = await openLog(config)
  try {
    await log.createTopics()
    const figures: LoadFigures[] = []
    const measured = async (what: string, path: string): Promise<void> => {
      const began = performance.now()
      const cpu = process.cpuUsage()
      const { read } = await loadFiles([path], { log, config, secrets: SECRETS, places: join(folder, 'places') })
      const seconds = (performance.now() - began) / 1000
      const { user, system } = process.cpuUsage(cpu)
      figures.push({
        what,
        rows: read,
        seconds: Math.round(seconds * 10) / 10,
        'rows/s': Math.round(read / seconds),
        // Of all threads of this process: what a busy machine does not change.
        'rows/CPU s': Math.round((read * 1e6) / (user + system)),
        'peak MB': Math.round(process.resourceUsage().maxRSS / 1024),
      })
    }
    if (rows > 0) await measured('interaction rows by a mapping file', await interactions(join(folder, 'logs'), rows))
    if (students > 0) {
      await measured(`OneRoster bulk, ${students} students`, await roster(join(folder, 'bulk'), 0, students, false))
      await measured('OneRoster delta, 1,000 students', await roster(join(folder, 'delta'), students, 1000, true))
    }
    return figures
  } finally {
    await log.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const MAPPING = {
  source: 'tutoring',
  interactions: [
    {
      files: ['sessions.csv'],
      time: { text: '{ended}' },
      kind: 'met',
      minutes: '{minutes}',
      participants: [
        { id: '{student}', idType: 'sourcedId', role: 'student' },
        { id: '{tutor}', idType: 'email', role: 'tutor' },
      ],
      section: '{course}_{term}',
      naturalKey: ['{id}'],
    },
  ],
}

/** Sessions of 20,000 students with 500 tutors over 36 weeks. */
async function interactions(folder: string, rows: number): Promise<string> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'mapping.json'), JSON.stringify(MAPPING))
  const begin = Date.parse('2025-09-01T14:00:00Z')
  const row = (i: number): string => {
    const ended = new Date(begin + ((i * 4_357_000) % (252 * 86_400_000))).toISOString()
    return `${i},${ended},${5 + (i % 40)},s-${(i * 7919) % 20_000},tutor${i % 500}@example.org,math,fall\n`
  }
  await write(join(folder, 'sessions.csv'), 'id,ended,minutes,student,tutor,course,term', rows, row)
  return folder
}

/** Students with an advisory and five classes each, in 100 schools. */
async function roster(folder: string, from: number, students: number, isDelta: boolean): Promise<string> {
  await mkdir(folder, { recursive: true })
  const kind = isDelta ? 'delta' : 'bulk'
  const manifest = `propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.users,${kind}\n`
  await writeFile(join(folder, 'manifest.csv'), manifest)
  const file = (name: string, header: string, count: number, row: (i: number) => string): Promise<void> =>
    write(join(folder, name), header, count, i => `${row(i)}\n`)
  const status = isDelta ? 'active' : ''
  const schools = 100
  const classes = Math.ceil(students / 25) * 6
  await file(
    'orgs.csv',
    'sourcedId,status,name,type,parentSourcedId',
    isDelta ? 0 : schools,
    i => `o-${i},,School ${i},school,`,
  )
  await file(
    'academicSessions.csv',
    'sourcedId,status,title,type,startDate,endDate,schoolYear',
    isDelta ? 0 : 1,
    () => 'year,,Year,schoolYear,2025-08-25,2026-06-13,2026',
  )
  const classType = (i: number): string => (i % 6 === 0 ? 'homeroom' : 'scheduled')
  await file(
    'classes.csv',
    'sourcedId,status,title,classCode,classType,schoolSourcedId,termSourcedIds,subjects,grades',
    isDelta ? 0 : classes,
    i => `c-${i},,Class ${i},C${i},${classType(i)},o-${i % schools},year,Mathematics,9`,
  )
  await file(
    'users.csv',
    'sourcedId,status,role,username,givenName,familyName,identifier,email,grades',
    students,
    i =>
      `s-${from + i},${status},student,u${from + i},Given${i},Family${i},${900000 + from + i},u${from + i}@example.org,9`,
  )
  await file(
    'enrollments.csv',
    'sourcedId,status,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate,endDate',
    students * 6,
    i => {
      const group = Math.floor(i / 6 / 25) * 6 + (i % 6)
      return `e-${from * 6 + i},${status},c-${group},o-${group % schools},s-${from + Math.floor(i / 6)},student,,`
    },
  )
  return folder
}

async function write(path: string, header: string, count: number, row: (i: number) => string): Promise<void> {
  function* chunks(): Generator<string> {
    yield `${header}\n`
    for (let i = 0; i < count; i += CHUNK) {
      let text = ''
      for (let j = i; j < Math.min(i + CHUNK, count); j++) text += row(j)
      yield text
    }
  }
  await pipeline(Readable.from(chunks(), { highWaterMark: 4 }), createWriteStream(path, { highWaterMark: MB }))
}
