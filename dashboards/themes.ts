import { catalogue, type CatalogueEntry } from '../schemas/catalogue.ts'

/** Indicators by what they are about, as menus and contents list them; each stands in one. */
export const THEMES: readonly (readonly [name: string, entries: readonly CatalogueEntry[]])[] = (
  [
    ['Growth', code => code.startsWith('A')],
    ['Engagement', code => /^B[12347]?$/.test(code)],
    ['Choice, pace and help', code => /^B[56]$/.test(code)],
    ['Connectedness', code => code.startsWith('C')],
    ['Climate', code => code.startsWith('D')],
    ['Further figures', code => !/^(?:A|B[1-7]?$|C|D)/.test(code)],
  ] as [string, (code: string) => boolean][]
)
  .map(([name, has]) => [name, catalogue.filter(({ code }) => has(code))] as const)
  .filter(([, entries]) => entries.length > 0)
