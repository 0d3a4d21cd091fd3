import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readMappings } from '../../ingest/redrive-mappings.ts'
import type { Fix } from '../../ingest/redrive-fix.ts'
import { logWith } from '../helpers/log-with.ts'
import { redriving } from './a-redrive.ts'
import { counted, INSTRUMENT, mappingOf, wide, WIDE } from './a-survey.ts'
import { NOW } from './start-ingest.ts'

const HOUR_MS = 3_600_000
const at = redriving()

async function files(named: Record<string, string | object>): Promise<void> {
  for (const [name, content] of Object.entries(named))
    await writeFile(join(at.folder, name), typeof content === 'string' ? content : JSON.stringify(content))
}
const mapped = () => readMappings([join(at.folder, 'mapping.json')])

describe('a score', () => {
  const SCORES = {
    files: ['scores.csv'],
    student: { id: '{who}' },
    test: 'benchmark',
    subject: 'math',
    window: 'fall',
    date: '{day}',
    score: '{points}',
    range: [100, 300],
  }
  const MAPPING = { source: 'benchmark', scores: [SCORES] }
  const HEADER = 'who,day,points\n'
  const FIX: Fix = [{ op: 'map', path: '/points', values: { 'two hundred': '200', '2100': '210' } }]
  const scores = () =>
    at.warehouse
      .query<{ score: number }>('select score from current_scores order by score')
      .then(of => of.map(row => row.score))

  test('that is mended by a fix is counted once, also when its corrected file is loaded afterwards', async () => {
    const bad = `${HEADER}s-1,2025-09-16,150\ns-2,2025-09-16,two hundred\ns-3,2025-09-16,2100\n`
    await files({ 'mapping.json': MAPPING, 'scores.csv': bad })
    expect(await at.load('mapping.json')).toMatchObject({ read: 3, stored: 1, dead: 2 })
    expect(await at.redriveAll({ ...(await mapped()), fix: FIX })).toMatchObject({ letters: 2, stored: 2 })
    expect(await at.redriveAll({ ...(await mapped()), fix: FIX })).toMatchObject({ letters: 0 })
    expect(await scores()).toEqual([150, 200, 210])
    await files({ 'scores.csv': bad.replace('two hundred', '200').replace('2100', '210') })
    await at.load('mapping.json', NOW + HOUR_MS)
    await at.stored()
    expect(await scores()).toEqual([150, 200, 210])
    expect(await at.count('scores final')).toBe(3)
  })

  test('that is read by a mended mapping file is counted once; one that was loaded meanwhile is known already', async () => {
    const rows = `${HEADER}s-1,2025-09-16,350\ns-2,2025-09-16,360\n`
    await files({ 'mapping.json': MAPPING, 'scores.csv': rows })
    await at.load('mapping.json')
    await files({ 'mapping.json': { ...MAPPING, scores: [{ ...SCORES, range: [100, 400] }] } })
    await files({ 'scores.csv': `${HEADER}s-1,2025-09-16,350\n` })
    await at.load('mapping.json', NOW + HOUR_MS)
    expect(await at.redriveAll(await mapped(), { now: NOW + 2 * HOUR_MS })).toMatchObject({ stored: 1, duplicate: 1 })
    expect(await scores()).toEqual([350, 360])
  })

  test('that contradicts another row of its load stays, and the other row stands', async () => {
    const rows = ['150', '151', '152', '153', '154'].map(points => `s-1,2025-09-16,${points}\n`)
    await files({ 'mapping.json': MAPPING, 'scores.csv': HEADER + rows.join('') })
    expect(await at.load('mapping.json')).toMatchObject({ stored: 1, dead: 4 })
    expect(await at.redriveAll(await mapped())).toMatchObject({ refused: 4, stored: 0 })
    expect(await scores()).toEqual([150])
    // Another day is another sitting.
    const fix: Fix = [
      { op: 'map', path: '/points', values: { 151: '251' } },
      { op: 'test', path: '/points', value: '251' },
      { op: 'replace', path: '/day', value: '2025-09-17' },
    ]
    expect(await at.redriveAll({ ...(await mapped()), fix })).toMatchObject({ stored: 1, left: 3 })
    expect(await scores()).toEqual([150, 251])
  })

  test('whose redrive is cut off is one stored when it is repeated', async () => {
    await files({ 'mapping.json': MAPPING, 'scores.csv': `${HEADER}s-2,2025-09-16,two hundred\n` })
    await at.load('mapping.json')
    await at.stored()
    const { log } = at.ingest
    const failing = logWith(log, {
      append: async (topic, entries) => {
        await log.append(topic, entries)
        if (topic === 'scores') throw new Error('cut off')
      },
    })
    const options = { ...(await mapped()), fix: FIX }
    await expect(at.redriveAll(options, { log: failing })).rejects.toThrow('cut off')
    expect(await at.redriveAll(options, { now: NOW + HOUR_MS })).toMatchObject({ stored: 1, duplicate: 0 })
    expect(await scores()).toEqual([200])
  })
})

describe('a response to a survey', () => {
  const FIX: Fix = [
    { op: 'map', path: '/when', values: { 'last week': '2026-02-10 10:00:00' } },
    { op: 'map', path: '/Q2', values: { 'Sort of': '3' } },
  ]
  const survey = async (mapping: object, ...rows: string[]) => {
    await files({ 'mapping.json': mapping, 'instrument.json': INSTRUMENT, ...wide(...rows) })
    return at.load('mapping.json')
  }
  const WHEN = '2026-02-10 09:00:00'

  test('of which a part or all could not be read is mended by a fix, and counted once', async () => {
    const rows = [`a,${WHEN},s-1,5,1,1,1,`, `b,last week,s-1,5,2,2,2,`, `c,${WHEN},s-1,5,3,Sort of,3,`]
    expect(await survey(mappingOf(WIDE), ...rows)).toMatchObject({ read: 3, stored: 2, partly: 1, dead: 1 })
    expect(await at.redriveAll({ fix: FIX })).toMatchObject({ refused: 2 })
    expect(await at.redriveAll({ ...(await mapped()), fix: FIX })).toMatchObject({ letters: 2, stored: 2 })
    const all = ['spring s-1 05: Q1=1 Q2=4 Q3=1', 'spring s-1 05: Q1=2 Q2=3 Q3=2', 'spring s-1 05: Q1=3 Q2=2 Q3=3']
    expect(await counted(at.warehouse)).toEqual(all)
    const mended = rows.map(row => row.replace('last week', '2026-02-10 10:00:00').replace('Sort of', '3'))
    await files(wide(...mended))
    await at.load('mapping.json', NOW + HOUR_MS)
    await at.stored()
    expect(await counted(at.warehouse)).toEqual(all)
    expect(await at.count('survey_responses final')).toBe(3)
  })

  test('that was corrected by a later load is not set back', async () => {
    await survey(mappingOf(WIDE), `c,${WHEN},s-1,5,3,Sort of,3,`)
    await files(wide(`c,${WHEN},s-1,5,4,4,4,`))
    await at.load('mapping.json', NOW + HOUR_MS)
    await at.redriveAll({ ...(await mapped()), fix: FIX }, { now: NOW + 2 * HOUR_MS })
    expect(await counted(at.warehouse)).toEqual(['spring s-1 05: Q1=4 Q2=1 Q3=4'])
  })

  test('under a header of three rows is mended by the names of the first', async () => {
    const header = ['who,when,school,grade,Q1,Q2,Q3,C1', 'Who?,When?,,,One,Two,Three,More', '{"ImportId":"a"},,,,,,,']
    const text = [...header, `b,last week,s-1,5,2,Sort of,2,"yes, indeed"`, ''].join('\n')
    const rows = { 'rows.csv': text.replace('{"ImportId":"a"}', '"{""ImportId"":""a""}"') }
    await files({ 'mapping.json': mappingOf({ ...WIDE, headerRows: 3 }), 'instrument.json': INSTRUMENT, ...rows })
    expect(await at.load('mapping.json')).toMatchObject({ dead: 1 })
    expect(await at.redriveAll({ ...(await mapped()), fix: FIX })).toMatchObject({ stored: 1 })
    expect(await counted(at.warehouse)).toEqual(['spring s-1 05: Q1=2 Q2=2 Q3=2'])
  })

  test('that is anonymous is mended if nothing of it is stored and its time tells which it is', async () => {
    const { respondent: _respondent, ...anonymous } = WIDE
    const rows = [`,last week,s-1,5,2,2,2,`, `,${WHEN},s-1,5,3,Sort of,3,`]
    await survey(mappingOf(anonymous), ...rows)
    const done = await at.redriveAll({ ...(await mapped()), fix: FIX })
    expect(done).toMatchObject({ stored: 1, refused: 1 })
    expect(done.outcomes.find(({ outcome }) => outcome === 'refused')?.reason).toMatch(/which anonymous response it is/)
    expect(await counted(at.warehouse)).toHaveLength(2)
  })

  test('of which each row is an answer is not put together from one row', async () => {
    const long = { ...WIDE, layout: 'long', item: '{item}', answer: '{answer}' }
    const header = 'who,when,school,grade,item,answer'
    await files({ 'mapping.json': mappingOf(long), 'instrument.json': INSTRUMENT })
    await files({ 'rows.csv': [header, `a,${WHEN},s-1,5,Q1,4`, `a,${WHEN},s-1,5,Q2,Sort of`].join('\n') })
    await at.load('mapping.json')
    const done = await at.redriveAll({ ...(await mapped()), fix: FIX })
    expect(done).toMatchObject({
      refused: 1,
      outcomes: [{ reason: expect.stringContaining('all of its rows') as unknown }],
    })
    expect(await at.count('survey_answers final')).toBe(2)
  })
})

describe('a plan', () => {
  const PLANS = {
    files: ['plans.jsonl'],
    format: 'jsonl',
    student: { id: '{who}' },
    units: '{week.units}',
    from: '{from}',
  }
  const units = () => at.warehouse.query('select units_per_week as units from current_plans order by units_per_week')

  test('whose row of JSON is mended by a fix is counted once, and a row that was corrected meanwhile stands', async () => {
    const rows = ['s-1', 's-2'].map(who => `{"who": "${who}", "week": {"units": "three"}, "from": "2025-09-01"}\n`)
    await files({ 'mapping.json': { source: 'planner', plans: [PLANS] }, 'plans.jsonl': rows.join('') })
    expect(await at.load('mapping.json')).toMatchObject({ read: 2, dead: 2 })
    await files({ 'plans.jsonl': '{"who": "s-2", "week": {"units": 4}, "from": "2025-09-01"}\n' })
    expect(await at.load('mapping.json', NOW + HOUR_MS)).toMatchObject({ read: 1, stored: 1 })
    const options = { ...(await mapped()), fix: [{ op: 'map', path: '/week/units', values: { three: 3 } }] as Fix }
    expect(await at.redriveAll(options, { now: NOW + 2 * HOUR_MS })).toMatchObject({ letters: 2, left: 0 })
    expect(await at.redriveAll(options, { now: NOW + 3 * HOUR_MS })).toMatchObject({ letters: 0 })
    expect(await units()).toEqual([{ units: 3 }, { units: 4 }])
  })
})
