import fc from 'fast-check'
import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import { html, trusted } from '../../dashboards/html.ts'

test('any text comes out as it went in, between tags and in attributes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), text => {
      const { document } = parseHTML(`<body>${html`<p title="${text}">${text}</p>`}</body>`)
      const found = document.querySelector('p')!
      expect(found.textContent).toBe(text)
      expect(found.getAttribute('title')).toBe(text)
      expect(found.children.length).toBe(0)
    }),
    { seed: 3, numRuns: 500 },
  )
})

test('markup made by html is kept; a string that looks like markup is not', () => {
  expect(html`<p>${html`<b>${'<i>'}</b>`}</p>`.text).toBe('<p><b>&#60;i&#62;</b></p>')
  expect(html`${trusted('<br>')}${'<br>'}`.text).toBe('<br>&#60;br&#62;')
})

test('null, undefined and false are left out; 0 is not; lists are joined', () => {
  expect(html`${null}${undefined}${false}${0}${['a', [html`<b></b>`]]}`.text).toBe('0a<b></b>')
})
