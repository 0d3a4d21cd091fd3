import { drawnOnce, svg } from '../charts/svg.ts'
import type { Html } from '../html.ts'
import { panelOptions, type Panel } from './panel-options.ts'

/** A panel as SVG text, drawn on the server. */
export const panel: (drawn: Panel) => Html = drawnOnce(({ label, ...drawn }: Panel) => svg(panelOptions(drawn), label))
