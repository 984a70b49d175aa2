/** Models of random blocks (`scenario-blocks.ts`). */
import type { Block } from './scenario-blocks.js';
import { file } from './scenario-model.js';
import { Writer } from './scenario-writer.js';

export interface RandomModel {
  readonly xml: string;
  /** Its data, and the counters of its loops. */
  readonly variables: Readonly<Record<string, number>>;
}

export function modelOf(body: Block): RandomModel {
  const writer = new Writer();
  const { arrows, elements } = writer.process(body);
  const counters = Object.fromEntries(writer.counters.map((counter) => [counter, 0]));
  const xml = file({ id: 'p', arrows, elements }, ...writer.processes);
  return { xml, variables: { x: 1, y: 5, z: 9, ...counters } };
}
