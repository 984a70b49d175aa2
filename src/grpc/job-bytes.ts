/**
 * A job as bytes of the wire, without the message in between: thousands a second go through here, and the generated encoder
 * takes five times as long. A test holds both equal.
 */
import type { JobType, VariableData } from '../core/state.js';
import type { JobDelivery } from '../engine/face.js';
import { JobState, jobStateToNumber, jobTypeToNumber } from '../gen/baton/v1/jobs.js';
import { wireJobType } from './convert.js';

/** Bytes that the buffer has at first; it doubles when a job is larger. */
const FIRST_BYTES = 64 * 1024;

/** Bytes of a buffer that is kept after a large job. */
const LAST_BYTES = 1024 * 1024;

const VARINT = 0;
const BYTES = 2;

const typeNumbers = Object.fromEntries(
  Object.entries(wireJobType).map(([type, wire]) => [type, jobTypeToNumber(wire)]),
) as Readonly<Record<JobType, number>>;
const LOCKED = jobStateToNumber(JobState.JOB_STATE_LOCKED);

/** Writes fields one after the other into a buffer of its own. What is empty or zero is left out, as proto3 has it. */
class FieldWriter {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  begin(): void {
    this.#at = 0;
    if (this.#buffer.length > LAST_BYTES) this.#buffer = Buffer.allocUnsafe(FIRST_BYTES);
  }

  finish(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#buffer, 0, this.#at);
  }

  text(field: number, text: string): void {
    const { length } = text;
    if (length === 0) return;
    this.#room(length * 3 + 16);
    this.#varint((field << 3) | BYTES);
    // The length goes before the text and has one byte for most: it is guessed, and the text moved when the guess was wrong.
    const guess = length < 43 ? 1 : varintBytes(length);
    const from = this.#at + guess;
    const bytes = this.#utf8(text, from);
    const needed = varintBytes(bytes);
    if (needed !== guess) this.#buffer.copyWithin(this.#at + needed, from, from + bytes);
    this.#varint(bytes);
    this.#at += bytes;
  }

  integer(field: number, value: number): void {
    if (value === 0) return;
    this.#room(16);
    this.#varint((field << 3) | VARINT);
    if (value > 0) this.#varint(value);
    else this.#negative(value);
  }

  /** Begins a message inside; `close` gets what this answers. One byte is left for its length. */
  open(field: number): number {
    this.#room(16);
    this.#varint((field << 3) | BYTES);
    this.#at += 1;
    return this.#at;
  }

  close(from: number): void {
    const bytes = this.#at - from;
    const more = varintBytes(bytes) - 1;
    if (more > 0) {
      this.#room(more);
      this.#buffer.copyWithin(from + more, from, this.#at);
    }
    this.#at = from - 1;
    this.#varint(bytes);
    this.#at += bytes;
  }

  time(field: number, milliseconds: number): void {
    const seconds = Math.floor(milliseconds / 1000);
    const from = this.open(field);
    this.integer(1, seconds);
    this.integer(2, Math.round((milliseconds - seconds * 1000) * 1e6));
    this.close(from);
  }

  #utf8(text: string, from: number): number {
    if (text.length > 40) return this.#buffer.write(text, from, 'utf8');
    let at = from;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return this.#buffer.write(text, from, 'utf8');
      this.#buffer[at++] = code;
    }
    return text.length;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#buffer[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#at++] = rest;
  }

  /** Ten bytes of two's complement. */
  #negative(value: number): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) this.#buffer[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#buffer[this.#at++] = Number(rest);
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

const out = new FieldWriter();

/** Encodes the job as it is handed out over a stream. The numbers are those of the message Job in jobs.proto. */
export function jobBytes(delivery: JobDelivery): Uint8Array {
  const { job, lock } = delivery;
  out.begin();
  out.text(1, job.partition);
  out.integer(2, job.id);
  out.text(3, lock.token);
  out.text(4, job.topic);
  out.integer(5, typeNumbers[job.type]);
  out.integer(6, LOCKED);
  for (const { name, data } of delivery.variables) writeVariable(name, data);
  for (const key in delivery.headers) writeHeader(key, delivery.headers[key] ?? '');
  out.integer(9, job.elementId);
  out.integer(10, job.elementInstanceId);
  out.integer(11, job.processId);
  out.integer(12, job.processInstanceId);
  out.text(13, delivery.bpmnProcessId);
  out.text(14, delivery.version);
  out.text(15, delivery.bpmnElementId);
  if (delivery.correlationKey !== null) out.text(16, delivery.correlationKey);
  out.integer(17, job.retryCount);
  out.integer(18, job.retryLimit);
  out.integer(19, job.attempt);
  out.text(20, job.attemptKey);
  out.text(21, job.effectKey);
  out.integer(22, job.priority);
  out.time(23, job.dueAt);
  out.text(24, lock.lockedBy);
  out.time(25, lock.lockedAt);
  if (job.error !== null) out.text(28, job.error);
  out.time(29, job.createdAt);
  out.text(30, job.createdBy);
  out.text(32, job.tenantId);
  if (delivery.traceParent !== null) writeTrace(delivery.traceParent);
  if (delivery.calledId !== null) out.integer(34, delivery.calledId);
  return out.finish();
}

function writeVariable(name: string, { encoding, value, encrypted }: VariableData): void {
  const variable = out.open(7);
  out.text(1, name);
  const data = out.open(2);
  out.text(1, encoding);
  out.text(2, value);
  out.integer(3, encrypted ? 1 : 0);
  out.close(data);
  out.close(variable);
}

function writeHeader(key: string, value: string): void {
  const entry = out.open(8);
  out.text(1, key);
  out.text(2, value);
  out.close(entry);
}

function writeTrace(traceParent: string): void {
  const trace = out.open(33);
  out.text(1, traceParent);
  out.close(trace);
}
