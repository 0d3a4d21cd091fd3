import { escape, trusted, type Html } from '../html.ts'
import { drawnOnce } from './svg.ts'

/** Ways in which logged time is spent (C8), in the order of the picture. */
export const FLOW_MODES = [
  { id: 'individual', name: 'alone' },
  { id: 'adult', name: 'with an adult' },
  { id: 'peer', name: 'with another student' },
  { id: 'group', name: 'in a group' },
] as const
export type FlowMode = (typeof FLOW_MODES)[number]['id']

/** Minutes of one day by mode. `name`: `Mon`; `school`: whether the student was enrolled and had school that day. */
export type FlowDay = { name: string; school: boolean; minutes: Readonly<Record<FlowMode, number>> }

const [WIDTH, LEFT, ROW, BAR] = [420, 42, 22, 14]

/** A week as one bar a day, in the modes in which its logged time was spent; the longest day is as wide as the picture. */
export const weekFlow: (chart: { label: string; days: readonly FlowDay[] }) => Html = drawnOnce(({ label, days }) => {
  const longest = Math.max(1, ...days.map(totalOf))
  const rows = days.map((day, i) => {
    const y = i * ROW + 4
    let x = LEFT
    const bars = FLOW_MODES.map(({ id }) => {
      const width = (day.minutes[id] / longest) * (WIDTH - LEFT - 46)
      const bar =
        width < 0.3
          ? ''
          : `<rect class="flow ${id}" x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.8, width - 1).toFixed(1)}" height="${BAR}"/>`
      x += width
      return bar
    })
    const total = Math.round(totalOf(day))
    const said = total > 0 ? `${total} min` : day.school ? 'nothing logged' : 'no school day'
    return (
      `<text class="day" x="0" y="${y + BAR - 3}">${escape(day.name)}</text>${bars.join('')}` +
      `<text class="amount" x="${(x + 5).toFixed(1)}" y="${y + BAR - 3}">${escape(said)}</text>`
    )
  })
  return trusted(
    `<svg class="chart week-flow" role="img" aria-label="${escape(label)}" viewBox="0 0 ${WIDTH} ${days.length * ROW + 4}">${rows.join('')}</svg>`,
  )
})

export const totalOf = ({ minutes }: Pick<FlowDay, 'minutes'>): number =>
  FLOW_MODES.reduce((sum, { id }) => sum + minutes[id], 0)
