import { HomeroomError } from '../errors.ts'

export function closedError(): HomeroomError {
  return new HomeroomError('LOG_UNAVAILABLE', 'the event log is closed. Nothing was stored or read')
}

/** The offsets of a group that is running cannot be changed. */
export function runningError(name: string, group: string, holder: string): HomeroomError {
  return new HomeroomError(
    'ENGINE_LOCKED',
    `group ${group} of ${name} is running (${holder}). Its offsets are as they were`,
  )
}
