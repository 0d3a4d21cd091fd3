import * as arrow from 'apache-arrow'
import { HomeroomError } from '../errors.ts'
import { hexBytes, utf8Bytes } from './column-bytes.ts'

/** One column of an insert: the table's column name, and its values as Arrow holds them. */
export type ArrowColumn = { name: string; data: arrow.Data }

/**
 * An Arrow IPC stream of one batch, for `Warehouse.insertArrow`. Columns are made from whole arrays, never value by value
 * through builders, which take two to four times as long. What each ClickHouse type needs stands at its function.
 *
 * @throws HomeroomError INTERNAL if a column has another number of rows
 */
export function arrowStream(rows: number, columns: readonly ArrowColumn[]): Uint8Array {
  const odd = columns.find(column => column.data.length !== rows)
  if (odd) {
    throw new HomeroomError(
      'INTERNAL',
      `column ${odd.name} has ${odd.data.length} rows, expected ${rows}. Nothing was stored`,
    )
  }
  const schema = new arrow.Schema(columns.map(({ name, data }) => new arrow.Field(name, data.type, data.nullCount > 0)))
  const children = columns.map(column => column.data)
  const struct = arrow.makeData({ type: new arrow.Struct(schema.fields), length: rows, nullCount: 0, children })
  return arrow.RecordBatchStreamWriter.writeAll([new arrow.RecordBatch(schema, struct)]).toUint8Array(true)
}

const NUMBERS = {
  UInt8: new arrow.Uint8(),
  UInt16: new arrow.Uint16(),
  UInt32: new arrow.Uint32(),
  UInt64: new arrow.Uint64(),
  Int64: new arrow.Int64(),
  Float64: new arrow.Float64(),
  Date: new arrow.Uint16(),
  Date32: new arrow.DateDay(),
  DateTime: new arrow.Uint32(),
}

/** The typed array of a column of numbers; Date: days since 1970, Date32 likewise and signed, DateTime: seconds since 1970. */
export type NumberArrays = {
  UInt8: Uint8Array
  UInt16: Uint16Array
  UInt32: Uint32Array
  UInt64: BigUint64Array
  Int64: BigInt64Array
  Float64: Float64Array
  Date: Uint16Array
  Date32: Int32Array
  DateTime: Uint32Array
}

/** UInt8 … Float64, Date, Date32, DateTime. */
export function numberColumn<T extends keyof NumberArrays>(
  name: string,
  type: T,
  values: NumberArrays[T],
): ArrowColumn {
  // makeData has no signature for a union of number types; NumberArrays pairs them.
  const data = arrow.makeData({
    type: NUMBERS[type] as unknown as arrow.Int32,
    length: values.length,
    nullCount: 0,
    data: values as unknown as Int32Array,
  })
  return { name, data }
}

/** DateTime64(3): milliseconds since 1970, whole numbers. */
export function millisecondsColumn(name: string, values: readonly number[]): ArrowColumn {
  return {
    name,
    data: arrow.makeData({
      type: new arrow.TimestampMillisecond(),
      length: values.length,
      nullCount: 0,
      data: int64s(values),
    }),
  }
}

/** Int64 of whole numbers within ±2^53. */
export function int64Column(name: string, values: readonly number[]): ArrowColumn {
  return numberColumn(name, 'Int64', int64s(values))
}

/** Bool. */
export function boolColumn(name: string, values: readonly boolean[]): ArrowColumn {
  return numberColumn(name, 'UInt8', Uint8Array.from(values, Number))
}

/** Nullable(Bool). */
export function nullableBoolColumn(name: string, values: readonly (boolean | null)[]): ArrowColumn {
  const type = new arrow.Uint8()
  return {
    name,
    data: arrow.makeData({ type, length: values.length, ...nulls(values), data: Uint8Array.from(values, Number) }),
  }
}

/** Nullable(Float64). */
export function nullableFloatColumn(name: string, values: readonly (number | null)[]): ArrowColumn {
  const type = new arrow.Float64()
  return {
    name,
    data: arrow.makeData({ type, length: values.length, ...nulls(values), data: Float64Array.from(values, Number) }),
  }
}

/** UUID, as text with or without dashes. */
export function uuidColumn(name: string, values: readonly string[]): ArrowColumn {
  return { name, data: fixed(16, hexBytes(name, values, 16)) }
}

/** FixedString(width) from hexadecimal text. */
export function hexColumn(name: string, values: readonly string[], width = 32): ArrowColumn {
  return { name, data: fixed(width, hexBytes(name, values, width)) }
}

/** UInt64 from 16 hexadecimal digits. */
export function hexUint64Column(name: string, values: readonly string[]): ArrowColumn {
  // The digits' order is big-endian, Arrow's numbers are little-endian.
  const bytes = Buffer.from(hexBytes(name, values, 8).buffer).swap64()
  return numberColumn(name, 'UInt64', new BigUint64Array(bytes.buffer))
}

/** Array(FixedString(width)) from hexadecimal text. */
export function hexListColumn(name: string, values: readonly (readonly string[])[], width = 32): ArrowColumn {
  return { name, data: list(values, flat => fixed(width, hexBytes(name, flat, width))) }
}

/** String. */
export function textColumn(name: string, values: readonly string[]): ArrowColumn {
  return { name, data: texts(values) }
}

/** LowCardinality(String). */
export function dictionaryColumn(name: string, values: readonly string[]): ArrowColumn {
  return { name, data: dictionary(values) }
}

/** Array(LowCardinality(String)). */
export function dictionaryListColumn(name: string, values: readonly (readonly string[])[]): ArrowColumn {
  return { name, data: list(values, dictionary) }
}

function fixed(width: number, bytes: Uint8Array): arrow.Data {
  const type = new arrow.FixedSizeBinary(width)
  return arrow.makeData({ type, length: bytes.length / width, nullCount: 0, data: bytes })
}

function texts(values: readonly string[]): arrow.Data<arrow.Utf8> {
  const { bytes, offsets } = utf8Bytes(values)
  return arrow.makeData({
    type: new arrow.Utf8(),
    length: values.length,
    nullCount: 0,
    valueOffsets: offsets,
    data: bytes,
  })
}

function dictionary(values: readonly string[]): arrow.Data {
  const places = new Map<string, number>()
  const data = Int32Array.from(values, value => {
    const place = places.get(value) ?? places.size
    if (place === places.size) places.set(value, place)
    return place
  })
  // Without an id, each dictionary type takes a new one, so that no two columns of a stream share theirs.
  const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32())
  return arrow.makeData({
    type,
    length: values.length,
    nullCount: 0,
    data,
    dictionary: new arrow.Vector([texts([...places.keys()])]),
  })
}

function list(values: readonly (readonly string[])[], child: (flat: string[]) => arrow.Data): arrow.Data {
  const valueOffsets = new Int32Array(values.length + 1)
  for (let row = 0; row < values.length; row++) valueOffsets[row + 1] = valueOffsets[row]! + values[row]!.length
  const items = child(values.flat())
  const type = new arrow.List(new arrow.Field('item', items.type, false))
  return arrow.makeData({ type, length: values.length, nullCount: 0, valueOffsets, child: items })
}

function nulls(values: readonly unknown[]): { nullCount: number; nullBitmap: Uint8Array } {
  const nullBitmap = new Uint8Array((values.length + 7) >> 3)
  let nullCount = 0
  for (const [row, value] of values.entries()) {
    if (value === null) nullCount++
    else nullBitmap[row >> 3]! |= 1 << (row & 7)
  }
  return { nullCount, nullBitmap }
}

/** 64-bit integers without a BigInt for each: the low and the high half apart. */
function int64s(values: readonly number[]): BigInt64Array {
  const halves = new Int32Array(2 * values.length)
  for (const [row, value] of values.entries()) {
    halves[2 * row] = value | 0
    halves[2 * row + 1] = Math.floor(value / 0x1_0000_0000)
  }
  return new BigInt64Array(halves.buffer)
}
