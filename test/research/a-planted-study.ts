import { planDistrict, type District } from '../../infra/demo/index.ts'
import { planGrowth, schoolYearOf, sittings, WINDOWS, type Growth } from '../../infra/demo/scores.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { scaleOf } from '../../processors/growth/scales.ts'
import { storeTrajectories } from '../../processors/growth/store-trajectories.ts'
import { makeExtract } from '../../processors/research/extract.ts'
import { recordStudy, type Study } from '../../processors/research/study.ts'
import { aPlan, depsOf, NOW, studentHex } from './a-study-district.ts'

/** @property study `growth` of the district `d1`, under the keys of `SECRETS` */
export type PlantedStudy = { plan: District; planted: Growth; study: Study }

const WEEKS = 16

/**
 * The demo district of 24 schools with its planted scores, who is met by an adult as planted, and the extract of a study of it. Between school
 * and growth something is planted, between contact, work or gender and growth nothing.
 */
export async function aPlantedStudy(warehouse: Warehouse): Promise<PlantedStudy> {
  const plan = planDistrict({ size: 'district', seed: 20_261_122, timeZone: 'America/New_York' })
  const planted = planGrowth(plan)
  await plantStudents(warehouse, plan, planted)
  const measure = { test: 'benchmark', subject: 'Mathematics' }
  await storeTrajectories(warehouse, measure, { district: 'd1', scale: scaleOf('benchmark'), computed: '1' })
  const study = await makeExtract(depsOf(warehouse), await recordStudy(warehouse, aPlan('growth'), NOW), NOW)
  return { plan, planted, study }
}

async function plantStudents(warehouse: Warehouse, plan: District, planted: Growth): Promise<void> {
  const { students, schools } = plan
  await warehouse.command(
    'create table planted (at UInt32, id String, school String, grade String, met UInt8, minutes Float64) engine = Memory',
  )
  await warehouse.command(
    'create table sat (at UInt32, occasion UInt8, window String, day Date, score Float64, grade String) engine = Memory',
  )
  await warehouse.insert(
    'planted',
    Array.from({ length: students.count }, (_, at) => ({
      at,
      id: studentHex(at),
      school: schools[students.school[at]!]!.id,
      grade: String(students.grade[at]).padStart(2, '0'),
      met: Number(students.contactRate[at]! >= 0.35),
      minutes: Math.exp(students.base[at]!),
    })),
  )
  const scores = [...sittings(plan, planted)].map(({ student, occasion, date, score, grade }) => ({
    at: student,
    occasion,
    window: `${schoolYearOf(occasion)} ${WINDOWS[occasion % 3]!}`,
    day: date,
    score,
    grade: String(grade),
  }))
  for (let from = 0; from < scores.length; from += 20_000)
    await warehouse.insert('sat', scores.slice(from, from + 20_000))
  for (const statement of PLANTED) await warehouse.command(statement, { weeks: WEEKS })
}

const PLANTED = [
  `insert into persons (person_id, role, grade, groups, source, ver)
   select unhex(id), 'student', grade, toJSONString(map('sex', if(cityHash64(at, 'sex') % 2 = 0, 'female', 'male'))), 'sis', 1 from planted`,
  `insert into window_scores (test, subject, window, student_id, window_begin, grade, day, score, school_id, sittings, stored_at, computed)
   select 'benchmark', 'Mathematics', s.window, unhex(p.id), min(s.day) over (partition by s.window), s.grade, s.day, s.score, p.school, 1, now64(3), 1
   from sat as s inner join planted as p on p.at = s.at`,
  `insert into student_connectedness (week, student_id, school_id, grade, sustained, peer_ties, connected_share, adults_known, peers_known, computed)
   select toDate('2025-09-01') + 7 * w, unhex(id), school, grade, met, cityHash64(at, w) % 5, (cityHash64(at, w, 'c') % 6) / 5, true, true, 1
   from planted array join range({weeks:UInt32}) as w`,
  `insert into student_engagement (week, student_id, grade, school_id, school_days, active_share, effort_minutes, computed)
   select toDate('2025-09-01') + 7 * w, unhex(id), grade, school, 5, 1, minutes * (0.7 + (cityHash64(at, w, 'm') % 600) / 1000), 1
   from planted array join range({weeks:UInt32}) as w`,
]
