import { escape } from '../html.ts'
import { citationOf, type Source } from './codebook.ts'
import { days } from '../pages/parts/notes.ts'
import { PANEL } from './panel-options.ts'
import { atName, picturesOf } from './panels.ts'
import type { View } from './view.ts'

const [MARGIN, TITLE, HEAD, FOOT] = [24, 64, 44, 56]

/** Everything that is drawn, as one SVG that stands alone: title, lines with their ranges, pictures, unit, citation. */
export function pictureOf(view: View, source: Source): string {
  const pictures = picturesOf(view)
  const columns = pictures.length > 1 ? 2 : 1
  const cell = { width: PANEL.width + MARGIN, height: PANEL.height + HEAD + MARGIN }
  const width = columns * cell.width + MARGIN
  const bottom = TITLE + Math.ceil(pictures.length / columns) * cell.height
  const most = Math.floor((width - 2 * MARGIN) / 5.6)
  const notes = view.notes.flatMap(note => lines(`(${note.number}) ${days(note)}: ${note.text}`, most))
  const { entry } = view.question
  const citation = citationOf(view, source)
  const foot = [...notes, ...lines(citation, most)]
  // Room for three lines, and for what more there is.
  const height = bottom + FOOT + 14 * Math.max(0, foot.length - 3)
  const drawn = pictures.map(({ name, said, svg }, i) => {
    const [x, y] = [MARGIN + (i % columns) * cell.width, TITLE + Math.floor(i / columns) * cell.height]
    const inner = svg.text.replace(
      '<svg ',
      `<svg x="${x}" y="${y + HEAD}" width="${PANEL.width}" height="${PANEL.height}" `,
    )
    return `${words(x, y + 16, 'head', name)}${words(x, y + 36, 'said', said)}${inner}`
  })
  const behind = pictures.length > 1 ? ` Dashed: ${pictures[0]!.name}.` : ''
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(entry.name)}">` +
    `<title>${escape(entry.name)}</title><desc>${escape(citation)}</desc><style>${STYLE}</style>` +
    `<rect width="${width}" height="${height}" fill="#ffffff"/>${words(MARGIN, 34, 'title', entry.name)}` +
    `${words(MARGIN, 54, 'said', `${view.at === undefined ? '' : `${atName(view, view.at)}. `}${entry.unit}; estimate and 95% interval.${behind}`)}${drawn.join('')}` +
    `${foot.map((line, i) => words(MARGIN, bottom + 12 + 14 * i, 'foot', line)).join('')}</svg>`
  )
}

const words = (x: number, y: number, kind: string, text: string): string =>
  `<text x="${x}" y="${y}" class="${kind}">${escape(text)}</text>`

/** Lines of at most so many characters, broken between words; what is longer than a line is broken anywhere. */
function lines(text: string, most: number): string[] {
  const found: string[] = ['']
  for (const word of text.split(' ').flatMap(one => one.match(new RegExp(`.{1,${most}}`, 'gu')) ?? [])) {
    const last = found.at(-1)!
    if (last.length + word.length + 1 > most) found.push(word)
    else found[found.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return found
}

/** As in style.css under `.chart`, on paper: a picture that leaves the page takes its colours along. */
const STYLE =
  'text{font:12px "Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;fill:#1d2126}' +
  '.title{font-size:20px;font-weight:700}.head{font-size:15px;font-weight:600}.said{fill:#555c66}.foot{font-size:11px;fill:#555c66}' +
  '.chart{color:#555c66;overflow:visible}.chart text{fill:#555c66}.chart .grid{stroke:#dcdfe3;stroke-opacity:1}.chart .band{stroke:none}' +
  '.chart .own.band{fill:#12436d;fill-opacity:.2}.chart .district.band{fill:#3d3d3d;fill-opacity:.15}.chart .curve{fill:none;stroke-width:2}' +
  '.chart .own.curve,.chart .own.whisker{stroke:#12436d}.chart .whisker{stroke-width:2}' +
  '.chart .note.rule{stroke:#1d2126;stroke-dasharray:1 3}.chart .note.span{fill:#1d2126;fill-opacity:.07}.chart .note.number{fill:#1d2126;font-size:11px}' +
  '.chart .district.curve,.chart .district.whisker{stroke:#3d3d3d;stroke-width:1.5;stroke-dasharray:4 3}.chart .own.dot{fill:#12436d}' +
  '.chart .own.hollow{fill:#fff;stroke:#12436d;stroke-width:1.5}.chart .chosen{stroke:#801650;stroke-dasharray:2 3}'
