import { describe, expect, test } from 'vitest'
import { dayAt, schoolYear } from '../../infra/demo/calendar.ts'
import { planDistrict } from '../../infra/demo/district.ts'
import { studentDays, schoolOn } from '../../infra/demo/district.ts'
import { planEffort, weeklyMinutes } from '../../infra/demo/effort.ts'
import { Random, uuid } from '../../infra/demo/random.ts'
import { isUuid } from '../../schemas/formats.ts'

const timeZone = 'America/New_York'
const small = planDistrict({ size: 'small', seed: 20261122, timeZone })
const share = (list: ArrayLike<number>, is: (value: number) => boolean) =>
  Array.from(list).filter(is).length / list.length
const mean = (list: ArrayLike<number>) => Array.from(list).reduce((sum, x) => sum + x, 0) / list.length
const sd = (list: ArrayLike<number>) => {
  const middle = mean(list)
  return Math.sqrt(mean(Array.from(list, x => (x - middle) ** 2)))
}

describe('random numbers', () => {
  test('a stream depends on its name only, not on what was drawn before', () => {
    const fresh = new Random().restart(7, 1, 2, 3)
    const used = new Random().restart(9, 9, 9, 9)
    for (let i = 0; i < 100; i++) used.bits()
    used.restart(7, 1, 2, 3)
    expect(Array.from({ length: 5 }, () => used.bits())).toEqual(Array.from({ length: 5 }, () => fresh.bits()))
  })

  test('the numbers of a seed never change', () => {
    const random = new Random().restart(20261122, 1, 2, 3)
    expect([random.bits(), random.bits(), random.bits()]).toEqual([3647371877, 154158675, 2891365593])
  })

  test('100,000 neighbouring streams begin with distinct UUIDs', () => {
    const random = new Random()
    const ids = new Set(Array.from({ length: 100_000 }, (_, i) => uuid(random.restart(1, 21, i >> 10, i & 1023))))
    expect(ids.size).toBe(100_000)
    expect([...ids].slice(0, 100).every(isUuid)).toBe(true)
  })

  test.each([0.05, 0.7, 3, 9.9, 10, 33, 110, 600])('Poisson draws with mean %d have that mean and variance', rate => {
    const random = new Random().restart(1, 2, 3, rate)
    const draws = Float64Array.from({ length: 40_000 }, () => random.poisson(rate))
    expect(Math.abs(mean(draws) - rate)).toBeLessThan(4 * Math.sqrt(rate / 40_000))
    expect(sd(draws) ** 2 / rate).toBeGreaterThan(0.95)
    expect(sd(draws) ** 2 / rate).toBeLessThan(1.05)
  })

  test('normal draws have the mean and standard deviation asked for', () => {
    const random = new Random().restart(1, 2, 3, 4)
    const draws = Float64Array.from({ length: 40_000 }, () => random.normal(5, 2))
    expect(mean(draws)).toBeCloseTo(5, 1)
    expect(sd(draws)).toBeCloseTo(2, 1)
  })
})

describe('the school year', () => {
  test('it has 39 weeks with school and three closed ones, and three holiday weeks that are open', () => {
    const { open, holiday, openWeeks, dates } = schoolYear(timeZone)
    expect(openWeeks).toHaveLength(39)
    expect(dates.filter((_, day) => day % 7 === 0 && !open[day / 7])).toEqual([
      '2025-12-22',
      '2025-12-29',
      '2026-04-06',
    ])
    expect(holiday.flatMap((is, week) => (is ? [open[week]] : []))).toEqual([true, true, true])
  })

  test.each(['America/New_York', 'UTC', 'Pacific/Auckland', 'Asia/Kolkata'])(
    'between 4:00 and 23:00 an instant lies on its local day, also around changes of summer time (%s)',
    zone => {
      const year = schoolYear(zone)
      const local = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
      const wrong: string[] = []
      for (let ms = Date.parse('2025-08-27T00:00:00Z'); ms < Date.parse('2026-06-13T00:00:00Z'); ms += 5_400_000) {
        // On the night of a change, midnight by the offset at noon is an hour off; nothing is planted in those hours.
        const [date, time] = local.format(ms).split(' ') as [string, string]
        if (time >= '04' && time < '23' && year.dates[dayAt(year, ms)] !== date) wrong.push(`${date} ${time}`)
      }
      expect(wrong).toEqual([])
    },
  )
})

describe('the small district', () => {
  test('it has at least 2,400 students in 6 schools and four grades, at least 400 in each, grade 12 among them', () => {
    const { students, schools } = small
    expect(students.count).toBeGreaterThanOrEqual(2400)
    expect(schools).toHaveLength(6)
    const byGrade = Map.groupBy(Array.from(students.grade), grade => grade)
    expect([...byGrade.keys()].sort((a, b) => a - b)).toEqual([9, 10, 11, 12])
    for (const list of byGrade.values()) expect(list.length).toBeGreaterThanOrEqual(400)
  })

  test('one school is so small that its values are only shown shrunken', () => {
    expect(Math.min(...small.schools.map(school => school.size))).toBe(17)
  })

  test('advisories have about 18 students of one school, and every student has one', () => {
    for (const [advisory, { school }] of small.advisories.entries()) {
      const members = small.advisees[advisory]!.filter(student => small.advisoryOf[student] === advisory)
      expect(members.length).toBeGreaterThanOrEqual(16)
      expect(members.length).toBeLessThanOrEqual(20)
      expect(members.every(student => small.students.school[student] === school)).toBe(true)
    }
  })

  test('everyone has a class in each subject, of the own school and grade', () => {
    for (let student = 0; student < small.students.count; student++) {
      for (let subject = 0; subject < 4; subject++) {
        const section = small.sections[small.sectionOf[student * 4 + subject]!]!
        expect([section.school, section.grade, section.subject]).toEqual([
          small.students.school[student],
          small.students.grade[student],
          subject,
        ])
      }
    }
  })
})

describe('planted shares', () => {
  const large = planDistrict({ size: 30_000, seed: 3, timeZone })
  const { students, moves, ties } = large

  test('usual weekly minutes are lognormal with median 110 and sigma .45, schools and grades included', () => {
    expect(Math.exp(mean(students.base))).toBeGreaterThan(105)
    expect(Math.exp(mean(students.base))).toBeLessThan(115)
    expect(sd(students.base)).toBeCloseTo(0.45, 1)
  })

  test('6 % disengage, in the 13th to 29th week with school', () => {
    expect(share(students.dropWeek, week => week >= 0)).toBeCloseTo(0.06, 2)
    const { openWeeks } = large.year
    const numbers = Array.from(students.dropWeek, week => openWeeks.indexOf(week)).filter(number => number >= 0)
    expect([Math.min(...numbers), Math.max(...numbers)]).toEqual([12, 28])
  })

  test('10 % are rarely met by their adviser, the others .35 to 1.2 times a week', () => {
    expect(share(students.contactRate, rate => rate === 0.05)).toBeCloseTo(0.1, 2)
    const met = Array.from(students.contactRate).filter(rate => rate !== 0.05)
    expect(Math.min(...met)).toBeGreaterThanOrEqual(0.35)
    expect(Math.max(...met)).toBeLessThan(1.2)
  })

  test('4 % move once to another school that has their grade, half of them on a Wednesday', () => {
    expect(moves.length / students.count).toBeCloseTo(0.04, 2)
    expect(moves.filter(move => move.day % 7 === 2).length / moves.length).toBeCloseTo(0.5, 1)
    for (const { student, school, day } of moves) {
      expect(school).not.toBe(students.school[student])
      expect(large.schools[school]!.grades).toContain(students.grade[student])
      expect(schoolOn(large, student, day - 1)).toBe(students.school[student])
      expect(schoolOn(large, student, day)).toBe(school)
    }
  })

  test('ties join students of one school, within a band as much more often as planted, and no isolate has one', () => {
    let within = 0
    for (let tie = 0; tie < ties.count; tie++) {
      const [a, b] = [ties.a[tie]!, ties.b[tie]!]
      expect(students.isolate[a]! + students.isolate[b]!).toBe(0)
      expect(schoolOn(large, a, ties.from[tie]! * 7)).toBe(schoolOn(large, b, ties.from[tie]! * 7))
      if (students.band[a] === students.band[b]) within++
    }
    expect(share(students.isolate, is => is === 1)).toBeCloseTo(0.05, 2)
    // .25 × .04 against .75 × .012
    expect(within / ties.count).toBeCloseTo(0.01 / 0.019, 1)
    expect((2 * ties.count) / students.count).toBeGreaterThan(4.2)
  })

  test('weekly minutes are Poisson around the planted level, and 1.2 lower in the logarithm after disengaging', () => {
    const week = large.year.openWeeks[30]!
    const { minutes } = planEffort(large, week)
    const level = (student: number) => students.base[student]! + large.weekEffect[week]!
    const all = Array.from(minutes.keys())
    // Poisson noise of about 1/sqrt(110) beside the .28 of the week.
    const residual = all
      .filter(s => students.dropWeek[s] === -1)
      .map(s => Math.log(Math.max(minutes[s]!, 1)) - level(s))
    expect(mean(residual)).toBeCloseTo(0, 1)
    expect(sd(residual)).toBeGreaterThan(0.27)
    expect(sd(residual)).toBeLessThan(0.34)
    const dropped = all.filter(s => students.dropWeek[s]! >= 0).map(s => Math.log(Math.max(minutes[s]!, 1)) - level(s))
    expect(mean(dropped)).toBeCloseTo(-1.2, 1)
  })

  test('project teams are 3 to 5 students, tied to the first of them, in no other team of the project', () => {
    const partners = new Set(Array.from({ length: ties.count }, (_, tie) => `${ties.a[tie]} ${ties.b[tie]}`))
    const areTied = (a: number, b: number) => partners.has(`${a} ${b}`) || partners.has(`${b} ${a}`)
    const seen = new Set<string>()
    for (const { project, students: members } of large.teams.list) {
      expect(members.length).toBeGreaterThanOrEqual(3)
      expect(members.length).toBeLessThanOrEqual(5)
      expect(members.slice(1).filter(one => !areTied(members[0]!, one))).toEqual([])
      for (const one of members) expect(seen.size).toBeLessThan(seen.add(`${project} ${one}`).size)
    }
    expect(share(Uint8Array.from(large.teams.list, team => Number(team.choice === 'chosen')), is => is === 1)).toBeCloseTo(0.5, 1) // prettier-ignore
  })

  test('small groups and mentors have only students whom their adviser meets, and who neither move nor are isolates', () => {
    const grouped = large.smallGroups.flatMap(group => group.students)
    const helped = [...grouped, ...large.mentors.flatMap(mentor => mentor.students)]
    const moving = new Set(moves.map(move => move.student))
    expect(grouped.length).toBeGreaterThan(1000)
    expect(helped.filter(student => students.contactRate[student]! < 0.35 || moving.has(student))).toEqual([])
    expect(grouped.filter(student => students.isolate[student] === 1)).toEqual([])
    expect(large.mentors.flatMap(mentor => mentor.students).length / students.count).toBeCloseTo(0.052, 2)
  })

  test('7 % are often absent, and of those who disengage three of ten from then on', () => {
    const { rate, laterRate } = large.attendance
    expect(share(rate, chance => chance > 0.12)).toBeCloseTo(0.07, 2)
    expect(mean(Array.from(rate).filter(chance => chance <= 0.12))).toBeCloseTo(0.044, 2)
    const dropped = Array.from(rate.keys()).filter(s => students.dropWeek[s]! >= 0)
    expect(dropped.filter(s => laterRate[s]! > rate[s]!).length / dropped.length).toBeCloseTo(0.3, 1)
    const others = Array.from(rate.keys()).filter(s => students.dropWeek[s]! < 0)
    expect(others.filter(s => laterRate[s] !== rate[s])).toEqual([])
  })

  test('few students have most of the referrals, at most one a day', () => {
    const days = large.referrals.map(({ student, day }) => `${student} ${day}`)
    expect(new Set(days).size).toBe(days.length)
    expect(days.length / students.count).toBeCloseTo(0.41, 1)
    const counts = [...Map.groupBy(large.referrals, r => r.student).values()]
      .map(list => list.length)
      .sort((a, b) => b - a)
    const most = counts.slice(0, Math.round(students.count / 20)).reduce((sum, n) => sum + n, 0)
    expect(most / days.length).toBeGreaterThan(0.4)
  })

  test('another drop changes the minutes of those who have disengaged, and of nobody else', () => {
    const week = large.year.openWeeks[30]!
    const [planted, smaller] = [weeklyMinutes(large, week), weeklyMinutes(large, week, 0.4)]
    expect(planted).toEqual(planEffort(large, week).minutes)
    const changed = Array.from(planted.keys()).filter(s => planted[s] !== smaller[s])
    expect(changed.filter(s => students.dropWeek[s]! < 0 || students.dropWeek[s]! > week)).toEqual([])
    expect(changed.length).toBeGreaterThan(1000)
  })

  test('nobody works in a closed week', () => {
    const closed = large.year.open.indexOf(false)
    const effort = planEffort(large, closed)
    expect([Math.max(...effort.minutes), effort.sessions.length, effort.collaborations.length]).toEqual([0, 0, 0])
  })

  test('a student who moves within a week has the school days of the old school before and of the new one after', () => {
    const move = moves.find(({ day }) => day % 7 === 2)!
    const week = Math.floor(move.day / 7)
    const days = studentDays(large, move.student, week)
    expect(days & 0b11).toBe(large.schoolDays(students.school[move.student]!, week) & 0b11)
    expect(days & 0b11100).toBe(large.schoolDays(move.school, week) & 0b11100)
  })
})

describe('sizes', () => {
  test('a district has 24 schools with 14, 38 and about 280 students, and grades 3 to 12', () => {
    const { schools, students } = planDistrict({ size: 'district', seed: 20261122, timeZone })
    expect(schools).toHaveLength(24)
    expect(schools.slice(0, 2).map(school => school.size)).toEqual([14, 38])
    expect(students.count).toBeGreaterThan(5500)
    expect(students.count).toBeLessThan(8000)
    expect(new Set(students.grade)).toEqual(new Set([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]))
  })

  test.each([20, 299, 1000, 12_345])('a number of students gives exactly that many (%d)', size => {
    expect(planDistrict({ size, seed: 1, timeZone }).students.count).toBe(size)
  })

  test.each([0, 19, 1.5, Number.NaN, 2_000_000])('%d students are refused', size => {
    expect(() => planDistrict({ size, seed: 1, timeZone })).toThrow(/expected small, district or a whole number/)
  })
})
