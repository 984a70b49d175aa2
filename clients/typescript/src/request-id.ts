// Owns request ids: names of a call and its repetitions.
import { randomUUID } from 'node:crypto';

/**
 * A UUID of version 7. Ids of one time lie side by side in the server's index; random ones would touch a page of it each,
 * and PostgreSQL logs each page whole that is touched first after a checkpoint.
 */
export function newRequestId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
