import { numberColumn, type ArrowColumn } from './arrow-batch.ts'

/**
 * Columns of items, one line a column: `column(hexColumn, 'person_id', row => row.person.id)`.
 * @param items rows of the insert, in order
 */
export function columnsOf<Item>(items: readonly Item[]) {
  return <Value>(
    make: (name: string, values: Value[]) => ArrowColumn,
    name: string,
    value: (item: Item) => Value,
  ): ArrowColumn => make(name, items.map(value))
}

/** Date, from days since 1970-01-01. */
export const daysColumn = (name: string, days: readonly number[]): ArrowColumn =>
  numberColumn(name, 'Date', Uint16Array.from(days))

/** Date32, from days since 1970-01-01. */
export const wideDaysColumn = (name: string, days: readonly number[]): ArrowColumn =>
  numberColumn(name, 'Date32', Int32Array.from(days))

export const uint8Column = (name: string, values: readonly (number | boolean)[]): ArrowColumn =>
  numberColumn(name, 'UInt8', Uint8Array.from(values, Number))

export const uint64Column = (name: string, values: readonly bigint[]): ArrowColumn =>
  numberColumn(name, 'UInt64', BigUint64Array.from(values))
