// Random processes along random paths: the core against a second interpreter, and grouped against one by one (I4).
// A failure prints the seed and the smallest process and path that fast-check found.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Command } from '../../src/core/command.js';
import { isRefusal } from '../../src/core/refusal.js';
import type { Task, UserTask } from '../../src/core/state.js';
import type { Graph } from '../../src/model/process.js';
import { Naive } from '../support/naive.js';
import { Runaway } from '../support/naive-visits.js';
import { Scenario } from '../support/scenario.js';
import { block } from '../support/scenario-arbitraries.js';
import { BEGINS } from '../support/scenario-definitions.js';
import { changesOf } from '../support/scenario-executing.js';
import type { Values } from '../support/scenario-looking.js';
import { modelOf, type RandomModel } from '../support/scenario-random.js';
import { type Step, step, steps } from '../support/scenario-steps.js';
import { TABLES } from '../support/scenario-world.js';

const RUNS = 200;

/** Milliseconds; a failure takes longer, because it is made smaller. */
const TIME_LIMIT = 120_000;
const MINUTE = 60_000;

function graphsOf(run: Scenario): readonly [Graph, ...Graph[]] {
  const [first, ...others] = [...run.processes.values()].map(({ graph }) => graph);
  if (first === undefined) throw new Error('nothing is deployed');
  return [first, ...others];
}

const dataOf = ({ action, name, value }: Step) => (action === 'complete' ? {} : { [name]: value });
const keyOf = ({ value }: Step) => (value > 5 ? 'many' : 'few');
const isDeep = ({ value }: Step) => value > 3;
const minutesOf = ({ value }: Step) => 1 + (value % 3);
/** Minutes until the next try, and how many there may be. */
const retriesOf = ({ action, at, value }: Step) =>
  action === 'fail' ? { limit: 0, minutes: 0 } : { limit: value % 3, minutes: at % 3 };
const kindOf = ({ action }: Step) => (action === 'throw an error' ? 'ERROR' : 'ESCALATION');

/** The oldest that is open. */
function userTaskAt(run: Scenario, at: string): UserTask | undefined {
  return run.world
    .all('userTask')
    .filter((each) => each.state === 'STARTED' && run.nameOf(each) === at)
    .sort((one, other) => one.elementInstanceId - other.elementInstanceId)[0];
}

/** What a worker may choose that is asked at an ad-hoc sub-process. */
function choicesAt(run: Scenario, at: string): readonly string[] {
  const elements = [...run.processes.values()].flatMap(({ graph }) =>
    graph.elements.map((element) => ({ element, graph })),
  );
  const [found] = elements.flatMap(({ element, graph }) =>
    element.id === at && element.type === 'AD_HOC_SUB_PROCESS' ? [{ element, graph }] : [],
  );
  return found?.element.first.map((index) => found.graph.elements[index]?.id ?? '') ?? [];
}

/** What somebody does where there is work; an incident is resolved. */
function workOn(run: Scenario, at: string, each: Step): Command {
  const incident = run.openIncidents().find((open) => run.nameOf(open) === at);
  const by = 'somebody';
  if (incident !== undefined) {
    const { partition, id } = incident;
    const again = { retryTimer: null, retryLimit: null, variables: [] };
    return { type: 'resolveIncident', incident: { partition, id }, ...again, by };
  }
  const { action, code } = each;
  const throws = action === 'throw an error' || action === 'throw an escalation';
  const userTask = userTaskAt(run, at);
  if (userTask !== undefined) {
    const { partition, id, revision } = userTask;
    const outcome = throws ? ({ type: kindOf(each), code } as const) : ({ type: 'COMPLETION' } as const);
    const results = { variables: changesOf(dataOf(each)), processVariables: [], elementVariables: [] };
    return { type: 'updateUserTask', userTask: { partition, id }, revision, change: {}, outcome, ...results, by };
  }
  if (action === 'fail' || action === 'fail, with retries') {
    const { limit, minutes } = retriesOf(each);
    const retryTimer = minutes === 0 ? {} : { retryTimer: `PT${minutes}M` };
    return run.failure(at, 'it broke', { retryLimit: limit, ...retryTimer, variables: dataOf(each) });
  }
  const choices = throws ? [] : choicesAt(run, at);
  if (choices.length > 0) {
    const elements = Array.from(
      { length: each.value % 3 },
      (_, index) => choices[(each.at + index) % choices.length] ?? '',
    );
    return { ...run.completion(at), completion: { type: 'adHocDecision', elements } };
  }
  if (!throws) return run.completion(at, { variables: dataOf(each) });
  const { partition, id, token } = run.lease(at);
  const thrown = { job: { partition, id }, lockToken: token, variables: changesOf(dataOf(each)), by };
  if (action === 'throw an error') return { ...thrown, type: 'throwJobError', errorCode: code, message: '' };
  return { ...thrown, type: 'throwJobEscalation', escalationCode: code, retryTimer: null };
}

/** The same step in both: first in the naive one, which says when it does not come to rest. */
function take(each: Step, run: Scenario, naive: Naive, { variables }: RandomModel): void {
  const { action, at } = each;
  if (action === 'cancel') {
    naive.cancel();
    run.cancel();
  } else if (action === 'set') {
    naive.setVariables(dataOf(each));
    naive.waits.settle();
    run.setVariables(dataOf(each));
  } else if (action === 'send') {
    naive.waits.send(each.message, keyOf(each), dataOf(each), !each.waits);
    naive.waits.settle();
    run.run(run.message(each.message, keyOf(each), dataOf(each), each.waits));
  } else if (action === 'begin') {
    const all = { ...variables, ...dataOf(each) };
    if (each.waits) naive.waits.send(BEGINS, keyOf(each), all, false);
    else naive.waits.signal(BEGINS, all);
    naive.waits.settle();
    if (each.waits) run.run(run.message(BEGINS, keyOf(each), all, true));
    else run.sendSignal(BEGINS, all);
  } else if (action === 'signal') {
    naive.waits.signal(each.signal, dataOf(each));
    naive.waits.settle();
    run.sendSignal(each.signal, dataOf(each));
  } else if (action === 'suspend') {
    naive.suspend(isDeep(each));
    run.suspend(isDeep(each));
  } else if (action === 'resume') {
    naive.resume(isDeep(each));
    naive.waits.settle();
    run.resume(isDeep(each));
  } else if (action === 'wait') {
    naive.waits.later(minutesOf(each));
    for (let minute = 0; minute < minutesOf(each); minute++) {
      run.later(MINUTE);
      run.settle();
    }
  } else {
    const works = naive.works();
    if (works.length > 0) work(each, works[at % works.length] ?? '', run, naive);
  }
  run.settle();
}

function work(each: Step, at: string, run: Scenario, naive: Naive): void {
  const command = workOn(run, at, each);
  if (naive.incidents().includes(at)) naive.resolve(at);
  else if (each.action.startsWith('fail') && !naive.isPerson(at))
    naive.fail(at, { ...retriesOf(each), variables: dataOf(each) });
  else if (each.action === 'throw an error' || each.action === 'throw an escalation') {
    naive.throwOut(at, kindOf(each), each.code, dataOf(each));
  } else if (command.type === 'completeJob' && command.completion?.type === 'adHocDecision') {
    naive.choose(at, command.completion.elements);
  } else {
    naive.complete(at, dataOf(each));
  }
  naive.waits.settle();
  run.decide(command);
}

function expectSame(run: Scenario, naive: Naive): void {
  expect(run.state()).toBe(naive.state);
  expect(states(run)).toEqual(naive.states());
  // An ad-hoc sub-process is seen there until something has begun in it.
  expect(run.waitsAt().filter((id) => choicesAt(run, id).length === 0)).toEqual(naive.waitsAt());
  expect(run.jobsAt()).toEqual(naive.jobs());
  const incidents = run.openIncidents().map((each) => run.nameOf(each));
  expect(incidents.sort()).toEqual(naive.incidents());
  expect(awaited(run)).toEqual(naive.awaited());
  expect(run.tokens()).toEqual(naive.tokens());
  expect(undoable(run)).toEqual(naive.undoable());
  expect(sorted(scopes(run))).toEqual(sorted(naive.scopes()));
}

/** Of the instances that nobody called. */
function states(run: Scenario): readonly string[] {
  const roots = run.world.all('processInstance').filter(({ parentId }) => parentId === null);
  return roots.map(({ state }) => state).sort();
}

/** What has completed and can be undone. */
function undoable(run: Scenario): readonly string[] {
  const all = run.world.all('task').filter(({ type }) => type === 'COMPENSATION');
  const idOf = ({ payload }: Task) => (payload.type === 'COMPENSATION' ? run.elementId(payload.completed) : '');
  return all.map((task) => `${idOf(task)} in ${run.elementId(task.elementInstanceId ?? 0)}`).sort();
}

const WAITING: ReadonlySet<string> = new Set(['TRIGGER_TIMER', 'TRIGGER_EVENT', 'CONDITION', 'HAPPENED']);

/** Timers, conditions, messages and signals that are waited for, and what has happened but is not enough yet. */
function awaited(run: Scenario): readonly string[] {
  const tasks = run.world.all('task').filter(({ type }) => WAITING.has(type));
  return [...tasks, ...run.world.all('messageSubscription'), ...run.world.all('signalSubscription')]
    .map((row) => `${run.nameOf(row)} at ${run.elementId(row.elementInstanceId ?? 0)}`)
    .sort();
}

type NamedScope = readonly [id: string, variables: Values];

function scopes(run: Scenario): readonly NamedScope[] {
  const living = run.world.all('elementInstance').filter(({ endedAt }) => endedAt === null);
  const variables = run.world.all('variable');
  return living.flatMap((ei): NamedScope[] => {
    const own = variables.filter(({ scopeId }) => scopeId === ei.id);
    const values = own.map(({ name, data }) => [name, JSON.parse(data?.value ?? 'null')]);
    return own.length === 0 ? [] : [[run.nameOf(ei), Object.fromEntries(values)]];
  });
}

function sorted(all: readonly NamedScope[]): readonly string[] {
  return all.map(([id, values]) => `${id} ${JSON.stringify(Object.entries(values).sort())}`).sort();
}

/** What never comes to rest is another test's. */
function ignoringRunaways(check: () => void): void {
  try {
    check();
  } catch (error) {
    fc.pre(!(error instanceof Runaway));
    throw error;
  }
}

test(
  'the core and the naive interpreter agree after every step',
  () => {
    fc.assert(
      fc.property(block, steps, (body, path) => {
        const model = modelOf(body);
        const { xml, variables } = model;
        ignoringRunaways(() => {
          const run = new Scenario(xml);
          const naive = new Naive(graphsOf(run), variables);
          run.start(variables);
          run.settle();
          expectSame(run, naive);
          for (const each of path) {
            if (!naive.root.lives) break;
            take(each, run, naive, model);
            expectSame(run, naive);
          }
        });
      }),
      { numRuns: RUNS },
    );
  },
  TIME_LIMIT,
);

/** Commands on what waits at this moment, held by workers: one for each of the steps, and the timers that are due. */
function commandsFor(run: Scenario, group: readonly Step[], { variables: all }: RandomModel): readonly Command[] {
  const works = run.waitsAt().filter((at) => isWork(run, at));
  const due = run.dueTasks().map((task) => run.execution(task));
  const commands = group.flatMap((each): Command[] => {
    if (each.action === 'cancel')
      return [{ type: 'cancelProcessInstance', instance: run.instance, reason: null, by: 'operator' }];
    if (each.action === 'send') return [run.message(each.message, keyOf(each), dataOf(each), each.waits)];
    if (each.action === 'begin') return [run.message(BEGINS, keyOf(each), { ...all, ...dataOf(each) })];
    if (each.action === 'suspend' || each.action === 'resume') {
      const type = each.action === 'suspend' ? 'suspendProcessInstance' : 'resumeProcessInstance';
      return [{ type, instance: run.instance, includeCalled: isDeep(each), by: 'operator' }];
    }
    if (each.action === 'wait' || each.action === 'signal') return [];
    if (each.action === 'set') {
      const variables = changesOf(dataOf(each)).map((change) => ({ ...change, bpmnElementId: null }));
      return [{ type: 'setVariables', kind: 'processInstance', scope: run.instance, variables, by: 'operator' }];
    }
    const at = works[each.at % works.length];
    return at === undefined ? [] : [workOn(run, at, each)];
  });
  return [...commands.slice(0, 2), ...due, ...commands.slice(2)];
}

function isWork(run: Scenario, at: string): boolean {
  const hasJob = run.world.all('openJob').some((each) => run.elementId(each.elementInstanceId) === at);
  return hasJob || userTaskAt(run, at) !== undefined || run.openIncidents().some((each) => run.nameOf(each) === at);
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
    const groups = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(block, groups, (body, path) => {
        const model = modelOf(body);
        const { xml, variables } = model;
        const [grouped, single] = [new Scenario(xml), new Scenario(xml)];
        for (const run of [grouped, single]) {
          run.start(variables);
          fc.pre(run.settle());
        }
        for (const group of path) {
          if (grouped.state() !== 'STARTED' && grouped.state() !== 'SUSPENDED') break;
          for (const run of [grouped, single]) {
            run.later(MINUTE);
            // Who receives a signal is settled before the group.
            for (const each of group) if (each.action === 'signal') run.sendSignal(each.signal, dataOf(each));
          }
          const together = grouped.group(commandsFor(grouped, group, model));
          const oneByOne = commandsFor(single, group, model).map((command) => single.decide(command));
          expect(answersOf(together)).toEqual(answersOf(oneByOne));
          expect(rowsOf(grouped)).toEqual(rowsOf(single));
          for (const run of [grouped, single]) fc.pre(run.settle());
          expect(rowsOf(grouped)).toEqual(rowsOf(single));
        }
      }),
      { numRuns: RUNS },
    );
  },
  TIME_LIMIT,
);
