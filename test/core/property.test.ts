// Random processes along random paths: the core against a second interpreter, and grouped against one by one (I4).
// A failure prints the seed and the smallest process and path that fast-check found.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Command } from '../../src/core/command.js';
import { isRefusal } from '../../src/core/refusal.js';
import { Naive } from '../support/naive.js';
import { changesOf, Scenario } from '../support/scenario.js';
import { type Block, block, modelOf, type Step, steps } from '../support/scenario-random.js';
import { TABLES } from '../support/scenario-world.js';

const RUNS = 300;

/** Milliseconds; a failure takes longer, because it is made smaller. */
const TIME_LIMIT = 120_000;

function graphOf(run: Scenario) {
  const graph = run.processes.get(1)?.graph;
  if (graph === undefined) throw new Error('nothing is deployed');
  return graph;
}

const dataOf = (step: Step) => (step.action === 'complete, with data' ? { [step.name]: step.value } : {});

/** The same step in both; a failed element that is chosen is resolved. Nothing waits where a join lacks a token forever. */
function take(step: Step, run: Scenario, naive: Naive): void {
  if (step.action === 'cancel') {
    run.cancel();
    naive.cancel();
  } else if (step.action === 'set') {
    run.setVariables({ [step.name]: step.value });
    naive.setVariables({ [step.name]: step.value });
  } else {
    const waiting = naive.waitsAt();
    if (waiting.length === 0) return;
    const at = waiting[step.at % waiting.length] ?? '';
    if (naive.incidents().includes(at)) {
      run.resolve({ at });
      naive.resolve(at);
    } else if (step.action === 'fail') {
      run.fail(at);
      naive.fail(at);
    } else {
      run.complete(at, dataOf(step));
      naive.complete(at, dataOf(step));
    }
  }
}

function expectSame(run: Scenario, naive: Naive): void {
  expect(run.state()).toBe(naive.state);
  expect(run.waitsAt()).toEqual(naive.waitsAt());
  expect(
    run
      .openIncidents()
      .map((each) => run.nameOf(each))
      .sort(),
  ).toEqual(naive.incidents());
  expect(run.variables()).toEqual(naive.root.variables);
}

test(
  'the core and the naive interpreter agree after every step',
  () => {
    fc.assert(
      fc.property(block, steps, (body, path) => {
        const { xml, variables } = modelOf(body);
        const run = new Scenario(xml);
        run.start(variables);
        const naive = new Naive(graphOf(run), variables);
        expectSame(run, naive);
        for (const step of path) {
          if (naive.state !== 'STARTED') break;
          take(step, run, naive);
          expectSame(run, naive);
        }
      }),
      { numRuns: RUNS },
    );
  },
  TIME_LIMIT,
);

/** Commands on what waits at this moment, held by workers: one for each of the steps. */
function commandsFor(run: Scenario, group: readonly Step[]): readonly Command[] {
  const waiting = run.waitsAt();
  return group.flatMap((step): Command[] => {
    if (step.action === 'cancel')
      return [{ type: 'cancelProcessInstance', instance: run.instance, reason: null, by: 'operator' }];
    const at = waiting[step.at % waiting.length];
    if (at === undefined) return [];
    const incident = run.openIncidents().find((each) => run.nameOf(each) === at);
    if (incident !== undefined) {
      const { partition, id } = incident;
      return [
        {
          type: 'resolveIncident',
          incident: { partition, id },
          retryTimer: null,
          retryLimit: null,
          variables: [],
          by: 'operator',
        },
      ];
    }
    if (step.action === 'set') {
      const variables = changesOf({ [step.name]: step.value }).map((change) => ({ ...change, bpmnElementId: null }));
      return [{ type: 'setVariables', kind: 'elementInstance', scope: run.living(at), variables, by: 'operator' }];
    }
    return [step.action === 'fail' ? run.failure(at) : run.completion(at, { variables: dataOf(step) })];
  });
}

/** All rows, with each id replaced by its place among all ids: births come in the same order. */
function rowsOf(run: Scenario): readonly string[] {
  const rows = TABLES.flatMap((table) => run.world.all(table).map((row) => `${table} ${JSON.stringify(row)}`));
  const ids = new Set(rows.flatMap((row) => row.match(ID) ?? []));
  const places = new Map([...ids].sort((a, b) => Number(a) - Number(b)).map((id, place) => [id, `#${place}`]));
  return rows.map((row) => row.replace(ID, (id) => places.get(id) ?? id)).sort();
}

/** Shorter than a time. */
const ID = /\b\d{9,11}\b/g;

const answersOf = (decisions: readonly object[]) =>
  decisions.map((each) => (isRefusal(each) ? each.refused : 'state' in each ? String(each.state) : 'done'));

test(
  'commands decided in one group end in the same state as one by one (I4)',
  () => {
    const groups = fc.array(
      fc.array(
        steps.map(([first]) => first),
        { minLength: 1, maxLength: 5 },
      ),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(block, groups, (body: Block, path) => {
        const { xml, variables } = modelOf(body);
        const [grouped, single] = [new Scenario(xml), new Scenario(xml)];
        for (const run of [grouped, single]) run.start(variables);
        for (const group of path) {
          if (grouped.state() !== 'STARTED') break;
          const known = group.flatMap((step) => (step === undefined ? [] : [step]));
          const together = grouped.group(commandsFor(grouped, known));
          const oneByOne = commandsFor(single, known).map((command) => single.decide(command));
          expect(answersOf(together)).toEqual(answersOf(oneByOne));
          expect(rowsOf(grouped)).toEqual(rowsOf(single));
        }
      }),
      { numRuns: RUNS },
    );
  },
  TIME_LIMIT,
);
