// Where tokens go: sequence flows, gateways, joins, ends. Causes of each visit are checked after every command (I11).
import { describe, expect, test } from 'vitest';
import { refusalOf, Scenario } from '../support/scenario.js';
import { exclusive, manual, model, script, subProcess, task, throwing } from '../support/scenario-model.js';

describe('start, end and what passes through', () => {
  test('a process runs from its start event to its end event, and every row says so', () => {
    const run = new Scenario(model('start -> pick -> end'));
    run.start({ order: 1 });
    expect(run.log()).toMatchInlineSnapshot(`
      [
        "+ instance STARTED",
        "+ element p STARTED",
        "+ element start COMPLETED",
        "+ element pick STARTED",
        "+ token start_pick consumed",
        "+ variable p.order 1",
        "+ job pick CREATED 0/0",
        "+ open job pick",
      ]
    `);
    run.complete('pick', { picked: true });
    expect(run.log()).toMatchInlineSnapshot(`
      [
        "= instance COMPLETED",
        "+ element end COMPLETED",
        "= element p COMPLETED",
        "= element pick COMPLETED",
        "+ token pick_end consumed",
        "+ variable p.picked true",
        "= job pick DONE 0/0",
        "- open job pick",
      ]
    `);
  });

  test('a process without a wait state ends in the command that starts it', () => {
    const run = new Scenario(model('start -> end'));
    run.start();
    expect(run.state()).toBe('COMPLETED');
  });

  test('task and manual task pass through', () => {
    const run = new Scenario(model('start -> think -> sign -> end', { think: task(), sign: manual() }));
    run.start();
    expect(run.state()).toBe('COMPLETED');
    expect(run.visits()).toEqual([
      'p COMPLETED',
      'start COMPLETED',
      'think COMPLETED',
      'sign COMPLETED',
      'end COMPLETED',
    ]);
  });

  test('a throw event without definition marks a place', () => {
    const run = new Scenario(model('start -> reached -> end', { reached: throwing('') }));
    run.start();
    expect(run.visits()).toContain('reached COMPLETED');
    expect(run.state()).toBe('COMPLETED');
  });

  test('an element without an outgoing flow ends its token, and the last one ends the process', () => {
    const run = new Scenario(model('start -> pick'));
    run.start();
    run.complete('pick');
    expect(run.state()).toBe('COMPLETED');
  });

  test('a scope names the element whose end ended it (I11)', () => {
    const run = new Scenario(model('start -> fork -> a -> endA; fork -> b -> endB'));
    run.start();
    run.complete('b');
    run.complete('a');
    const scope = run.world.rows.elementInstance.get(run.instance.id);
    const last = run.world.rows.elementInstance.get(scope?.endedByElement ?? 0);
    expect(last && run.nameOf(last)).toBe('endA');
  });

  test('a sub-process names the element whose end ended it (I11)', () => {
    const run = new Scenario(model('start -> sub -> end', { sub: subProcess('start1 -> x -> end1') }));
    run.start();
    run.complete('x');
    const scope = run.world.all('elementInstance').find((each) => run.nameOf(each) === 'sub');
    const last = run.world.rows.elementInstance.get(scope?.endedByElement ?? 0);
    expect(last && run.nameOf(last)).toBe('end1');
  });
});

describe('terminate end event', () => {
  const forked = 'start -> fork -> a -> end; fork -> b -> terminate';

  test('ends the other branches of the process, which then completes', () => {
    const run = new Scenario(model(forked));
    run.start();
    run.complete('b');
    expect(run.state()).toBe('COMPLETED');
    expect(run.visits()).toContain('a TERMINATED');
    expect(run.log()).toContain('= job a CANCELED 0/0');
    expect(run.log()).toContain('- open job a');
  });

  test('asks for the whole tree once, and only where others may live', () => {
    const run = new Scenario(model(forked));
    run.start();
    run.complete('b');
    expect(run.needs).toBe(1);
  });

  test('names itself as the one who interrupted the others (I11)', () => {
    const run = new Scenario(model(forked));
    run.start();
    run.complete('b');
    const a = run.world.all('elementInstance').find((each) => run.nameOf(each) === 'a');
    const by = run.world.rows.elementInstance.get(a?.cancelledBy ?? 0);
    expect(by && run.nameOf(by)).toBe('terminate');
  });

  test('takes away a token that waits at a join', () => {
    const run = new Scenario(model('start -> fork -> a -> join -> end; fork -> b -> join; fork -> c -> terminate'));
    run.start();
    run.complete('a');
    expect(run.tokens()).toEqual(['a_join']);
    run.complete('c');
    expect(run.tokens()).toEqual([]);
    expect(run.log()).toContain('= token a_join withdrawn');
    expect(run.state()).toBe('COMPLETED');
  });

  test('in a sub-process ends that sub-process alone, which goes on behind', () => {
    const inner = 'startSub -> forkSub -> x -> endSub; forkSub -> y -> terminateSub';
    const run = new Scenario(
      model('start -> fork -> sub -> after -> end; fork -> other -> end2', {
        sub: subProcess(inner),
        end2: { tag: 'endEvent' },
      }),
    );
    run.start();
    run.complete('y');
    expect(run.waitsAt()).toEqual(['after', 'other']);
    expect(run.visits()).toContain('sub COMPLETED');
  });

  test('ends what lives in sub-processes beside it, inside out', () => {
    const run = new Scenario(
      model('start -> fork -> sub -> end; fork -> b -> terminate', {
        sub: subProcess('start1 -> subsub -> end1', { subsub: subProcess('start2 -> deep -> end2') }),
      }),
    );
    run.start();
    run.complete('b');
    expect(run.state()).toBe('COMPLETED');
    expect(run.visits()).toEqual(expect.arrayContaining(['deep TERMINATED', 'subsub TERMINATED', 'sub TERMINATED']));
  });

  test('ends a sub-process that has just become empty in the same command', () => {
    const run = new Scenario(
      model('start -> go -> fork -> sub -> after -> end; fork -> pass -> terminate', {
        sub: subProcess('start1 -> end1'),
        pass: task(),
      }),
    );
    run.start();
    run.complete('go');
    expect(run.state()).toBe('COMPLETED');
    expect(run.visits()).toContain('sub TERMINATED');
    expect(run.visits()).not.toContain('after STARTED');
  });

  test('ends a waiting retry, its timer and an open incident of others', () => {
    const run = new Scenario(model('start -> fork -> a -> end; fork -> b -> end2; fork -> c -> terminate'));
    run.start();
    run.fail('a', 'later', { retryLimit: 1, retryTimer: 'PT1H' });
    run.fail('b', 'broken');
    run.complete('c');
    expect(run.state()).toBe('COMPLETED');
    expect(run.world.all('task')).toEqual([]);
    expect(run.openIncidents()).toEqual([]);
    expect(run.world.all('job').map(({ state }) => state)).toEqual([
      'CAUSED_RETRY',
      'CAUSED_INCIDENT',
      'DONE',
      'CANCELED',
    ]);
  });
});

describe('exclusive gateway', () => {
  const two =
    'start -> choose -[n > 10]-> big -> end; choose -[n > 5]-> middle -> end; choose -[default]-> small -> end';

  test.each([
    [11, 'big'],
    [6, 'middle'],
    [5, 'small'],
  ])('with n = %d the first true condition in document order is taken, else the default: %s', (n, target) => {
    const run = new Scenario(model(two));
    run.start({ n });
    expect(run.waitsAt()).toEqual([target]);
  });

  test('a condition behind the first true one is not evaluated', () => {
    const run = new Scenario(model('start -> choose -[n > 1]-> a -> end; choose -[missing > 1]-> b -> end'));
    run.start({ n: 2 });
    expect(run.waitsAt()).toEqual(['a']);
  });

  test('without a true condition and a default it is an incident; a variable and a resolve go on', () => {
    const run = new Scenario(model('start -> choose -[n > 10]-> a -> end; choose -[n > 5]-> b -> end'));
    run.start({ n: 1 });
    expect(run.incidents()).toEqual([
      'choose LEAVE NO_FLOW_TAKEN: no condition on the flows of choose is true and there is no default flow',
    ]);
    run.setVariables({ n: 7 });
    run.resolve();
    expect(run.waitsAt()).toEqual(['b']);
    expect(run.incidents()).toEqual([]);
  });

  test('an incident that is resolved before its cause is removed comes again', () => {
    const run = new Scenario(model('start -> choose -[n > 10]-> a -> end; choose -[n > 5]-> b -> end'));
    run.start({ n: 1 });
    run.resolve();
    expect(run.incidents()).toHaveLength(1);
    run.resolve({ variables: { n: 11 } });
    expect(run.waitsAt()).toEqual(['a']);
  });

  test.each([
    [{ n: 'x' }, 'EXPRESSION_FAILED'],
    [{}, 'VARIABLE_MISSING'],
  ])('a condition over %j that is neither true nor false is an incident', (variables, reason) => {
    const run = new Scenario(model('start -> choose -[n > 10]-> a -> end; choose -[default]-> b -> end'));
    run.start(variables);
    expect(run.openIncidents().map((each) => each.reason)).toEqual([reason]);
    expect(run.incidents()[0]).toContain('condition "n > 10" of flow choose_a: ');
  });

  test('merges pass each token on', () => {
    const run = new Scenario(model('start -> fork -> merge -> after -> end; fork -> merge'));
    run.start();
    expect(run.waitsAt()).toEqual(['after', 'after']);
  });
});

describe('exclusive gateway without conditions', () => {
  const xml = model('start -> choose -> a -> end; choose -> b -> end', {
    choose: exclusive({ topic: 'ask', retries: '1' }),
  });

  test('asks a worker, whose decision names the target', () => {
    const run = new Scenario(xml);
    run.start();
    expect(run.openJob('choose')).toMatchObject({ type: 'EVALUATE_EXCLUSIVE_GATEWAY', topic: 'ask' });
    run.choose('choose', 'b');
    expect(run.waitsAt()).toEqual(['b']);
  });

  test('takes the flow itself as a decision, too', () => {
    const run = new Scenario(xml);
    run.start();
    run.choose('choose', 'choose_b');
    expect(run.waitsAt()).toEqual(['b']);
  });

  test('is the only one that takes decisions: another job refuses one, and stays held', () => {
    const run = new Scenario(model('start -> a -> end'));
    run.start();
    const refusal = refusalOf(run.decide(run.completion('a', { decision: 'end' })));
    expect(refusal.refused).toBe('DECISION_INVALID');
    expect(refusal.message).toMatch(/of type EXECUTE asks for no result$/);
    expect(run.openJob('a').lock).not.toBeNull();
  });

  test.each([
    ['c', '"c"'],
    [undefined, 'none'],
  ])('refuses the decision %s, and the job stays held', (decision, given) => {
    const run = new Scenario(xml);
    run.start();
    const refusal = refusalOf(
      run.decide(run.completion('choose', { variables: { x: 1 }, ...(decision === undefined ? {} : { decision }) })),
    );
    expect(refusal.refused).toBe('DECISION_INVALID');
    expect(refusal.message).toBe(`gateway choose needs a decision for one of its targets (a, b), but got ${given}`);
    expect(run.variables()).toEqual({});
    expect(run.openJob('choose').lock).not.toBeNull();
    run.choose('choose', 'a');
    expect(run.waitsAt()).toEqual(['a']);
  });

  test('a failed decision is retried as a decision', () => {
    const run = new Scenario(xml);
    run.start();
    run.fail('choose', 'no idea');
    run.resolve();
    expect(run.openJob('choose').type).toBe('EVALUATE_EXCLUSIVE_GATEWAY');
  });
});

describe('parallel gateway', () => {
  test('forks into all flows and joins when each flow has brought a token', () => {
    const run = new Scenario(model('start -> fork -> a -> join -> after -> end; fork -> b -> join'));
    run.start();
    expect(run.waitsAt()).toEqual(['a', 'b']);
    run.complete('b');
    expect(run.tokens()).toEqual(['b_join']);
    run.complete('a');
    expect(run.waitsAt()).toEqual(['after']);
    expect(run.tokens()).toEqual([]);
  });

  test('two tokens on one flow do not make a join complete; the second waits for the next round', () => {
    const run = new Scenario(
      model(
        'start -> fork -> merge -> a -> join -> after -> end; fork -> merge; fork -> b -> join; fork -> c -> late -> end2',
        {
          end2: { tag: 'endEvent' },
        },
      ),
    );
    run.start();
    run.complete('a');
    run.complete('a');
    expect(run.tokens()).toEqual(['a_join', 'a_join']);
    run.complete('b');
    expect(run.waitsAt()).toEqual(['after', 'c']);
    expect(run.tokens()).toEqual(['a_join']);
  });

  test('a join takes the oldest token of each flow', () => {
    const run = new Scenario(
      model('start -> fork -> merge -> a -> join -> after -> end; fork -> merge; fork -> b -> join'),
    );
    run.start();
    run.complete('a');
    run.complete('a');
    const [oldest] = run.world.all('arrival').filter((each) => each.consumedBy === null);
    run.complete('b');
    expect(run.world.rows.arrival.get(oldest?.id ?? 0)?.consumedBy).not.toBeNull();
  });

  test('joins and forks at once', () => {
    const run = new Scenario(
      model('start -> fork -> a -> joinFork; fork -> b -> joinFork; joinFork -> c -> end; joinFork -> d -> end'),
    );
    run.start();
    run.complete('a');
    run.complete('b');
    expect(run.waitsAt()).toEqual(['c', 'd']);
  });

  test('two flows from one element to a join are two flows', () => {
    const run = new Scenario(model('start -> fork -> join -> after -> end; fork -> join'));
    run.start();
    expect(run.waitsAt()).toEqual(['after']);
    expect(run.visits()).toContain('join COMPLETED');
  });

  test('a join is complete again in the next round of a loop', () => {
    const run = new Scenario(
      model(
        `start -> merge -> fork -> a -> join -> count -> choose -[i < 2]-> merge; fork -> b -> join; choose -[default]-> end`,
        { count: script('i', 'i + 1') },
      ),
    );
    run.start({ i: 0 });
    for (const each of ['a', 'b', 'b', 'a']) run.complete(each);
    expect(run.state()).toBe('COMPLETED');
    expect(run.variables()).toEqual({ i: 2 });
  });
});

describe('flows into and out of activities', () => {
  test('each token that comes over one of several flows makes a visit', () => {
    const run = new Scenario(model('start -> fork -> a -> end; fork -> b -> a'));
    run.start();
    run.complete('b');
    expect(run.waitsAt()).toEqual(['a', 'a']);
  });

  test('all flows without conditions are taken', () => {
    const run = new Scenario(model('start -> pick -> a -> end; pick -> b -> end'));
    run.start();
    run.complete('pick');
    expect(run.waitsAt()).toEqual(['a', 'b']);
  });

  const conditional = 'start -> pick -[n > 1]-> a -> end; pick -[n > 2]-> b -> end; pick -[default]-> c -> end';

  test.each([
    [3, ['a', 'b']],
    [2, ['a']],
    [1, ['c']],
  ])('with n = %d every flow whose condition is true is taken, else the default: %j', (n, targets) => {
    const run = new Scenario(model(conditional));
    run.start();
    run.complete('pick', { n });
    expect(run.waitsAt()).toEqual(targets);
  });

  test('without a true condition and a default the activity stays, with an incident, and its outputs are not written', () => {
    const run = new Scenario(
      model('start -> pick -[n > 1]-> a -> end; pick -[n > 2]-> b -> end', {
        pick: task({ outputs: { seen: '= n' } }),
      }),
    );
    run.start({ n: 0 });
    expect(run.incidents()).toEqual([
      'pick LEAVE NO_FLOW_TAKEN: no condition on the flows of pick is true and there is no default flow',
    ]);
    expect(run.variables()).toEqual({ n: 0 });
    run.resolve({ variables: { n: 2 } });
    expect(run.waitsAt()).toEqual(['a']);
    expect(run.variables()).toEqual({ n: 2, seen: 2 });
  });

  test('conditions see what output mappings made', () => {
    const run = new Scenario(
      model('start -> pick -[big]-> a -> end; pick -[default]-> b -> end', {
        pick: task({ outputs: { big: '= n > 5' } }),
      }),
    );
    run.start({ n: 6 });
    expect(run.waitsAt()).toEqual(['a']);
  });
});

describe('sub-process', () => {
  test('starts at its start event and goes on when nothing lives in it any more', () => {
    const run = new Scenario(
      model('start -> sub -> after -> end', {
        sub: subProcess('s -> forkSub -> x -> e; forkSub -> y -> e', {
          s: { tag: 'startEvent' },
          e: { tag: 'endEvent' },
        }),
      }),
    );
    run.start();
    run.complete('x');
    expect(run.waitsAt()).toEqual(['y']);
    run.complete('y');
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('loads its path only: the end of a deep one does not ask for the tree', () => {
    const run = new Scenario(
      model('start -> fork -> sub -> end; fork -> other -> end', {
        sub: subProcess('start1 -> subsub -> end1', { subsub: subProcess('start2 -> deep -> end2') }),
      }),
    );
    run.start();
    run.complete('deep');
    expect(run.visits()).toContain('sub COMPLETED');
    run.complete('other');
    expect(run.state()).toBe('COMPLETED');
    expect(run.needs).toBe(0);
  });

  test('a join counts the tokens of its own visit of the scope', () => {
    const inner = 'start1 -> fork1 -> x -> join1 -> end1; fork1 -> y -> join1';
    const run = new Scenario(model('start -> fork -> sub -> end; fork -> sub', { sub: subProcess(inner) }));
    run.start();
    run.complete('x');
    run.complete('x');
    expect(run.tokens()).toEqual(['x_join1', 'x_join1']);
    expect(run.visits()).not.toContain('join1 COMPLETED');
    run.complete('y');
    run.complete('y');
    expect(run.state()).toBe('COMPLETED');
  });
});
