/**
 * The JSON objects of a text, one after the other, in bounded memory: one a line, several a line, in arrays, or laid out
 * over lines.
 *
 * What cannot be read is given as a fault, and reading goes on with the next line: a line break inside a text, or a line
 * that begins with a brace inside an object, shows that the object before it was cut off.
 */
export type JsonObject =
  /** `line` counts from 1 and is where the object begins; `nth` of the objects that begin there, from 1. */
  | { line: number; nth: number; text: string; value: unknown; fault?: undefined }
  | { line: number; nth: number; text: string; fault: string }

/** No event comes near it; what does not end before is not one. */
const MAX_CHARACTERS = 1_048_576

/** @param chunks decoded text, cut anywhere; without byte order mark (`decoded` of infra/csv.ts) */
export async function* jsonObjects(chunks: AsyncIterable<string> | Iterable<string>): AsyncGenerator<JsonObject> {
  const assembler = new Assembler()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines) yield* assembler.line(line)
    // An array without a single line break is read as far as it is here.
    if (rest.length <= MAX_CHARACTERS) continue
    yield* assembler.piece(rest)
    rest = ''
  }
  yield* assembler.line(rest)
  yield* assembler.end()
}

class Assembler {
  #line = 1
  /** Objects and faults that began on this line. */
  #count = 0
  /** The object that is not closed yet, and where it began. */
  #open = ''
  #begin = { line: 1, nth: 1 }
  #depth = 0
  #inText = false
  #isEscaped = false
  #inArray = false
  /** Of the object that is not closed yet it is said already that it is too long. */
  #isDropped = false
  /** Text between objects, of which it is said already that it is none. */
  #isStray = false;

  *line(text: string): Generator<JsonObject> {
    yield* this.piece(text.endsWith('\r') ? text.slice(0, -1) : text)
    if (this.#inText) yield* this.#broken('an object that is cut off inside a text')
    else if (this.#depth > 0) this.#open += '\n'
    this.#line++
    this.#count = 0
    this.#isStray = false
  }

  *piece(text: string): Generator<JsonObject> {
    if (this.#open.endsWith('\n') && text.startsWith('{')) yield* this.#broken('an object that is cut off')
    if (this.#depth === 0 && !this.#isStray && text.startsWith('{') && /\},?$/.test(text)) {
      const whole = parsed(text.endsWith(',') ? text.slice(0, -1) : text, this.#next())
      if (whole.fault === undefined) {
        yield whole
        return
      }
      this.#count--
    }
    yield* this.#scan(text)
    if (this.#open.length <= MAX_CHARACTERS) return
    if (!this.#isDropped)
      yield { ...this.#begin, text: this.#open, fault: `an object of more than ${MAX_CHARACTERS} characters` }
    this.#isDropped = true
    this.#open = ''
  }

  *end(): Generator<JsonObject> {
    if (this.#depth > 0) yield* this.#broken('an object that is cut off')
  }

  *#scan(text: string): Generator<JsonObject> {
    let from = 0
    for (let at = 0; at < text.length; at++) {
      const character = text[at]!
      if (this.#inText) this.#readText(character)
      else if (character === '{') {
        if (this.#depth === 0 && this.#isStray && !this.#inArray) continue
        if (this.#depth++ > 0) continue
        from = at
        this.#begin = this.#next()
        this.#isStray = false
      } else if (this.#depth === 0) yield* this.#between(character, text, at)
      else if (character === '"') this.#inText = true
      else if (character === '}' && --this.#depth === 0) {
        if (!this.#isDropped) yield parsed(this.#open + text.slice(from, at + 1), this.#begin)
        this.#open = ''
        this.#isDropped = false
      }
    }
    if (this.#depth > 0) this.#open += text.slice(from)
  }

  #readText(character: string): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (character === '\\') this.#isEscaped = true
    else if (character === '"') this.#inText = false
  }

  // In an array the next brace begins the next object; elsewhere the line is one that lost its beginning.
  *#between(character: string, text: string, at: number): Generator<JsonObject> {
    if (character === ']' && this.#inArray) {
      this.#inArray = false
      this.#isStray = false
    }
    if (this.#isStray || ' \t,]'.includes(character)) return
    if (character === '[') {
      this.#inArray = true
      return
    }
    this.#isStray = true
    const end = this.#inArray ? text.indexOf('{', at) : -1
    const stray = text.slice(at, end < 0 ? undefined : end)
    yield { ...this.#next(), text: stray, fault: `${stray.length} characters that are no JSON object` }
  }

  #next(): { line: number; nth: number } {
    return { line: this.#line, nth: ++this.#count }
  }

  *#broken(fault: string): Generator<JsonObject> {
    if (!this.#isDropped) yield { ...this.#begin, text: this.#open, fault }
    this.#open = ''
    this.#depth = 0
    this.#inText = false
    this.#isEscaped = false
    this.#isDropped = false
  }
}

function parsed(text: string, place: { line: number; nth: number }): JsonObject {
  if (text.includes('\ufffd')) return { ...place, text, fault: 'an object with bytes that are not UTF-8' }
  try {
    return { ...place, text, value: JSON.parse(text) as unknown }
  } catch {
    // Not JSON is a fault of this object, told to whoever loads the file like any other; the neighbours are read on.
    return { ...place, text, fault: `${text.length} characters that are not JSON` }
  }
}
