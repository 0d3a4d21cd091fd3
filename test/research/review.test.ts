import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { openSolver, type Solver } from '../../processors/publish/intervals.ts'
import { primaryOnly, suppression, type Hidden } from '../../processors/publish/suppress.ts'
import { smallSide } from '../../processors/research/review/counts.ts'
import { whyDominated } from '../../processors/research/review/dominance.ts'
import { review, type Finding, type OutputTable } from '../../processors/research/review.ts'
import type { PublishedCount } from '../../processors/research/review/published.ts'

/** A table as somebody writes it: fields apart by commas, the header first. */
function table(text: string): OutputTable {
  const [columns = [], ...rows] = text.trim().split('\n').map(line => line.split(',').map(field => field.trim())) // prettier-ignore
  return { columns, rows }
}
const told = (findings: readonly Finding[]): string[] =>
  findings.map(({ row, column, rule, why }) => `${row ?? '-'} ${column ?? '-'} ${rule}: ${why}`)
const found = async (text: string, ...more: [PublishedCount[]?, { counts?: string[]; labels?: string[] }?]) =>
  told(await review(table(text), more[0] ?? [], more[1]))

describe('small cells', () => {
  test('1 to 9 people are found, 0 and 10 are not', async () => {
    expect(await found('group,n\na,0\nb,1\nc,9\nd,10')).toEqual([
      '3 n small cell: 1 people: fewer than 10 can be recognised',
      '4 n small cell: 9 people: fewer than 10 can be recognised',
    ])
  })

  test('a share that can only be 1 to 9 people is found, from either end; one that may be more is not', async () => {
    expect(await found('group,n,share\na,200,0.040\nb,200,0.96\nc,1000,0.01\nd,20,0.5\ne,40,0')).toEqual([
      '2 share small cell: 0.040 of 200 people are 8',
      '3 share small cell: 0.96 of 200 people leave 7 to 9 others',
    ])
    expect(await found('group,n,percent\na,50,12.0\nb,50,50.0')).toEqual([
      '2 percent small cell: 12.0 of 50 people are 6',
    ])
    expect(await found('group,n,rate\na,50,12%')).toEqual(['2 rate small cell: 12% of 50 people are 6'])
  })

  test('counts whose column has another name are named; a table without any is not checked', async () => {
    expect(await found('group,taught\na,4\nb,30', [], { counts: ['taught'] })).toEqual([
      '2 taught small cell: 4 people: fewer than 10 can be recognised',
    ])
    expect(await found('group,value\na,4.5\nb,30.2')).toEqual([
      '- - no counts: no column says how many people stand behind a row, so that small groups cannot be found',
    ])
  })

  test('every share of few people is found at enough decimals, and none of ten and more on both sides', () => {
    const aShare = fc.integer({ min: 20, max: 2000 }).chain(n => fc.record({ n: fc.constant(n), people: fc.nat(n) }))
    fc.assert(
      fc.property(aShare, fc.integer({ min: 1, max: 6 }), ({ n, people }, decimals) => {
        const half = 0.5 * 10 ** -decimals
        const shown = Number((people / n).toFixed(decimals))
        const said = smallSide(n, shown - half, shown + half)
        const isLarge = people === 0 || people === n || (people >= 10 && n - people >= 10)
        expect(isLarge ? said : null).toBeNull()
        expect(isLarge || decimals < 5 || said !== null).toBe(true)
      }),
      { seed: 12, numRuns: 500 },
    )
  })
})

describe('cells that totals imply', () => {
  test('one hidden cell of a row is the rest of its total', async () => {
    expect(await found('school,girls,boys,total\nlincoln,30,,37\nmonroe,20,25,45')).toEqual([
      '2 boys implied cell: hidden, but its totals leave 7 people',
    ])
  })

  test('people whom a total counts and no row shows are found', async () => {
    expect(await found('grade,n\ngrade 9,30\ngrade 10,40\nall,76')).toEqual([
      '4 n implied cell: the total of 76 counts 6 people whom no cell shows',
    ])
  })

  test('in a long table, the total of each group stands beside its parts', async () => {
    const long =
      'school,sex,count\nlincoln,f,40\nlincoln,m,<10\nlincoln,total,45\nmonroe,f,30\nmonroe,m,35\nmonroe,total,65'
    expect(await found(long)).toEqual(['3 count implied cell: hidden, but its totals leave 5 people'])
  })

  test('totals that contradict the cells are told', async () => {
    expect(await found('school,a,b,total\nx,30,,20\ny,10,,40')).toEqual([
      '- - implied cell: rows and columns do not add up to their totals, so that nobody can say what the totals give away',
    ])
  })

  let solver: Solver
  beforeAll(async () => {
    solver = await openSolver()
  })

  /** A table of schools by grades, with all totals, as `publish` sees it and as a file has it. */
  const aTable = fc
    .array(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 14 }), fc.integer({ min: 15, max: 90 })), {
        minLength: 3,
        maxLength: 3,
      }),
      { minLength: 2, maxLength: 5 },
    ) // prettier-ignore
    .map(rows => {
      const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0)
      const withTotals = rows.map(row => [...row, sum(row)])
      return [...withTotals, withTotals[0]!.map((_, column) => sum(withTotals.map(row => row[column]!)))]
    })
  const cellsOf = (rows: readonly number[][]) =>
    rows.flatMap((row, at) =>
      row.map((n, column) => ({
        unit_type: at === rows.length - 1 ? 'district' : 'school',
        unit_id: String(at),
        slice: column === 3 ? '' : `grade=${column}`,
        n,
      })),
    )
  const fileOf = (rows: readonly number[][], hidden: readonly Hidden[]): OutputTable => ({
    columns: ['school', 'g0', 'g1', 'g2', 'total'],
    rows: rows.map((row, at) => [
      at === rows.length - 1 ? 'total' : `s${at}`,
      ...row.map((n, column) => (hidden.some(({ cell }) => cell === at * 4 + column) ? '' : String(n))),
    ]),
  })

  test('a table with what publishing hides passes, whatever its numbers', async () => {
    await fc.assert(
      fc.asyncProperty(aTable, async rows => {
        const hidden = suppression(solver)(cellsOf(rows))
        expect(told(await review(fileOf(rows, hidden), [])).filter(one => !one.includes('no counts'))).toEqual([])
      }),
      { seed: 12, numRuns: 60 },
    )
  })

  test('with only the small cells hidden, each that stands alone in a row is found', async () => {
    let alone = 0
    await fc.assert(
      fc.asyncProperty(aTable, async rows => {
        const hidden = primaryOnly(cellsOf(rows))
        const findings = await review(fileOf(rows, hidden), [])
        for (const at of rows.keys()) {
          const inRow = hidden.filter(({ cell }) => Math.floor(cell / 4) === at)
          if (inRow.length !== 1) continue
          alone++
          const column = ['g0', 'g1', 'g2', 'total'][inRow[0]!.cell % 4]!
          const of = findings.filter(one => one.row === at + 2 && one.column === column && one.rule === 'implied cell')
          expect(of.map(({ why }) => why)).toEqual([
            `hidden, but its totals leave ${rows[at]![inRow[0]!.cell % 4]} people`,
          ])
        }
      }),
      { seed: 12, numRuns: 60 },
    )
    expect(alone).toBeGreaterThan(20)
  })
})

describe('dominance', () => {
  test('one contributor of more than half, or one whom the second can tell, is found', async () => {
    const sums = 'group,n,sum,largest,second\na,30,1000,600,100\nb,30,1000,480,470\nc,30,1000,100,90'
    expect(await found(sums)).toEqual([
      '2 sum dominance: one contributor has 60 % of 1000',
      '3 sum dominance: the second largest contributor can tell the largest within 10 %, expected 15 % or more',
    ])
  })

  test('contributions alike of twenty and more are never found, a single one always', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 80, max: 120 }), { minLength: 20, maxLength: 60 }), parts => {
        const [largest, second] = parts.toSorted((a, b) => b - a) as [number, number]
        const sum = parts.reduce((a, b) => a + b, 0)
        expect(whyDominated(sum, largest, second)).toBeNull()
        expect(whyDominated(largest, largest, 0)).toContain('100 %')
      }),
      { seed: 12, numRuns: 100 },
    )
  })
})

describe('differencing', () => {
  const published: PublishedCount[] = [
    { unit_type: 'district', names: [], slice: '', period: '2026-W10', people: 500 },
    { unit_type: 'school', names: ['Lincoln', 'lincoln-id'], slice: '', period: '2026-W10', people: 210 },
    { unit_type: 'school', names: ['Lincoln', 'lincoln-id'], slice: 'grade=09', period: '2026-W10', people: 60 },
    { unit_type: 'school', names: ['Monroe', 'monroe-id'], slice: '', period: '2026-W10', people: 290 },
  ]

  test('a number that differs from the published one of the same group by 1 to 9 is found', async () => {
    expect(await found('school,n\nLincoln,207\nMonroe,290\nmonroe-id,280', published)).toEqual([
      '2 n differencing: 207 people, published are 210 (Lincoln, 2026-W10): the difference is 3',
    ])
    expect(await found('school,grade,n\nLincoln,9,55', published, { labels: ['grade'] })).toEqual([
      '2 n differencing: 55 people, published are 60 (Lincoln, grade=09, 2026-W10): the difference is 5',
    ])
    expect(await found('outcome,n\nmaths,491', published)).toEqual([
      '2 n differencing: 491 people, published are 500 (the district, 2026-W10): the difference is 9',
    ])
  })

  test('a school by another name is held against every school; another week against none', async () => {
    expect(await found('school,n\n5f3a,295', published)).toEqual([
      '2 n differencing: 295 people, published are 290 (Monroe, 2026-W10): the difference is 5',
    ])
    const other = [...published, { ...published[0]!, period: '2026-W11', people: 600 }]
    expect(await found('week,n\n2026-W11,495', other)).toEqual([])
  })

  test('of any two numbers of one group, exactly those 1 to 9 apart are found', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 20, max: 900 }), fc.integer({ min: -15, max: 15 }), async (people, apart) => {
        fc.pre(people + apart >= 10)
        const one: PublishedCount = { unit_type: 'district', names: [], slice: '', period: 'p', people }
        const findings = await review({ columns: ['what', 'n'], rows: [['x', String(people + apart)]] }, [one])
        expect(findings.length).toBe(apart !== 0 && Math.abs(apart) < 10 ? 1 : 0)
      }),
      { seed: 12, numRuns: 60 },
    )
  })
})

describe('people', () => {
  test('e-mail addresses, pseudonyms and columns of names are found in any table', async () => {
    const rows = `last_name,contact,n\nalder,a@b.example,20\nx,${'ab'.repeat(32)},30`
    expect(await found(rows)).toEqual([
      '- last_name direct identifier: the column says by its name that it identifies people',
      '2 contact direct identifier: it looks like an e-mail address',
      '3 contact direct identifier: 64 hexadecimal digits: the pseudonym of a person',
    ])
  })

  test('what somebody wrote is found; a long list of such rows is told in short', async () => {
    const words = Array.from({ length: 8 }, () => `${'my adviser told me that I should try it once more'},20`).join(
      '\n',
    )
    const findings = await found(`remark,n\n${words}`)
    expect(findings).toHaveLength(6)
    expect(findings.filter(one => one.includes('free text'))).toHaveLength(6)
    expect(findings.join('\n')).toContain('and so in 3 more rows')
  })

  test('rows about single people, and words that few of them have, are found', async () => {
    const rows = Array.from({ length: 30 }, (_, i) => `${'0'.repeat(14)}${100 + i},${i < 3 ? 'lute' : 'piano'},${i}.5`)
    expect(await found(`who,plays,minutes\n${rows.join('\n')}`)).toEqual([
      '- who single people: 30 different ids in 30 rows: the rows are about single people',
      '- - no counts: no column says how many people stand behind a row, so that small groups cannot be found',
      '2 plays rare string: "lute" stands in 3 of 30 rows',
    ])
  })

  test('a table of results of large groups passes', async () => {
    expect(await found('school,n,mean,se\nlincoln,210,43.5,1.2\nmonroe,290,44.1,0.9')).toEqual([])
  })
})

test('a table of more rows than results have is refused', async () => {
  const rows = Array.from({ length: 20_001 }, () => ['a', '30'])
  await expect(review({ columns: ['group', 'n'], rows }, [])).rejects.toThrow(/20001 rows, expected/)
})
