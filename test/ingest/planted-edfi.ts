import { at, SECTION, student } from './an-edfi-export.ts'
import { objects, unreadable, type Planted } from './planted.ts'

const LONG = 'x'.repeat(600)
const long = 'a string of 600 characters'
const KIM = student('604822')
const member = 'studentReference.studentUniqueId'
const cut = unreadable('{"a":1', 'an object that is cut off')
const descriptor = (name: string, value: string): string => `uri://ed-fi.org/${name}Descriptor#${value}`

const memberRules: Parameters<typeof objects>[1] = [
  [{ [member]: '' }, member, 'required', ''],
  [{ [member]: '1' }, member, 'reference', 'a string of 1 character'],
  [{ [member]: LONG }, member, 'allowed', long],
]

const ASSESSED = {
  studentAssessmentIdentifier: 'x',
  assessmentReference: { assessmentIdentifier: 'MAP', namespace: 'uri://n' },
  schoolYearTypeReference: { schoolYear: 2026 },
  ...KIM,
  administrationDate: '2025-09-16',
  reportedSchoolReference: { schoolId: 255901001 },
  scoreResults: [
    { assessmentReportingMethodDescriptor: descriptor('AssessmentReportingMethod', 'Scale score'), result: '200' },
  ],
}

/** Every resource, and every rule that its objects can break. */
export const EDFI: Planted = {
  name: 'resources of Ed-Fi',
  files: {
    'schools.jsonl': objects(
      { schoolId: 255901001, nameOfInstitution: 'Oak' },
      [
        [{ schoolId: undefined }, 'schoolId', 'required', ''],
        [{ nameOfInstitution: undefined }, 'nameOfInstitution', 'required', ''],
        [{ nameOfInstitution: LONG }, 'nameOfInstitution', 'allowed', long],
      ],
      [cut],
    ),
    'students.jsonl': objects(
      { studentUniqueId: '604822', firstName: 'Kim', lastSurname: 'Doe' },
      [
        [{ studentUniqueId: undefined }, 'studentUniqueId', 'required', ''],
        [{ studentUniqueId: '1a', firstName: LONG }, 'firstName', 'allowed', long],
        [{ studentUniqueId: '1b', lastSurname: LONG }, 'lastSurname', 'allowed', long],
      ],
      [cut],
    ),
    'staffs.jsonl': objects(
      { staffUniqueId: '207219', firstName: 'T', lastSurname: 'E', loginId: 't' },
      [
        [{ staffUniqueId: undefined }, 'staffUniqueId', 'required', ''],
        [{ loginId: LONG }, 'loginId', 'allowed', long],
      ],
      [cut],
    ),
    'studentEducationOrganizationAssociations.jsonl': [JSON.stringify(KIM), cut],
    'studentSchoolAssociations.jsonl': objects(
      { ...KIM, ...at, entryDate: '2025-09-01', exitWithdrawDate: '2026-06-01' },
      [
        ...memberRules,
        [{ 'schoolReference.schoolId': undefined }, 'schoolReference.schoolId', 'required', ''],
        [{ 'schoolReference.schoolId': 9 }, 'schoolReference.schoolId', 'reference', 'a string of 1 character'],
        [{ entryDate: '2025-09-31' }, 'entryDate', 'allowed', '"2025-09-31"'],
        [{ exitWithdrawDate: 'June' }, 'exitWithdrawDate', 'allowed', 'a string of 4 characters'],
        [{ exitWithdrawDate: '2025-08-01' }, 'exitWithdrawDate', 'order', '"2025-08-01"'],
      ],
      [cut],
    ),
    'studentSectionAssociations.jsonl': objects(
      { ...KIM, sectionReference: SECTION, beginDate: '2025-09-01', endDate: '2026-06-01' },
      [
        ...memberRules,
        [{ 'sectionReference.schoolId': 9 }, 'sectionReference.schoolId', 'reference', 'a string of 1 character'],
        [
          { 'sectionReference.sessionName': undefined },
          'sectionReference',
          'allowed',
          'missing or without a part of its key',
        ],
        [{ beginDate: undefined }, 'beginDate', 'required', ''],
        [{ endDate: '2026-02-30' }, 'endDate', 'allowed', '"2026-02-30"'],
        [{ endDate: '2025-08-01' }, 'endDate', 'order', '"2025-08-01"'],
      ],
      [cut],
    ),
    'staffSectionAssociations.jsonl': objects(
      { staffReference: { staffUniqueId: '207219' }, sectionReference: SECTION, beginDate: '2025-09-01' },
      [
        [{ 'staffReference.staffUniqueId': '' }, 'staffReference.staffUniqueId', 'required', ''],
        [{ sectionReference: undefined }, 'sectionReference', 'allowed', 'missing or without a part of its key'],
        [{ beginDate: '2026-02-30' }, 'beginDate', 'allowed', '"2026-02-30"'],
        [{ endDate: '2026-02-30' }, 'endDate', 'allowed', '"2026-02-30"'],
      ],
      [cut],
    ),
    'calendarDates.jsonl': objects(
      {
        calendarReference: { schoolId: 255901001 },
        date: '2026-01-19',
        calendarEvents: [{ calendarEventDescriptor: descriptor('CalendarEvent', 'Holiday') }],
      },
      [
        [{ date: '2026-02-30' }, 'date', 'allowed', '"2026-02-30"'],
        [{ 'calendarReference.schoolId': undefined }, 'calendarReference.schoolId', 'required', ''],
        [{ 'calendarReference.schoolId': LONG }, 'calendarReference.schoolId', 'allowed', long],
        [{ 'calendarReference.schoolId': 9 }, 'calendarReference.schoolId', 'reference', 'a string of 1 character'],
        [{ calendarEvents: [] }, 'calendarEventDescriptor', 'required', ''],
        [
          { calendarEvents: [{ calendarEventDescriptor: descriptor('CalendarEvent', 'Fair') }] },
          'calendarEventDescriptor',
          'allowed',
          '"uri://ed-fi.org/CalendarEventDescriptor#Fair"',
        ],
        [
          { calendarEvents: [{ calendarEventDescriptor: 'a fair of Kim' }] },
          'calendarEventDescriptor',
          'allowed',
          'a string of 13 characters',
        ],
      ],
      [cut],
    ),
    'assessments.jsonl': [JSON.stringify({ assessmentIdentifier: 'MAP', namespace: 'uri://n' }), cut],
    'studentAssessments.jsonl': objects(
      ASSESSED,
      [
        [{ [member]: undefined }, member, 'required', ''],
        [{ administrationDate: undefined }, 'date', 'required', ''],
        [
          { scoreResults: [{ ...ASSESSED.scoreResults[0], result: 'many' }] },
          'score',
          'allowed',
          'a string of 4 characters',
        ],
      ],
      [cut],
    ),
    'gradingPeriods.jsonl': [JSON.stringify({ ...at, endDate: '2026-01-16' }), cut],
    'grades.jsonl': objects(
      {
        studentSectionAssociationReference: { ...SECTION, studentUniqueId: '604822' },
        gradeTypeDescriptor: descriptor('GradeType', 'Final'),
        numericGradeEarned: 90,
        gradeEarnedDate: '2026-01-16',
        gradingPeriodReference: { gradingPeriodDescriptor: descriptor('GradingPeriod', 'First'), schoolYear: 2026 },
      },
      [
        [{ gradeEarnedDate: undefined }, 'date', 'required', ''],
        [{ gradeTypeDescriptor: undefined }, 'test', 'required', ''],
      ],
      [cut],
    ),
    'studentSchoolAttendanceEvents.jsonl': objects(
      {
        ...KIM,
        ...at,
        eventDate: '2026-02-02',
        attendanceEventCategoryDescriptor: descriptor('AttendanceEventCategory', 'Tardy'),
      },
      [
        [{ eventDate: 'Monday' }, 'at', 'allowed', 'a string of 6 characters'],
        [{ attendanceEventCategoryDescriptor: undefined }, 'attendanceEventCategoryDescriptor', 'required', ''],
        [{ [member]: undefined }, 'participants[0].id', 'required', ''],
      ],
      [cut],
    ),
    'studentSectionAttendanceEvents.jsonl': objects(
      {
        ...KIM,
        sectionReference: SECTION,
        eventDate: '2026-02-02',
        attendanceEventCategoryDescriptor: descriptor('AttendanceEventCategory', 'Tardy'),
      },
      [
        [
          { attendanceEventCategoryDescriptor: descriptor('AttendanceEventCategory', 'Away') },
          'attendanceEventCategoryDescriptor',
          'allowed',
          '"uri://ed-fi.org/AttendanceEventCategoryDescriptor#Away"',
        ],
        [
          { 'sectionReference.sessionName': undefined },
          'sectionReference',
          'allowed',
          'missing or without a part of its key',
        ],
      ],
      [cut],
    ),
    'disciplineIncidents.jsonl': objects(
      { ...at, incidentIdentifier: 'i-1', incidentDate: '2026-02-02' },
      [
        [{ incidentIdentifier: undefined }, 'incidentIdentifier', 'required', ''],
        [{ incidentIdentifier: 'i-2', incidentDate: undefined }, 'incidentDate', 'required', ''],
        [{ 'schoolReference.schoolId': undefined }, 'schoolReference.schoolId', 'required', ''],
      ],
      [cut],
    ),
    'studentDisciplineIncidentBehaviorAssociations.jsonl': objects(
      {
        ...KIM,
        disciplineIncidentReference: { schoolId: 255901001, incidentIdentifier: 'i-1' },
        behaviorDescriptor: descriptor('Behavior', 'Other'),
      },
      [
        [
          { 'disciplineIncidentReference.incidentIdentifier': 'i-9' },
          'disciplineIncidentReference.incidentIdentifier',
          'reference',
          'an incident that disciplineIncidents does not have',
        ],
      ],
      [cut],
    ),
  },
}
