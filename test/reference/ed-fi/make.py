"""Excerpt of the Ed-Fi Data Standard's sample district as JSON lines, named as the resources of the Ed-Fi API name them.

python3 make.py "<Ed-Fi-Data-Standard>/Samples/Sample XML" .
"""
import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

source, target = Path(sys.argv[1]), Path(sys.argv[2])
NS = "{http://ed-fi.org/5.2.0}"


def of(file, name):
    return [e for e in ET.parse(source / file).getroot().findall(NS + name)]


def text(element, *path):
    """The first element of the last name, below the first of the names before it, at any depth."""
    for name in path:
        element = next(element.iter(NS + name), None)
        if element is None:
            return None
    return element.text.strip()


def year(element):
    return int(text(element, "SchoolYear")[-4:])


def session(element):
    return {"schoolId": int(text(element, "SchoolId")), "schoolYear": year(element), "sessionName": text(element, "SessionName")}


def section(element):
    reference = next(element.iter(NS + "SectionReference"))
    return {
        "localCourseCode": text(reference, "LocalCourseCode"),
        "schoolId": int(text(reference, "SchoolId")),
        "schoolYear": year(reference),
        "sectionIdentifier": text(reference, "SectionIdentifier"),
        "sessionName": text(reference, "SessionName"),
    }


def student(element):
    return {"studentUniqueId": text(element, "StudentUniqueId")}


def write(name, objects):
    lines = [json.dumps({k: v for k, v in o.items() if v is not None}, ensure_ascii=False) for o in objects]
    (target / f"{name}.jsonl").write_text("\n".join(lines) + "\n")


school_attendance = of("StudentSchoolAttendance.xml", "StudentSchoolAttendanceEvent")[:60]
write("studentSchoolAttendanceEvents", [{
    "schoolReference": {"schoolId": int(text(e, "SchoolReference", "SchoolId"))},
    "sessionReference": session(next(e.iter(NS + "SessionReference"))),
    "studentReference": student(e),
    "attendanceEventCategoryDescriptor": text(e, "AttendanceEventCategory"),
    "eventDate": text(e, "EventDate"),
    "attendanceEventReason": text(e, "AttendanceEventReason"),
    "eventDuration": float(text(e, "EventDuration")) if text(e, "EventDuration") else None,
} for e in school_attendance])

tardies = of("StudentSectionAttendance-Tardy.xml", "StudentSectionAttendanceEvent")[:20]
write("studentSectionAttendanceEvents", [{
    "sectionReference": section(e),
    "studentReference": student(e),
    "attendanceEventCategoryDescriptor": text(e, "AttendanceEventCategory"),
    "eventDate": text(e, "EventDate"),
} for e in tardies])

discipline = "StudentDiscipline.xml"
incidents = {e.get("id"): e for e in of(discipline, "DisciplineIncident")}
write("disciplineIncidents", [{
    "incidentIdentifier": text(e, "IncidentIdentifier"),
    "schoolReference": {"schoolId": int(text(e, "SchoolId"))},
    "behaviors": [{"behaviorDescriptor": b.find(NS + "Behavior").text.strip()} for b in e.findall(NS + "Behavior")],
    "incidentDate": text(e, "IncidentDate"),
    "incidentTime": text(e, "IncidentTime"),
    "incidentLocationDescriptor": text(e, "IncidentLocation"),
} for e in incidents.values()])
associations = of(discipline, "StudentDisciplineIncidentBehaviorAssociation")
write("studentDisciplineIncidentBehaviorAssociations", [{
    "behaviorDescriptor": e.find(NS + "Behavior").text.strip(),
    "disciplineIncidentReference": {
        "incidentIdentifier": text(incidents[e.find(NS + "DisciplineIncidentReference").get("ref")], "IncidentIdentifier"),
        "schoolId": int(text(incidents[e.find(NS + "DisciplineIncidentReference").get("ref")], "SchoolId")),
    },
    "studentReference": student(e),
    "disciplineIncidentParticipationCodes": [{"disciplineIncidentParticipationCodeDescriptor": c.text.strip()} for c in e.findall(NS + "DisciplineIncidentParticipationCode")],
} for e in associations])

write("calendarDates", [{
    "calendarReference": {"calendarCode": text(e, "CalendarCode"), "schoolId": int(text(e, "SchoolId")), "schoolYear": year(e)},
    "date": text(e, "Date"),
    "calendarEvents": [{"calendarEventDescriptor": c.text.strip()} for c in e.findall(NS + "CalendarEvent")],
} for e in of("EducationOrgCalendar.xml", "CalendarDate")])

write("schools", [{
    "schoolId": int(text(e, "SchoolId")),
    "nameOfInstitution": text(e, "NameOfInstitution"),
} for e in of("EducationOrganization.xml", "School")])

sittings = of("StudentAssessment-StateAssessment.xml", "StudentAssessment")[:30]
write("studentAssessments", [{
    "studentAssessmentIdentifier": text(e, "StudentAssessmentIdentifier"),
    "assessmentReference": {"assessmentIdentifier": text(e, "AssessmentReference", "AssessmentIdentifier"), "namespace": text(e, "AssessmentReference", "Namespace")},
    "studentReference": student(e),
    "administrationDate": text(e, "AdministrationDate"),
    "whenAssessedGradeLevelDescriptor": text(e, "WhenAssessedGradeLevel"),
    "scoreResults": [{
        "assessmentReportingMethodDescriptor": text(s, "AssessmentReportingMethod"),
        "result": text(s, "Result"),
        "resultDatatypeTypeDescriptor": text(s, "ResultDatatypeType"),
    } for s in e.findall(NS + "ScoreResult")],
    "performanceLevels": [{
        "assessmentReportingMethodDescriptor": text(p, "AssessmentReportingMethod"),
        "performanceLevelDescriptor": p.find(NS + "PerformanceLevel").text.strip(),
    } for p in e.findall(NS + "PerformanceLevel")],
} for e in sittings])
write("assessments", [{
    "assessmentIdentifier": text(e, "AssessmentIdentifier"),
    "namespace": text(e, "Namespace"),
    "assessmentTitle": text(e, "AssessmentTitle"),
    "academicSubjects": [{"academicSubjectDescriptor": s.text.strip()} for s in e.findall(NS + "AcademicSubject")],
} for e in of("AssessmentMetadata-StateAssessment.xml", "Assessment")])

named = {text(e, "StudentUniqueId") for e in [*school_attendance, *tardies, *associations, *sittings]}
write("students", [{
    "studentUniqueId": text(e, "StudentUniqueId"),
    "birthDate": text(e, "BirthDate"),
    "firstName": text(e, "FirstName"),
    "lastSurname": text(e, "LastSurname"),
} for e in of("Student.xml", "Student") if text(e, "StudentUniqueId") in named])

teaching = of("StaffAssociation.xml", "StaffSectionAssociation")[:20]
write("staffSectionAssociations", [{
    "sectionReference": section(e),
    "staffReference": {"staffUniqueId": text(e, "StaffUniqueId")},
    "beginDate": text(e, "BeginDate"),
    "endDate": text(e, "EndDate"),
    "classroomPositionDescriptor": text(e, "ClassroomPosition"),
} for e in teaching])
teachers = {text(e, "StaffUniqueId") for e in teaching}
write("staffs", [{
    "staffUniqueId": text(e, "StaffUniqueId"),
    "firstName": text(e, "FirstName"),
    "lastSurname": text(e, "LastSurname"),
    "loginId": text(e, "LoginId"),
    "electronicMails": [{"electronicMailAddress": text(m, "ElectronicMailAddress")} for m in e.findall(NS + "ElectronicMail")],
} for e in of("StaffAssociation.xml", "Staff") if text(e, "StaffUniqueId") in teachers])
