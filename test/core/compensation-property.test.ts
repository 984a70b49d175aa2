// Random scopes within scopes, worked off in random order and then compensated: against what BPMN 2.0.2, 10.7 says in a few
// lines. A failure prints the seed and the smallest model and path that fast-check found.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Scenario } from '../support/scenario.js';
import {
  compensation,
  type Elements,
  eventSubProcess,
  model,
  service,
  startOn,
  subProcess,
  throwing,
  undoneBy,
} from '../support/scenario-model.js';

type Undone = 'by nothing' | 'by a boundary event' | 'by an event sub-process';

interface Task {
  readonly undone: boolean;
}

interface Scope {
  readonly undone: Undone;
  readonly branches: readonly (readonly Block[])[];
}

type Block = Task | Scope;

const { scope } = fc.letrec<{ scope: Scope; block: Block }>((tie) => ({
  scope: fc.record({
    undone: fc.constantFrom<Undone>('by nothing', 'by nothing', 'by a boundary event', 'by an event sub-process'),
    branches: fc.array(fc.array(tie('block'), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 }),
  }),
  block: fc.oneof({ maxDepth: 3 }, fc.record({ undone: fc.boolean() }), tie('scope')),
}));

/** A block in a model, and what is expected of it: the ids of the handlers that undo it, once it has completed. */
class Place {
  readonly id: string;
  readonly inside: Place[] = [];
  readonly elements: Elements;
  readonly arrows: string = '';
  private readonly block: Block;
  private readonly completed: Place[] = [];

  constructor(block: Block, id: string) {
    this.block = block;
    this.id = id;
    if (!('branches' in block)) {
      this.elements = { [id]: service(), ...(block.undone ? undoneBy(id, `un-${id}`) : {}) };
      return;
    }
    const branches = block.branches.map((blocks, row) =>
      blocks.map((each, column) => new Place(each, `${id}${row}${column}`)),
    );
    this.inside = branches.flat();
    const arrows = branches.map((places) => `fork${id} -> ${places.map((each) => each.id).join(' -> ')} -> join${id}`);
    const parts = Object.assign({}, ...this.inside.map(({ elements }) => elements));
    const unit = eventSubProcess(`startU${id} -> un-${id}`, { [`startU${id}`]: startOn(compensation()) });
    const more = block.undone === 'by an event sub-process' ? { [`unit${id}`]: unit } : {};
    const inner = `start${id} -> fork${id}; ${arrows.join('; ')}; join${id} -> end${id}`;
    this.elements = {
      [id]: subProcess(inner, { ...parts, ...more }),
      ...(block.undone === 'by a boundary event' ? undoneBy(id, `un-${id}`) : {}),
    };
  }

  /** The task of this id has completed; true when it was the last that this one waited for. */
  complete(id: string): boolean {
    if (this.id === id) return true;
    const place = this.inside.find((each) => id.startsWith(each.id));
    if (place?.complete(id)) this.completed.push(place);
    return this.completed.length === this.inside.length;
  }

  undoing(): readonly string[] {
    const isHandled = this.block.undone !== false && this.block.undone !== 'by nothing';
    return isHandled ? [`un-${this.id}`] : this.completed.toReversed().flatMap((each) => each.undoing());
  }
}

test('whatever has completed is undone in the reverse order of its scope, and each scope as a unit', () => {
  const path = fc.array(fc.nat(), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(scope, path, (whole, picks) => {
      const place = new Place(whole, 'x');
      const undo = { undo: throwing(compensation()) };
      const run = new Scenario(model('start -> x -> undo -> end', { ...place.elements, ...undo }));
      run.start();
      for (let isDone = false, at = 0; !isDone; at += 1) {
        const jobs = run.jobsAt();
        const id = jobs[(picks[at % picks.length] ?? 0) % jobs.length] ?? '';
        run.complete(id);
        isDone = place.complete(id);
      }
      for (const handler of place.undoing()) {
        expect(run.jobsAt()).toEqual([handler]);
        run.complete(handler);
      }
      expect(run.state()).toBe('COMPLETED');
      expect(run.world.all('task')).toEqual([]);
    }),
    { numRuns: 100 },
  );
}, 120_000);
