import { readFileSync } from 'node:fs'
import type { HomeroomError } from './errors.ts'

/**
 * The value of a setting that is JSON, or the path of a file with it.
 *
 * @param invalid makes the error that is thrown; its cause never quotes the text, which may hold a secret
 */
export function jsonSetting(setting: string, invalid: (fault: string, cause?: unknown) => HomeroomError): unknown {
  const isJson = setting.trimStart().startsWith('{')
  try {
    return JSON.parse(isJson ? setting : readFileSync(setting, 'utf8'))
  } catch (cause) {
    const fault = isJson ? 'it is no JSON' : `${setting} is not readable as JSON`
    throw cause instanceof SyntaxError ? invalid(fault) : invalid(fault, cause)
  }
}
