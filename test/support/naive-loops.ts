/** Loops in the naive interpreter: the body of one opens its instances and collects what they give. */
import type { Element, Loop, MultiInstance } from '../../src/model/process.js';
import { assign, elementAt, type Repeated, resultOf, type Visit } from './naive-visits.js';
import type { Walker } from './naive-walker.js';

export class NaiveLoops {
  private readonly walker: Walker;

  constructor(walker: Walker) {
    this.walker = walker;
  }

  begin(body: Visit, loop: Loop): void {
    const items = loop.type === 'LOOP' ? undefined : (resultOf(body, loop.collection) as readonly unknown[]);
    const repeated = { items, results: (items ?? []).map(() => null), opened: 0, enough: false };
    body.repeated = repeated;
    if (isAnother(body, repeated)) this.walker.later(() => this.open(body, repeated));
    else this.walker.finish(body);
  }

  private open(body: Visit, repeated: Repeated): void {
    const { element, graph } = body;
    if (!body.lives || repeated.enough || element.type !== 'MULTI_INSTANCE_BODY') return;
    const { loop } = element;
    const instance = this.walker.visit(graph, elementAt(graph, element.inner), body);
    instance.place = repeated.opened;
    repeated.opened += 1;
    if (loop.type !== 'LOOP') {
      if (loop.output?.variable !== undefined) instance.variables[loop.output.variable] = null;
      if (loop.inputElement !== undefined) instance.variables[loop.inputElement] = repeated.items?.[instance.place];
    }
    instance.variables.loopCounter = repeated.opened;
    this.walker.begin(instance);
    if (loop.type === 'PARALLEL' && isAnother(body, repeated)) {
      this.walker.later(() => this.open(body, repeated));
    }
  }

  /** Nothing is at work in it; false when that is its end. */
  goOn(body: Visit, repeated: Repeated): boolean {
    const { element } = body;
    if (repeated.enough || !isAnother(body, repeated)) return false;
    if (element.type === 'MULTI_INSTANCE_BODY' && element.loop.type !== 'PARALLEL') {
      this.walker.later(() => this.open(body, repeated));
    }
    return true;
  }

  close(instance: Visit, body: Visit, repeated: Repeated): void {
    const loop = multiInstanceOf(body.element);
    if (loop === undefined) return;
    const { output, completionCondition } = loop;
    if (output !== undefined) repeated.results[instance.place] = resultOf(instance, output.element);
    const active = body.children.size - 1;
    const counts = {
      numberOfInstances: repeated.items?.length,
      numberOfCompletedInstances: repeated.opened - active,
    };
    if (completionCondition === undefined || resultOf(instance, completionCondition, counts) !== true) return;
    repeated.enough = true;
    for (const other of body.children) if (other !== instance) this.walker.kill(other);
  }
}

function isAnother(body: Visit, { items, opened }: Repeated): boolean {
  if (items !== undefined) return opened < items.length;
  if (body.element.type !== 'MULTI_INSTANCE_BODY' || body.element.loop.type !== 'LOOP') return false;
  const { condition, testBefore, maximum } = body.element.loop;
  if (maximum !== undefined && opened >= maximum) return false;
  if (condition === undefined || (opened === 0 && !testBefore)) return true;
  return resultOf(body, condition, { loopCounter: opened }) === true;
}

export function giveResults(body: Visit, { results }: Repeated, parent: Visit): void {
  const output = multiInstanceOf(body.element)?.output;
  if (output !== undefined) assign(parent, output.collection, results);
}

function multiInstanceOf(element: Element): MultiInstance | undefined {
  return element.type === 'MULTI_INSTANCE_BODY' && element.loop.type !== 'LOOP' ? element.loop : undefined;
}
