import { fileURLToPath } from 'node:url'
import { pythonWith } from './python.ts'

const REQUIREMENTS = fileURLToPath(new URL('./research-requirements.txt', import.meta.url))

/**
 * The Python that a researcher might have: clickhouse-connect, pandas, pyarrow, duckdb, statsmodels at the versions of
 * research-requirements.txt. Installed on first use (20 to 60 s).
 * @returns the path of the interpreter
 */
export function researchPython(): Promise<string> {
  return pythonWith('research', REQUIREMENTS, '3.11')
}
