/** An error with ClickHouse's number, as the server writes it: `Code: 60. DB::Exception: … (UNKNOWN_TABLE)`. */
export class Exception extends Error {
  readonly number: number

  constructor(number: number, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'Exception'
    this.number = number
  }
}

/** An error of the HTTP side itself, under the number and name that the server gives it. */
export function exception(number: number, name: string, text: string): Exception {
  return new Exception(number, `Code: ${number}. DB::Exception: ${text}. (${name})`)
}

/** chdb prefixes the exceptions of files twice: `Code: 27. DB::Exception: Code: 27. DB::Exception: … (X) (version …). (X)`. */
export function fromNative(error: unknown): Exception {
  const text = error instanceof Error ? error.message : String(error)
  const twice = /^Code: (\d+)\. DB::Exception: (Code: \1\. [\s\S]*?\)) \(version [^)]*\)\. \(\w+\)\s*$/.exec(text)
  const message = twice?.[2] ?? text
  const number = /^Code: (\d+)\./.exec(message)?.[1]
  if (number) return new Exception(Number(number), message, { cause: error })
  return new Exception(1002, `Code: 1002. DB::Exception: ${message}. (UNKNOWN_EXCEPTION)`, { cause: error })
}

/** The HTTP status that the server gives an error; its list is src/Server/HTTP/exceptionCodeToHTTPStatus.cpp, READONLY apart. */
export function httpStatus(number: number): number {
  return STATUS.get(number) ?? 500
}

const STATUS = new Map(
  Object.entries({
    400: [6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675, 676],
    401: [194],
    403: [164, 192, 193, 497, 512, 516],
    404: [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511],
    408: [159],
    411: [381],
    413: [229],
    415: [779],
    501: [48],
    503: [76, 202, 209, 439],
  }).flatMap(([status, numbers]) => numbers.map(number => [number, Number(status)] as const)),
)
