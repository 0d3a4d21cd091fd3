import { afterEach, beforeEach, expect, test } from 'vitest'
import { recompute, store } from '../helpers/records.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { anEdFiExport, at, CLASS, SECTION, student, type EdFiExport } from './an-edfi-export.ts'

const emptied = emptiedWarehouse()

let edfi: EdFiExport
beforeEach(async () => {
  edfi = await anEdFiExport()
})
afterEach(() => edfi.close())

const absent = {
  attendanceEventCategoryDescriptor: 'uri://ed-fi.org/AttendanceEventCategoryDescriptor#Excused Absence',
}

test('attendance of a section is that of one class, attendance of the school that of the day', async () => {
  await edfi.write('studentSchoolAttendanceEvents.jsonl', {
    ...at,
    ...student('s-1'),
    ...absent,
    eventDate: '2026-02-02',
  })
  await edfi.write('studentSectionAttendanceEvents.jsonl', {
    sectionReference: SECTION,
    ...student('s-1'),
    ...absent,
    eventDate: '2026-02-03',
  })
  expect(await edfi.load()).toMatchObject({ stored: 2, dead: 0 })
  const records = await edfi.ingest.records()
  expect(records.map(({ section }) => section).sort()).toEqual([CLASS, undefined])
  const warehouse = await emptied()
  await store(warehouse, records)
  await recompute(warehouse)
  expect(
    await warehouse.query('select absent_days, class_days, class_absences, classes_taken from student_week final'),
  ).toEqual([{ absent_days: ['2026-02-02'], class_days: ['2026-02-03'], class_absences: [1], classes_taken: [1] }])
})

test('a class is missed whole, however small a part of the day it is', async () => {
  const missed = {
    sectionReference: SECTION,
    ...student('s-1'),
    ...absent,
    eventDate: '2026-02-03',
    eventDuration: 0.14,
  }
  await edfi.write('studentSectionAttendanceEvents.jsonl', missed)
  await edfi.load()
  expect(await edfi.ingest.records()).toMatchObject([{ kind: 'absent', object: 'attendance:excused', section: CLASS }])
})

test('attendance of a section that is not named whole is a dead letter, not an absence of the day', async () => {
  const { sessionName: _, ...part } = SECTION
  await edfi.write('studentSectionAttendanceEvents.jsonl', {
    sectionReference: part,
    ...student('s-1'),
    ...absent,
    eventDate: '2026-02-03',
  })
  const summary = await edfi.load()
  expect(summary).toMatchObject({ stored: 0, dead: 1 })
  expect(summary.faults.first[0]).toMatchObject({ field: 'sectionReference' })
})
