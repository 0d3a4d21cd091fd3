import { counted } from '../../wording.ts'

/** Of fewer students nothing but that is said to who does not advise them (C4). */
const LEAST = 10

/** `12 students`, and of a few only that they are few. */
export const fewAs = (n: number): string => (n >= LEAST ? counted(n, 'student') : `fewer than ${LEAST} students`)
