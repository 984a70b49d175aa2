// Long runs without a wait state: the step cap cuts them into tasks, the step limit stops those that never end.
import { describe, expect, test } from 'vitest';
import { STEPS_PER_COMMAND, STEPS_WITHOUT_WAIT } from '../../src/core/limits.js';
import { Scenario } from '../support/scenario.js';
import { boundary, condition, model, script, service, subProcess, task } from '../support/scenario-model.js';

const chain = (length: number) => ['start', ...Array.from({ length }, (_, i) => `t${i}`), 'end'].join(' -> ');
const passing = (length: number) => Object.fromEntries(Array.from({ length }, (_, i) => [`t${i}`, task()]));

describe('the step cap', () => {
  test('leaves the rest to a task, which goes on where it was cut', () => {
    const length = STEPS_PER_COMMAND + 5;
    const run = new Scenario(model(chain(length), passing(length)));
    run.start();
    expect(run.state()).toBe('STARTED');
    expect(run.tokens()).toEqual([`t${STEPS_PER_COMMAND - 1}_t${STEPS_PER_COMMAND}`]);
    expect(run.world.all('task').map(({ payload }) => payload)).toMatchObject([
      { type: 'CONTINUE', steps: STEPS_PER_COMMAND },
    ]);
    expect(run.executeTasks()).toBe(1);
    expect(run.state()).toBe('COMPLETED');
  });

  test('leaves conditions to a task when nothing else is left', () => {
    // The last step that a command may take is that to `work`: no token is left over.
    const length = STEPS_PER_COMMAND - 1;
    const run = new Scenario(
      model(`${chain(length).replace('end', 'work -> end')}; caught -> end`, {
        ...passing(length),
        work: service(),
        caught: boundary('work', condition('n = 1')),
      }),
    );
    run.start({ n: 1 });
    run.executeTasks();
    expect(run.state()).toBe('COMPLETED');
  });

  // A loop of three elements; `i` counts its rounds.
  const loop = (rounds: number, behind = 'end') =>
    `start -> merge -> count -> choose -[i < ${rounds}]-> merge; choose -[default]-> ${behind}`;
  const count = { count: script('i', 'i + 1') };

  test('in a sub-process makes a task of that sub-process', () => {
    const inner = loop(400, 'end1').replace('start', 'start1');
    const run = new Scenario(model('start -> sub -> end', { sub: subProcess(inner, count) }));
    run.start({ i: 0 });
    expect(run.world.all('task').map((each) => run.nameOf(each))).toEqual(['sub']);
    run.executeTasks();
    expect(run.state()).toBe('COMPLETED');
    expect(run.variables()).toEqual({ i: 400 });
  });

  test('a join that takes a token which waits for its task leaves the task nothing to do', () => {
    // The fork, the task a and the chain use the steps up; what is cut off is the token that has reached the join.
    const length = STEPS_PER_COMMAND - 2;
    const arrows = `start -> fork -> a -> join -> end; fork -> t0; ${chain(length).replace('start -> ', '').replace(' -> end', '')} -> join`;
    const run = new Scenario(model(arrows, passing(length)));
    run.start();
    expect(run.world.all('task')).toHaveLength(1);
    expect(run.tokens()).toEqual([`t${length - 1}_join`]);
    run.complete('a');
    expect(run.state()).toBe('COMPLETED');
    expect(run.executeTasks()).toBe(1);
    expect(run.log()).toEqual(['- task CONTINUE p']);
  });

  test('a cancel takes the task and its tokens away', () => {
    const length = STEPS_PER_COMMAND + 5;
    const run = new Scenario(model(chain(length), passing(length)));
    run.start();
    run.cancel();
    expect(run.world.all('task')).toEqual([]);
    expect(run.tokens()).toEqual([]);
    expect(run.executeTasks()).toBe(0);
  });

  test('a task continues into a terminate end event, which needs the tree', () => {
    const length = STEPS_PER_COMMAND + 5;
    const arrows = `start -> fork -> a -> end; fork -> t0; ${chain(length).replace('start -> ', '').replace('end', 'terminate')}`;
    const run = new Scenario(model(arrows, passing(length)));
    run.start();
    run.executeTasks();
    expect(run.needs).toBe(1);
    expect(run.state()).toBe('COMPLETED');
    expect(run.visits()).toContain('a TERMINATED');
  });
});

describe('the step limit', () => {
  const endless = 'start -> merge -> think -> choose -[go]-> merge; choose -[default]-> end';

  function nearTheLimit(): Scenario {
    const run = new Scenario(model(endless, { think: task() }));
    run.start({ go: true });
    nearly(run);
    return run;
  }

  function exhaust(run: Scenario): void {
    nearly(run);
    run.executeTasks();
  }

  /** As if the steps before had been run: they would take a while. */
  function nearly(run: Scenario): void {
    const [waiting] = run.world.all('task');
    if (waiting?.payload.type !== 'CONTINUE') throw new Error('there is no task that continues');
    const payload = { ...waiting.payload, steps: STEPS_WITHOUT_WAIT - STEPS_PER_COMMAND };
    run.world.rows.task.set(waiting.id, { ...waiting, payload });
  }

  test('counts the steps over all the tasks that continued a command', () => {
    const run = new Scenario(model(endless, { think: task() }));
    run.start({ go: true });
    run.executeTasks(2);
    expect(run.world.all('task').map(({ payload }) => payload)).toMatchObject([{ steps: 3 * STEPS_PER_COMMAND }]);
  });

  test('stops a loop that never waits with an incident', () => {
    const run = nearTheLimit();
    expect(run.executeTasks()).toBe(1);
    expect(run.incidents()).toEqual([
      `p CONTINUE STEP_LIMIT: ${STEPS_WITHOUT_WAIT} steps without a wait state: a loop that never waits?`,
    ]);
  });

  test('is counted anew when the incident is resolved, and the tokens go on', () => {
    const run = nearTheLimit();
    run.executeTasks();
    run.resolve({ variables: { go: false } });
    expect(run.state()).toBe('COMPLETED');
  });

  test('a resolve without a change of the loop goes on in tasks again', () => {
    const run = nearTheLimit();
    run.executeTasks();
    run.resolve();
    expect(run.world.all('task').map(({ payload }) => payload)).toMatchObject([{ steps: STEPS_PER_COMMAND }]);
    expect(run.incidents()).toEqual([]);
  });

  test('tokens go on in the order in which they set out, however they were loaded (I2)', () => {
    const loop = (name: string) =>
      `fork -> merge${name} -> think${name} -> choose${name} -[go]-> merge${name}; choose${name} -[default]-> end${name}`;
    const run = new Scenario(
      model(`start -> fork; ${loop('A')}; ${loop('B')}; ${loop('C')}`, {
        thinkA: task(),
        thinkB: task(),
        thinkC: task(),
      }),
    );
    run.start({ go: true });
    exhaust(run);
    const waiting = run.world.all('arrival').filter(({ consumedBy }) => consumedBy === null);
    const before = run.visits().length;
    run.resolve({ variables: { go: false } });
    const next = run.visits().slice(before, before + 3);
    expect(next).toEqual(waiting.map((arrival) => `${run.nameOf(arrival)} COMPLETED`));
  });

  test('a cancel resolves the incident', () => {
    const run = nearTheLimit();
    run.executeTasks();
    run.cancel();
    expect(run.openIncidents()).toEqual([]);
  });
});
