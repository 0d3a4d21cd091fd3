import { erasedHash } from '../../infra/erased.ts'
import { arrowStream, dictionaryColumn, hexColumn, numberColumn } from '../../infra/warehouse/arrow-batch.ts'
import { readColumns } from '../../infra/warehouse/read-columns.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { StudyNames } from './study-key.ts'

/** Read and hashed at once, to bound memory. */
const AT_ONCE = 50_000

/** Whose identifier each is, merged persons' own ones too, of the students of the extract that is being made. */
const IDENTIFIERS = `
  select identifier, person_id from (
    select identifier, person_id from person_of final
    union all select person_id, into_id from merged_persons final
    union all select student_id, student_id from extracting_students
  )
  where person_id in (select student_id from extracting_students)`

/**
 * Keep under which identifiers each person of an extract is known now, hashed by its key: whoever is erased later, under
 * whichever of them, and whatever was merged or parted meanwhile, is found in it.
 */
export async function rememberIdentifiers(
  warehouse: Warehouse,
  { study, version, names }: { study: string; version: number; names: StudyNames },
): Promise<void> {
  await dropVersion(warehouse, study, version)
  const [found] = await warehouse.query<{ n: number }>(`select toFloat64(count()) as n from (${IDENTIFIERS})`)
  const parts = Math.max(1, Math.ceil(found!.n / AT_ONCE))
  for (let part = 0; part < parts; part++) {
    const some = await readColumns(
      warehouse,
      `select distinct lower(hex(identifier)) as identifier, lower(hex(person_id)) as person from (${IDENTIFIERS})
       where sipHash64(identifier) % {parts:UInt32} = {part:UInt32}`,
      { parts, part },
    )
    if (some.rows === 0) continue
    const columns = [
      dictionaryColumn('study', Array<string>(some.rows).fill(study)),
      numberColumn('version', 'UInt32', new Uint32Array(some.rows).fill(version)),
      hexColumn('identifier', some.texts('identifier').map(id => names.identifier(erasedHash(id)))),
      hexColumn('person', some.texts('person').map(id => names.person(erasedHash(id)))),
    ] // prettier-ignore
    await warehouse.insertArrow(`${warehouse.identity}.study_identifiers`, arrowStream(some.rows, columns))
  }
}

/** Forget them with the extract. @param but a version that stays */
export async function forgetIdentifiers(
  warehouse: Warehouse,
  study: string,
  { but }: { but?: number } = {},
): Promise<void> {
  const found = await warehouse.query<{ version: number }>(
    'select distinct version from {identity:Identifier}.study_identifiers where study = {study:String}',
    { study },
  )
  for (const { version } of found) if (version !== but) await dropVersion(warehouse, study, version)
}

const dropVersion = (warehouse: Warehouse, study: string, version: number): Promise<void> =>
  warehouse.command(
    'alter table {identity:Identifier}.study_identifiers drop partition tuple({study:String}, {version:UInt16})',
    {
      study,
      version,
    },
  )
