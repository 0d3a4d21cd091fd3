import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { ScoreEntry } from '../../schemas/score.ts'
import {
  aRosterPuller,
  enrolment,
  failure,
  loadedFromFiles,
  only,
  said,
  type RosterPuller,
} from './a-roster-service.ts'
import { SECRETS } from './start-ingest.ts'

const DAY_MS = 86_400_000
const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')

let puller: RosterPuller
beforeEach(async () => {
  puller = await aRosterPuller()
})
afterEach(() => puller.close())

test('what is pulled becomes the same entries as the same district in files', async () => {
  const summary = await puller.pull()
  expect(summary).toMatchObject({ source: 'sis', mode: 'full', dead: 0, ended: 0, notCompared: null, complete: true })
  expect(summary.read).toBe(summary.stored)
  expect(said(await puller.stored())).toEqual(said(await loadedFromFiles(puller.warehouse)))
})

test('1.1, where a user has one role, says the same as 1.2', async () => {
  const v1 = await aRosterPuller('v1p1')
  try {
    expect(await v1.pull()).toMatchObject({ dead: 0, complete: true })
    await puller.pull()
    expect(said(await v1.stored())).toEqual(said(await puller.stored()))
  } finally {
    await v1.close()
  }
})

test('only what is read is asked for, in the order of ids, and nothing of it lies open on the disk meanwhile', async () => {
  let open = ''
  puller.service.onAsked = ({ pathname }) => void (pathname.endsWith('/enrollments') && stop.abort())
  const stop = new AbortController()
  expect(await puller.pull({ signal: stop.signal })).toMatchObject({ complete: false, read: 0 })
  const asked = puller.service.asked.find(({ pathname }) => pathname.endsWith('/users'))!
  expect(asked.searchParams.get('fields')).not.toMatch(/phone|sms|birth|password/)
  expect(Object.fromEntries(asked.searchParams)).toMatchObject({
    limit: '2',
    offset: '0',
    sort: 'sourcedId',
    orderBy: 'asc',
  })
  const folder = join(puller.ingest.config.data, 'pull', 'sis.pages')
  for (const name of await readdir(folder)) open += await readFile(join(folder, name), 'latin1')
  expect(open.length).toBeGreaterThan(500)
  expect(open).not.toMatch(/Kim|kim@|s-1|sourcedId/)
  puller.service.onAsked = () => undefined
  await puller.pull()
  await expect(readdir(folder)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a pull that was cut off goes on behind its last page', async () => {
  const stop = new AbortController()
  puller.service.onAsked = ({ pathname }) => void (pathname.endsWith('/users') && stop.abort())
  await puller.pull({ signal: stop.signal })
  expect(await puller.stored()).toEqual([])
  const before = puller.service.asked.length
  puller.service.onAsked = () => undefined
  expect(await puller.pull()).toMatchObject({ complete: true, dead: 0 })
  const names = puller.service.asked.slice(before).map(({ pathname }) => pathname.split('/').at(-1))
  expect(names.filter(name => ['orgs', 'academicSessions', 'courses', 'classes'].includes(name!))).toEqual([])
  expect(only(await puller.stored(), 'person')).toHaveLength(3)
})

test('a delta asks for what has changed since the last pull began, and stores that and no more', async () => {
  await puller.pull()
  await puller.stored()
  puller.goOn(DAY_MS)
  const { users, enrollments } = puller.service.collections
  const changed = { dateLastModified: new Date(puller.service.now_ms - 60_000).toISOString() }
  users![1] = { ...users![1], ...changed, grades: ['11'] }
  enrollments!.push({ ...enrolment('e-5', 'home-1', 't-1', 'teacher', {}), ...changed })
  enrollments![0] = { ...enrollments![0], ...changed, status: 'tobedeleted' }
  const before = puller.service.asked.length
  expect(await puller.pull()).toMatchObject({ mode: 'delta', dead: 0, ended: 0, duplicate: 5 })
  expect(
    puller.service.asked
      .slice(before)
      .find(({ pathname }) => pathname.endsWith('/users'))!
      .searchParams.get('filter'),
  ).toBe("dateLastModified>='2026-03-02T14:50:00.000Z'")
  const entries = await puller.stored()
  expect(only(entries, 'person')).toMatchObject([{ id: pseudonymise('sourcedId', 's-2'), grade: '11' }])
  expect(
    only(entries, 'enrolment')
      .map(({ id, role, status, begin, end }) => [id, role, status, begin, end])
      .sort(),
  ).toEqual(
    [
      // The class did not change, and still says that its teacher is an adviser, and from when to when.
      [pseudonymise('enrolment', 'e-5'), 'adviser', 'active', '2025-08-25', '2026-06-13'],
      [pseudonymise('enrolment', 'e-1'), 'student', 'deleted', '2025-08-25', '2026-06-11'],
    ].sort(),
  )
})

test('in a delta a changed address costs no groups, and changed groups cost no grade', async () => {
  await puller.pull()
  await puller.stored()
  puller.goOn(DAY_MS)
  const { users, demographics } = puller.service.collections
  const changed = { dateLastModified: new Date(puller.service.now_ms).toISOString() }
  users![0] = { ...users![0], ...changed, email: 'kim.new@example.org' }
  demographics!.push({ sourcedId: 's-2', ...changed, sex: 'male' })
  expect(await puller.pull()).toMatchObject({ mode: 'delta', dead: 0 })
  expect(
    only(await puller.stored(), 'person')
      .map(({ grade, groups }) => [grade, groups])
      .sort(),
  ).toEqual([
    ['09', { sex: 'female', white: 'true' }],
    ['10', { sex: 'male' }],
  ])
})

test('what a full pull does not find any more ends on its day; what was over already stays as it is', async () => {
  await puller.pull()
  await puller.stored()
  puller.goOn(8 * DAY_MS)
  const { enrollments } = puller.service.collections
  puller.service.collections.enrollments = enrollments!.filter(
    ({ sourcedId }) => sourcedId !== 'e-4' && sourcedId !== 'e-3',
  )
  expect(await puller.pull()).toMatchObject({ mode: 'full', ended: 1, notCompared: null })
  const ended = only(await puller.stored(), 'enrolment').filter(({ id }) => id === pseudonymise('enrolment', 'e-4'))
  expect(ended).toMatchObject([{ status: 'active', begin: '2025-08-25', end: '2026-03-10' }])
  const [row] = await puller.warehouse.query<{ day: string }>(
    'select toString(end_day) as day from enrolments final where enrolment_id = {id:String}',
    { id: pseudonymise('enrolment', 'e-3') },
  )
  expect(row).toEqual({ day: '2026-01-10' })
  // It is not there, and ended already: nothing more to say of it.
  puller.goOn(8 * DAY_MS)
  expect(await puller.pull()).toMatchObject({ mode: 'full', ended: 0 })
})

test('an enrolment that comes back runs again', async () => {
  await puller.pull()
  await puller.stored()
  puller.goOn(8 * DAY_MS)
  const { enrollments } = puller.service.collections
  puller.service.collections.enrollments = enrollments!.slice(0, -1)
  await puller.pull()
  await puller.stored()
  puller.goOn(8 * DAY_MS)
  puller.service.collections.enrollments = enrollments!
  await puller.pull()
  await puller.stored()
  const running = await puller.warehouse.query('select 1 from enrolments final where end_day > {day:Date32}', {
    day: '2026-03-18',
  })
  expect(running).toHaveLength(3)
})

/** Fifty more students in the advisory. */
function crowd(): void {
  const { users, enrollments } = puller.service.collections
  for (let n = 100; n < 150; n++) {
    users!.push({ ...users![1], sourcedId: `s-${n}`, username: `user${n}` })
    enrollments!.push(enrolment(`e-${n}`, 'home-1', `s-${n}`, 'student', {}))
  }
}

test('when more than a tenth would vanish, nothing is loaded until a person says that it is true', async () => {
  crowd()
  await puller.pull()
  await puller.stored()
  puller.goOn(8 * DAY_MS)
  const all = puller.service.collections.enrollments!
  puller.service.collections.enrollments = all.slice(0, 20)
  const error = await failure(puller.pull())
  expect(error).toMatchObject({ code: 'SOURCE_INVALID' })
  expect(error.message).toContain('34 of 53 running enrolments')
  expect(await puller.stored()).toEqual([])
  // The source mends itself: nothing of the refused pull is left over.
  puller.service.collections.enrollments = all
  expect(await puller.pull()).toMatchObject({ ended: 0 })
  puller.goOn(8 * DAY_MS)
  puller.service.collections.enrollments = all.slice(0, 20)
  expect(await puller.pull({ letGo: true })).toMatchObject({ ended: 34 })
})

test('too many taken back at once stop a delta too', async () => {
  crowd()
  await puller.pull()
  await puller.stored()
  puller.goOn(DAY_MS)
  const changed = { dateLastModified: new Date(puller.service.now_ms).toISOString(), status: 'tobedeleted' }
  const { enrollments } = puller.service.collections
  puller.service.collections.enrollments = enrollments!.map(each => ({ ...each, ...changed }))
  expect((await failure(puller.pull())).message).toContain('53 of 53 running enrolments')
})

test('when pages slip, they are read again', async () => {
  let asked = 0
  puller.service.onAsked = ({ pathname }) => {
    // Between the first page and the second the first enrolment goes: the third slips to where the second was.
    if (pathname.endsWith('/enrollments') && ++asked === 2) puller.service.collections.enrollments!.shift()
  }
  expect(await puller.pull()).toMatchObject({ complete: true, dead: 0, notCompared: null })
  expect(only(await puller.stored(), 'enrolment')).toHaveLength(3)
})

test('when pages slip every time, nothing ends, and the summary says why', async () => {
  await puller.pull()
  await puller.stored()
  const [first, ...others] = puller.service.collections.enrollments!
  puller.service.onAsked = ({ pathname, searchParams }) => {
    if (!pathname.endsWith('/enrollments') || searchParams.get('offset') === '0') return
    const { collections } = puller.service
    collections.enrollments = collections.enrollments!.length === 4 ? others : [first!, ...others]
  }
  puller.goOn(8 * DAY_MS)
  expect(await puller.pull()).toMatchObject({ ended: 0, notCompared: 'enrollments changed while they were fetched' })
  puller.service.onAsked = () => undefined
  puller.service.collections.enrollments = []
  puller.service.lacks.add('total')
  puller.goOn(8 * DAY_MS)
  expect(await puller.pull()).toMatchObject({
    ended: 0,
    notCompared: 'the source does not say how many enrollments there are (X-Total-Count)',
  })
})

test('a pull that stops at any request, and goes on, becomes the same', async () => {
  const stopped = await aRosterPuller('v1p2', { scores: false, pageSize: 3 })
  try {
    const { requests } = await stopped.pull()
    const whole = said(await stopped.ingest.rosters())
    for (let stopAt = 1; stopAt < requests; stopAt++) {
      const stop = new AbortController()
      let asked = 0
      stopped.service.onAsked = () => void (++asked === stopAt && stop.abort())
      expect(await stopped.pull({ full: true, signal: stop.signal })).toMatchObject({ complete: false, read: 0 })
      stopped.service.onAsked = () => undefined
      expect(await stopped.pull()).toMatchObject({ mode: 'full', complete: true })
    }
    // One request of the first pull was for a token.
    const all = Array.from({ length: requests }, () => whole).flat()
    expect(said(await stopped.ingest.rosters())).toEqual(all.sort())
  } finally {
    await stopped.close()
  }
})

test('results come as scores of their line items, and one that is gone is taken back by a full pull', async () => {
  const at = { status: 'active', dateLastModified: '2026-02-01T00:00:00.000Z' }
  const { collections } = puller.service
  collections.lineItems = [
    {
      sourcedId: 'li-1',
      ...at,
      title: 'Fractions',
      class: { sourcedId: 'math-1' },
      resultValueMin: 0,
      resultValueMax: 10,
    },
  ]
  collections.results = ['s-1', 's-2'].map((student, i) => ({
    sourcedId: `r-${student}`,
    ...at,
    lineItem: { sourcedId: 'li-1', type: 'lineItem' },
    student: { sourcedId: student, type: 'user' },
    score: 7 + i,
    scoreStatus: 'fully graded',
    scoreDate: '2026-01-30',
  }))
  expect(await puller.pull()).toMatchObject({ dead: 0, complete: true })
  const entries = async (type: string) =>
    (await puller.ingest.text('scores'))
      .split('\n')
      .map(line => ScoreEntry.parse(JSON.parse(line)))
      .filter(entry => entry.type === type)
  expect(await entries('score')).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ student: pseudonymise('sourcedId', 's-1'), score: 7, item: 'li-1', source: 'sis' }),
      expect.objectContaining({ student: pseudonymise('sourcedId', 's-2'), score: 8, date: '2026-01-30' }),
    ]),
  )
  const lists = (await entries('list')).length
  expect(lists).toBeGreaterThan(0)
  // A full pull says that the list is whole; one without totals cannot know it.
  puller.service.lacks.add('total')
  await puller.pull({ full: true })
  expect(await entries('list')).toHaveLength(lists)
})
