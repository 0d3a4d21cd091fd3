import { scaleName } from '../pages/climate/climate-words.ts'
import { VOICE_NAMES, type Voice } from '../pages/climate/climate-rows.ts'
import { gradeName } from '../wording.ts'

/** A group of students as published, in words: `grade=09` → `grade 9`; '' → ''. */
export function groupName(group: string): string {
  if (group === '') return ''
  const [key, value = ''] = group.split('=') as [string, string?]
  switch (key) {
    case 'grade':
      return `grade ${gradeName(value)}`
    case 'band':
      return `${QUARTERS[Number(value) - 1] ?? value} quarter of earlier scores`
    case 'fifth':
      return `growth percentiles ${FIFTHS[Number(value) - 1] ?? value}`
    default:
      return `${key} ${value}`
  }
}

/**
 * What an indicator is measured by, in words: `subject=math,test=state` → `math · state`; '' → ''.
 * @param wordings of questions, by `instrument item`
 */
export function measureName(measure: string, wordings: ReadonlyMap<string, string> = new Map()): string {
  if (measure === '') return ''
  const instrument = /instrument=([^,]*)/.exec(measure)?.[1] ?? ''
  return measure
    .split(',')
    .map(pair => {
      const at = pair.indexOf('=')
      const [key, value] = [pair.slice(0, at), pair.slice(at + 1)]
      const wording = key === 'item' ? wordings.get(`${instrument} ${value}`) : undefined
      return wording === undefined ? spoken(key, value) : `“${wording.replace(/\.$/, '')}”`
    })
    .join(' · ')
}

function spoken(key: string, value: string): string {
  switch (key) {
    case 'subject':
    case 'test':
    case 'instrument':
      return value
    case 'informant':
      return VOICE_NAMES[value as Voice] ?? value
    case 'scale':
      return scaleName(value)
    case 'item':
      return `question ${value}`
    default:
      return `${key} ${value}`
  }
}

const QUARTERS = ['lowest', 'second', 'third', 'highest']
const FIFTHS = ['1–20', '21–40', '41–60', '61–80', '81–99']
