import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aHomeroom, type Homeroom } from './helpers/a-homeroom.ts'

const MINUTE_MS = 60_000
/** What nobody may read in an answer or a log. */
const RAW = /zyl|quandary|example\.org|00417|s-old|s-new/i

let homeroom: Homeroom
let said = ''
const run = async (...args: string[]): Promise<string> => {
  const answer = await homeroom.command(...args)
  said += answer
  return answer
}
const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await run(...args, '--json')) as T
type Finding = { what: string; count: number; sentence: string }
const findings = async (what: string): Promise<Finding[]> =>
  (await json<{ findings: Finding[] }>('doctor')).findings.filter(finding => finding.what === what)

/**
 * One student under two ids of the roster, both with the same address; a file that pairs a login with the number in another
 * portal; and records under the number, the address, the new login, and the number without its zeros.
 */
beforeAll(async () => {
  homeroom = await aHomeroom()
  const { data } = homeroom.config
  await mkdir(join(data, 'files', 'roster'), { recursive: true })
  for (const [name, lines] of Object.entries(FILES)) await writeFile(join(data, 'files', name), `${lines.join('\n')}\n`)
  await homeroom.start()
  for (const name of ['roster', 'ids.json', 'log.json'])
    await homeroom.command('load', join(data, 'files', name), '--json')
  await homeroom.caughtUp()
}, 5 * MINUTE_MS)
afterAll(() => homeroom.remove())

const block = (file: string, idType: string) => ({
  files: [file],
  time: { text: '{at}' },
  kind: 'answered',
  object: '{object}',
  participants: [{ id: '{who}', idType, role: 'student' }],
})
const FILES: Record<string, string[]> = {
  'roster/orgs.csv': ['sourcedId,name,type', 'o-1,Oak,school'],
  'roster/classes.csv': ['sourcedId,title,classType,schoolSourcedId', 'h-1,Home,homeroom,o-1'],
  'roster/users.csv': [
    'sourcedId,role,givenName,familyName,email,username,grades',
    's-old,student,Zylphia,Quandary,zylphia@example.org,zyl,09',
    's-new,student,Zylphia,Quandary,Zylphia@example.org,zylphia,10',
  ],
  'roster/enrollments.csv': [
    'sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate,endDate',
    'e-1,h-1,o-1,s-old,student,2025-08-25,2026-03-04',
    'e-2,h-1,o-1,s-new,student,2026-03-04,',
  ],
  'ids.csv': ['login,portal', 'zyl,00417', 'somebody,'],
  'ids.json': [
    JSON.stringify({
      source: 'ids',
      aliases: [
        {
          files: ['ids.csv'],
          identifiers: [
            { id: '{login}', idType: 'username' },
            { id: '{portal}', idType: 'portal' },
          ],
        },
      ],
    }),
  ],
  'portal.csv': ['at,object,who', '2026-03-02T10:00:00-05:00,a,00417', '2026-03-05T10:00:00-05:00,b,417'],
  'mail.csv': ['at,object,who', '2026-03-03T10:00:00-05:00,c,ZYLPHIA@example.org'],
  'login.csv': ['at,object,who', '2026-03-04T10:00:00-05:00,d,zylphia'],
  'log.json': [
    JSON.stringify({
      source: 'log',
      interactions: [block('portal.csv', 'portal'), block('mail.csv', 'email'), block('login.csv', 'username')],
    }),
  ],
}

test(
  'doctor lists what is unknown by source and type, and what two persons claim, without naming anybody',
  async () => {
    const unknown = await findings('unknown identifiers')
    expect(
      unknown.map(({ count, sentence }) => `${count} ${/from \w+ of type \w+/.exec(sentence)?.[0]}`).sort(),
    ).toEqual(['1 from log of type email', '1 from log of type portal'])
    expect(await findings('identifiers of two persons')).toMatchObject([
      { count: 2, sentence: expect.stringContaining('homeroom merge') },
    ])
  },
  5 * MINUTE_MS,
)

test(
  'a row of a file of aliases with one identifier is a dead letter that names the row',
  async () => {
    const letter = (await findings('dead letters')).find(({ sentence }) => sentence.includes('at mapping'))
    expect(letter).toMatchObject({ count: 1, sentence: expect.stringMatching(/ids\.csv row 3 field identifiers/) })
  },
  5 * MINUTE_MS,
)

test(
  'a merge is shown first; applied, the address that both had is theirs, and a split takes all of it back',
  async () => {
    const shown = await json<{ weeks: string[]; moves: { events: number }[] }>(
      'merge',
      'username:zyl',
      'sourcedId:s-new',
    )
    expect(shown).toMatchObject({ applied: false, conflicts: [expect.stringMatching(/^grade /)], contested: [] })
    expect(shown.weeks).toEqual(['2026-03-02'])
    expect(shown.moves.reduce((sum, move) => sum + move.events, 0)).toBe(2)
    expect(await findings('identifiers of two persons')).toHaveLength(1)

    await run('user', 'person', 'olga', '--role', 'operator')
    const decision = ['--apply', '--by', 'olga', '--why', 're-enrolled', '--wait']
    expect(await json('merge', 'username:zyl', 'sourcedId:s-new', ...decision)).toMatchObject({ applied: true })
    expect(await findings('identifiers of two persons')).toEqual([])
    expect((await json<{ nothing: string }>('merge', 'username:zyl', 'email:zylphia@example.org')).nothing).toBe(
      'The two are one person already',
    )

    expect(await json('merge', 'portal:417', 'portal:00417', ...decision)).toMatchObject({ applied: true })
    expect(await findings('unknown identifiers')).toEqual([])

    const split = ['split', 'sourcedId:s-new', '--identifier', 'sourcedId:s-old']
    expect(await json(...split, ...decision.with(4, 'wrong-merge'))).toMatchObject({ applied: true })
    expect(await findings('identifiers of two persons')).toHaveLength(1)
  },
  5 * MINUTE_MS,
)

test(
  'nothing is decided without saying who and why, and what was typed is not repeated',
  async () => {
    const refusal = async (...args: string[]): Promise<string> =>
      homeroom.command(...args).then(
        () => 'not refused',
        (error: { stderr: string }) => error.stderr,
      )
    const merge = ['merge', 'username:zyl', 'sourcedId:s-new']
    for (const [args, reason] of [
      [[...merge, '--apply'], '--why is missing'],
      [[...merge, '--apply', '--why', 'same-person', '--by', 'nobody'], '--by has to name the account'],
      [['merge', 'zylphia', 'sourcedId:s-new'], 'an identifier of 7 characters is not type:value'],
    ] as const) {
      const answer = await refusal(...args)
      expect(answer).toContain(reason)
      expect(answer).not.toMatch(RAW)
    }
  },
  5 * MINUTE_MS,
)

test('no answer repeats an identifier', () => {
  expect(said.length).toBeGreaterThan(1000)
  expect(said).not.toMatch(RAW)
})
