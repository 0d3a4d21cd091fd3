import { acceptCanvasEvent, isCanvasEvent } from '../canvas-events.ts'
import { decoded } from '../../infra/csv.ts'
import { IN_FILE, type Accepted, type ForeignEvent } from '../foreign-events.ts'
import { acceptTrackingEvent, isTrackingEvent } from '../openedx-events.ts'
import { damaged, type SourceFile } from './file-set.ts'
import { jsonObjects, type JsonObject } from './json-objects.ts'
import type { Loader } from './loader.ts'

/** Logs of events in a platform's own form; the name is also that of their source and their dead letters. */
export type EventFormat = 'openedx' | 'canvas'

/** So much at the beginning of a file is looked at: a rotated log may begin with half a line. */
const LOOKED_AT = { objects: 100, characters: 4 * 1024 * 1024 }

/**
 * What kind of log a file is, by its content; null if it is none. An empty file named as a tracking log is one: a log is
 * often rotated before anything is in it.
 */
export async function eventFormatOf(file: SourceFile): Promise<EventFormat | null> {
  let seen = 0
  for await (const object of objectsIn(file, LOOKED_AT.characters)) {
    if (object.fault === undefined && isTrackingEvent(object.value)) return 'openedx'
    if (object.fault === undefined && isCanvasEvent(object.value)) return 'canvas'
    if (++seen === LOOKED_AT.objects) return null
  }
  return seen === 0 && /^tracking.*\.log/i.test(file.name) ? 'openedx' : null
}

/**
 * Load a log, streaming: each event a record, nobody's, or a dead letter.
 * @param homePage of the accounts in tracking logs; null: `https://` and each event's host
 */
export async function loadEvents(
  file: SourceFile,
  format: EventFormat,
  loader: Loader,
  homePage: string | null,
): Promise<void> {
  const manner = { ...IN_FILE, door: format }
  const accept = (event: ForeignEvent): Accepted =>
    format === 'canvas'
      ? acceptCanvasEvent(loader.intake, loader.batch, event, manner)
      : acceptTrackingEvent(loader.intake, loader.batch, event, manner, homePage)
  const summary = loader.file(file.label)
  await loader.resume(summary, file, [format, homePage])
  try {
    for await (const object of objectsIn(file)) {
      if (loader.passesOver(summary)) continue
      const event = eventOf(object, file.label, summary.read)
      const outcome = accept(event)
      if (Array.isArray(outcome)) loader.tell(outcome, 'This event counts in no number')
      await loader.counted(summary, Array.isArray(outcome) ? 'dead' : outcome, event.place)
    }
  } finally {
    // Also what was read before the file turned out to be damaged.
    await loader.finished(summary)
  }
}

function eventOf(object: JsonObject, name: string, index: number): ForeignEvent {
  const place = `${name} line ${object.line}${object.nth > 1 ? ` object ${object.nth}` : ''}`
  const event = { index, place, original: () => object.text }
  return object.fault === undefined
    ? { ...event, value: object.value }
    : { ...event, value: undefined, unreadable: object.fault }
}

async function* objectsIn(file: SourceFile, characters = Infinity): AsyncGenerator<JsonObject> {
  try {
    yield* jsonObjects(beginningOf(decoded(await file.open()), characters))
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code?.startsWith('Z_') || code?.startsWith('ERR_ZLIB')) throw damaged(file, cause)
    throw cause
  }
}

async function* beginningOf(chunks: AsyncIterable<string>, characters: number): AsyncGenerator<string> {
  let left = characters
  for await (const chunk of chunks) {
    yield chunk
    left -= chunk.length
    if (left <= 0) return
  }
}
