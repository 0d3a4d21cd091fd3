/** Scores of many students over three years, drawn from a model whose truth is known. One row per score. */
export type ScorePanel = {
  student: Int32Array
  school: Int32Array
  /** Years. */
  time: Float64Array
  /** Points, two decimals. */
  score: Float64Array
  /** Each student's planted growth, points a year. */
  trueSlope: Float64Array
}

const OCCASIONS = [0, 0.35, 0.7, 1, 1.35, 1.7, 2, 2.35, 2.7]

/**
 * Nine occasions in three years, 12 % of them missing, tested up to some days early or late.
 * School: start SD 8, slope SD 1.2; student: start SD 20, slope SD 3, correlated −.2; noise SD 9; 14 points a year.
 *
 * Sums and products only: the same rows on every machine, so that numbers of other programs about them can be kept.
 */
export function scorePanel(students: number, schools: number, seed: number): ScorePanel {
  const uniform = uniforms(seed)
  const normal = (): number => {
    let sum = -6
    for (let i = 0; i < 12; i++) sum += uniform()
    return sum
  }
  const atSchool = Array.from({ length: schools }, () => [8 * normal(), 1.2 * normal()] as const)
  const rows: [student: number, school: number, time: number, score: number][] = []
  const trueSlope = new Float64Array(students)
  for (let student = 0; student < students; student++) {
    const school = Math.floor(uniform() * schools)
    const [schoolStart, schoolSlope] = atSchool[school]!
    const start = normal()
    const slope = 14 + schoolSlope + 3 * (-0.2 * start + 0.979_795_897_113_271_2 * normal())
    trueSlope[student] = slope
    for (const occasion of OCCASIONS) {
      const time = Math.round(1000 * (occasion + 0.02 * normal())) / 1000
      const score = 480 + schoolStart + 20 * start + slope * time + 9 * normal()
      if (uniform() > 0.12) rows.push([student, school, time, Math.round(100 * score) / 100])
    }
  }
  return {
    student: Int32Array.from(rows, row => row[0]),
    school: Int32Array.from(rows, row => row[1]),
    time: Float64Array.from(rows, row => row[2]),
    score: Float64Array.from(rows, row => row[3]),
    trueSlope,
  }
}

/** As the command line and R read it. */
export function panelCsv({ student, school, time, score }: ScorePanel): string {
  const lines = ['s,i,t,y']
  for (let row = 0; row < student.length; row++) lines.push(`${school[row]},${student[row]},${time[row]},${score[row]}`)
  return `${lines.join('\n')}\n`
}

/** Mulberry32: 32 bits of state, integers only. @returns in [0, 1) */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
