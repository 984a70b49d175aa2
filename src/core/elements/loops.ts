/** The body of a loop or multi-instance activity: the scope of its instances. It says when there is another one. */
import type { Loop, MultiInstanceBody, StandardLoop } from '../../model/process.js';
import { type Execution, scopeOf } from '../execution.js';
import { collected, itemsOf, jsonOf, progressOf } from '../loops.js';
import type { ElementInstance } from '../state.js';
import { evaluateCondition, jsonData, type MappingFailure, setOutwards } from '../variables.js';
import type { Behavior } from './behavior.js';
import { begin, finish, openOne, raise } from './lifecycle.js';

export const multiInstanceBody: Behavior<MultiInstanceBody> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    if (!begin(x, element, ei)) return;
    const failure = beginLoop(x, element, x.elementInstance(ei.id));
    if (failure !== undefined) raise(x, ei, 'ENTER', failure);
  },
  leave(x, element, ei) {
    if (element.loop.type !== 'LOOP' && element.loop.output !== undefined) {
      setOutwards(x, x.elementInstance(scopeOf(ei)), element.loop.output.collection, jsonData(collected(x, ei)));
    }
    finish(x, element, ei);
  },
  /** Instances that are still to come keep the body, though none is alive just now. */
  emptied(x, element, ei, by) {
    if (ei.liveChildren > 0) return;
    if (ei.endedByElement === null) continueBody(x, element, ei, by);
    else this.leave(x, element, ei);
  },
};

/** After an instance, or when an incident of that is resolved. */
export function continueBody(
  x: Execution,
  element: MultiInstanceBody,
  ei: ElementInstance,
  by?: ElementInstance,
): void {
  const failure = goOn(x, element, ei, by);
  if (failure !== undefined) x.raise(ei, 'CONTINUE', failure.reason, failure.message);
}

function beginLoop(x: Execution, element: MultiInstanceBody, ei: ElementInstance): MappingFailure | undefined {
  const { loop } = element;
  if (loop.type !== 'PARALLEL') return goOn(x, element, x.change(ei, { loop: { opened: 0, size: null } }));
  const values = itemsOf(x, ei, loop);
  if ('reason' in values) return values;
  const items: (string | null)[] = [];
  for (const value of values) {
    const json = loop.collection === undefined ? null : jsonOf(value);
    if (typeof json === 'object' && json !== null) return json;
    items.push(json);
  }
  const body = x.change(ei, { loop: { opened: 0, size: items.length } });
  if (items.length === 0) multiInstanceBody.leave(x, element, body);
  else x.agenda.push({ type: 'openInstance', bodyId: ei.id, items, first: 1 });
  return undefined;
}

/** Is there another instance? The end of the last one ends the body. */
function goOn(
  x: Execution,
  element: MultiInstanceBody,
  ei: ElementInstance,
  by?: ElementInstance,
): MappingFailure | undefined {
  const { opened, size } = progressOf(ei);
  // Those of a parallel one are on their way, in the agenda or in a task.
  if (element.loop.type === 'PARALLEL' && opened < (size ?? 0)) return undefined;
  const next = nextItem(x, element.loop, ei);
  if (next !== undefined && 'reason' in next) return next;
  if (next === undefined) {
    multiInstanceBody.leave(x, element, by === undefined ? ei : x.change(ei, { endedByElement: by.id }));
  } else {
    x.agenda.push({ type: 'openInstance', bodyId: ei.id, items: [next.item], first: opened + 1 });
  }
  return undefined;
}

/** A sequence reads its list again for each instance, and so sees what those before it made of it. */
function nextItem(
  x: Execution,
  loop: Loop,
  ei: ElementInstance,
): { readonly item: string | null } | undefined | MappingFailure {
  if (loop.type === 'PARALLEL') return undefined;
  if (loop.type === 'LOOP') return nextRound(x, loop, ei);
  const { opened, size } = progressOf(ei);
  const values = itemsOf(x, ei, loop);
  if ('reason' in values) return values;
  if (values.length !== size) x.change(ei, { loop: { opened, size: values.length } });
  if (opened >= values.length) return undefined;
  const item = loop.collection === undefined ? null : jsonOf(values[opened]);
  return typeof item === 'object' && item !== null ? item : { item };
}

/** BPMN 2.0.2, 13.3.6. The condition knows how many rounds there were. */
function nextRound(
  x: Execution,
  { condition, testBefore, maximum }: StandardLoop,
  ei: ElementInstance,
): { readonly item: null } | undefined | MappingFailure {
  const { opened } = progressOf(ei);
  if (maximum !== undefined && opened >= maximum) return undefined;
  if (condition === undefined || (opened === 0 && !testBefore)) return { item: null };
  const named = (text: string) => `loop condition "${text}"`;
  const holds = evaluateCondition(x, ei, condition, named, { loopCounter: opened });
  if (typeof holds === 'object') return holds;
  return holds ? { item: null } : undefined;
}
