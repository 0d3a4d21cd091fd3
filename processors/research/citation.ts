/** What is cited: no person, but the district's extract, its version and day. */
export type Cited = {
  study: string
  title: string
  district: string
  version: number
  extractedAt: string
  software: string
}

/** The citation as a sentence. */
export function citationText(cited: Cited): string {
  const { district, title, version, extractedAt, software } = cited
  return `School district ${district} (${yearOf(cited)}). ${title}: de-identified extract, version ${version} of ${extractedAt.slice(0, 10)} [Data set]. ${software}.`
}

/** BibTeX, as every reference manager reads it. */
export function citationBibtex(cited: Cited): string {
  const { study, district, title, version, extractedAt, software } = cited
  const lines = [
    ['author', `{School district ${plain(district)}}`],
    ['title', `{${plain(title)}}`],
    ['year', yearOf(cited)],
    ['version', String(version)],
    ['howpublished', `De-identified extract, ${software}`],
    ['note', `Data set of ${extractedAt.slice(0, 10)}`],
  ].map(([key, value]) => `  ${key} = {${value}}`)
  return `@misc{${study}_v${version},\n${lines.join(',\n')}\n}\n`
}

/** CSL-JSON, one item. */
export function citationCsl(cited: Cited): object[] {
  const { study, district, title, version, extractedAt, software } = cited
  const [year, month, day] = extractedAt.slice(0, 10).split('-').map(Number)
  return [
    {
      id: `${study}_v${version}`,
      type: 'dataset',
      title,
      author: [{ literal: `School district ${district}` }],
      issued: { 'date-parts': [[year, month, day]] },
      version: String(version),
      publisher: software,
      genre: 'De-identified extract',
    },
  ]
}

const yearOf = ({ extractedAt }: Cited): string => extractedAt.slice(0, 4)

/** Braces and backslashes mean something else there. */
const plain = (text: string): string => text.replace(/[\\{}]/g, ' ')
