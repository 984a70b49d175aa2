/**
 * Columns of rows as arrays in PostgreSQL's binary format, as `array_recv` reads it: numbers and times are neither written
 * as text here nor read from it there.
 */

/** Element types by the names that SQL has for them, with their object ids, which never change. */
const OBJECT_IDS = { bool: 16, int8: 20, text: 25, float8: 701, date: 1082 } as const;

export type ElementType = keyof typeof OBJECT_IDS;

/** A value of a cell as the application has it. */
export type CellValue = string | number | boolean | null;

/**
 * One column of these rows. Null when there is no value in it: beside arrays with values, `unnest` fills it up with NULLs,
 * which is cheaper for both sides.
 */
export function arrayOf<Row>(type: ElementType, rows: readonly Row[], of: (row: Row) => CellValue): Buffer | null {
  const write = writers[type] as (value: CellValue) => void;
  let hasNull = false;
  let hasValue = false;
  out.begin();
  for (const row of rows) {
    const value = of(row);
    if (value === null) {
      hasNull = true;
      out.int32(-1);
    } else {
      hasValue = true;
      write(value);
    }
  }
  return hasValue ? out.finish(type, rows.length, hasNull) : null;
}

const HEADER_BYTES = 20;
const FIRST_BYTES = 64 * 1024;

/** Bytes of a buffer that is kept after a large array. */
const LAST_BYTES = 1024 * 1024;

/** Texts up to this length are written by hand, which is faster than a call into native code. */
const SHORT_TEXT = 48;

/** Writes one array after the other into a buffer of its own. */
class ArrayWriter {
  private buffer = Buffer.allocUnsafe(FIRST_BYTES);
  private at = HEADER_BYTES;

  begin(): void {
    this.at = HEADER_BYTES;
    if (this.buffer.length > LAST_BYTES) this.buffer = Buffer.allocUnsafe(FIRST_BYTES);
  }

  /** Number of dimensions, whether there are NULLs, the element type, the length and the first index go before. */
  finish(type: ElementType, length: number, hasNull: boolean): Buffer {
    const end = this.at;
    this.at = 0;
    for (const number of [1, hasNull ? 1 : 0, OBJECT_IDS[type], length, 1]) this.int32(number);
    return Buffer.from(this.buffer.subarray(0, end));
  }

  int32(value: number): void {
    this.room(4);
    const { buffer, at } = this;
    buffer[at] = value >>> 24;
    buffer[at + 1] = value >>> 16;
    buffer[at + 2] = value >>> 8;
    buffer[at + 3] = value;
    this.at = at + 4;
  }

  /** Exact for integers up to 2^53, of either sign. */
  int8(value: number): void {
    this.int32(8);
    this.int32(Math.floor(value / 2 ** 32));
    this.int32(value);
  }

  float8(value: number): void {
    this.int32(8);
    this.room(8);
    this.at = this.buffer.writeDoubleBE(value, this.at);
  }

  bool(value: boolean): void {
    this.int32(1);
    this.room(1);
    this.buffer[this.at++] = value ? 1 : 0;
  }

  text(value: string): void {
    const { length } = value;
    this.room(4 + length * 3);
    const from = this.at + 4;
    const end = length <= SHORT_TEXT ? this.shortText(value, from) : from + this.buffer.write(value, from, 'utf8');
    this.int32(end - from);
    this.at = end;
  }

  private shortText(value: string, from: number): number {
    const { buffer } = this;
    const { length } = value;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return from + buffer.write(value, from, 'utf8');
      buffer[from + index] = code;
    }
    return from + length;
  }

  private room(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.at + bytes));
    this.buffer.copy(larger, 0, 0, this.at);
    this.buffer = larger;
  }
}

const out = new ArrayWriter();

const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2000, 0, 1);

let lastDay = '';
let lastDayNumber = 0;

/** Days since 2000-01-01, as PostgreSQL counts them; nearly always the same one again. */
function dayNumber(day: string): number {
  if (day !== lastDay) {
    const number = (Date.parse(`${day}T00:00:00Z`) - FIRST_DAY_MS) / DAY_MS;
    if (!Number.isInteger(number)) throw new Error(`${day} is no day.`);
    lastDay = day;
    lastDayNumber = number;
  }
  return lastDayNumber;
}

const writers: { readonly [T in ElementType]: (value: never) => void } = {
  bool: (value: boolean) => out.bool(value),
  int8: (value: number) => out.int8(value),
  float8: (value: number) => out.float8(value),
  text: (value: string) => out.text(value),
  date: (value: string) => {
    out.int32(4);
    out.int32(dayNumber(value));
  },
};
