import { readSignIn } from '../../dashboards/sign-in/sign-in-settings.ts'
import { hashOf } from '../../dashboards/sign-in/sign-in.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { CLIENT, logInAt, type IdentityProvider } from '../helpers/an-identity-provider.ts'
import { addClasses, addLive, addSchools, aFigure, publish } from './a-district.ts'
import { anApp, type Browser } from './an-app.ts'
import { auditOf } from './told.ts'

export const ORIGIN = 'http://127.0.0.1:8099'
export const OTHER_ORIGIN = 'http://127.0.0.1:8098'

const SETTINGS = {
  ...CLIENT,
  roles: {
    claim: 'roles',
    values: {
      'hr-analyst': 'analyst',
      'hr-principal': 'principal',
      'hr-adviser': 'adviser',
      'hr-researcher': 'researcher',
      'hr-operator': 'operator',
    },
  },
}

/** The dashboards with this provider; at the first origin with a roster and claims of schools. */
export async function anAppWith(provider: IdentityProvider, on: Warehouse, publicUrl: string) {
  const withRoster = { scope: { schools: 'schools' }, roster: { claim: 'email', field: 'email' } }
  const byRoster = publicUrl === ORIGIN
  const settings = readSignIn(
    JSON.stringify({ ...SETTINGS, issuer: provider.issuer, publicUrl, ...(byRoster ? withRoster : {}) }),
  )
  const told = await auditOf()
  // Here the roster knows an address by itself, upper case lowered: how identifiers become pseudonyms is not this test's.
  const pseudonym = (_field: string, value: string): string => person(value.toLowerCase())
  const made = await anApp(on, () => new Date(), { signIn: settings && { settings, pseudonym }, log: told.log })
  return { ...made, told }
}

/** From the page that was asked for to the answer that signs in. */
export async function signIn(browser: Browser, sub: string, way = '/sign-in') {
  const asked = await browser.get(way.replaceAll('&#38;', '&'))
  if (asked.statusCode !== 303) throw new Error(`/sign-in answered ${asked.statusCode}: ${asked.body}`)
  const back = await logInAt(asked.headers.location as string, sub)
  return { back, entered: await browser.get(pathOf(back), { accept: 'text/html' }) }
}

export const pathOf = ({ pathname, search }: URL): string => pathname + search
export const person = (id: string): string => hashOf(id)

/** Two schools; an adviser with an advisory and a class, and a class of years ago; a student. */
export async function fill(on: Warehouse): Promise<void> {
  const schools = ['lincoln', 'monroe']
  await addSchools(
    on,
    schools.map(id => ({ id, name: id })),
  )
  await addClasses(on, [
    { id: 'hr-1', school: 'lincoln', label: 'HR-1', homeroom: true },
    { id: 'c-1', school: 'lincoln', label: 'MATH-1' },
    { id: 'c-2', school: 'monroe', label: 'MATH-2' },
  ])
  const figures = schools.map(unit_id => aFigure({ unit_type: 'school', unit_id }))
  await publish(on, 1, [aFigure(), ...figures])
  await addLive(on, [
    ...figures,
    aFigure({ unit_type: 'advisory', unit_id: 'hr-1' }),
    aFigure({ unit_type: 'class', unit_id: 'c-1' }),
    aFigure({ unit_type: 'class', unit_id: 'c-2' }),
  ])
  const enrolment = (who: string, class_id: string, role: string, days: [string, string]) =>
    `(unhex('${person(who)}'), '${who}-${class_id}', '${class_id}', '${class_id === 'c-2' ? 'monroe' : 'lincoln'}', '${role}', '${days[0]}', '${days[1]}', 'sis', 1, 0)`
  const [always, before] = [
    ['2020-01-01', '2299-12-31'],
    ['2020-01-01', '2021-01-01'],
  ] as [string, string][]
  await on.command(
    `insert into enrolments values ${[
      enrolment('t1', 'hr-1', 'adviser', always!),
      enrolment('t1', 'c-1', 'teacher', always!),
      enrolment('t1', 'c-2', 'teacher', before!),
      enrolment('s1', 'c-1', 'student', always!),
    ].join(', ')}`,
  )
  await on.command(
    `insert into person_of (identifier, person_id, ver) values (unhex('${person('ada@example.org')}'), unhex('${person('t1')}'), 1), (unhex('${person('stu@example.org')}'), unhex('${person('s1')}'), 1)`,
  )
}
