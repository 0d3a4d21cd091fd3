import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { LRUCache } from 'lru-cache'
import { escape, trusted, type Html } from '../html.ts'
import { oneImage } from './one-image.ts'

const { document } = parseHTML('<!doctype html><html><body></body></html>')

/**
 * A plot as SVG text that a strict content security policy lets through and a screen reader announces as one image.
 * @param label what the image shows, for those who do not see it
 */
export function svg(options: Plot.PlotOptions, label: string): Html {
  const root = Plot.plot({ ...options, document })
  oneImage(root)
  // linkedom writes attribute values without escaping < and >, which HTML allows; the label is put in by our own escape.
  return trusted(`<svg aria-label="${escape(label)}" ${root.outerHTML.slice('<svg '.length)}`)
}

/**
 * A drawing function that draws equal inputs once. Drawings depend on nothing but their input, so nothing ever needs
 * to be thrown away for being out of date.
 * @param max characters of SVG kept
 */
export function drawnOnce<Input>(draw: (input: Input) => Html, max = 20_000_000): (input: Input) => Html {
  const kept = new LRUCache<string, Html>({ maxSize: max, sizeCalculation: drawing => drawing.text.length })
  return input => {
    const key = JSON.stringify(input)
    const known = kept.get(key)
    if (known) return known
    const drawing = draw(input)
    kept.set(key, drawing)
    return drawing
  }
}
