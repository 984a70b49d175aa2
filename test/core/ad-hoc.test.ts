// Ad-hoc sub-processes: what begins in one is chosen, and a condition says when it is complete (BPMN 2.0.2, 13.3.5).
import { describe, expect, test } from 'vitest';
import { refusalOf, Scenario } from '../support/scenario.js';
import {
  adHoc,
  boundary,
  catching,
  compensation,
  type ElementSpec,
  each,
  error,
  eventSubProcess,
  listening,
  message,
  model,
  service,
  startOn,
  subProcess,
  task,
  throwing,
  undoneBy,
} from '../support/scenario-model.js';

const chosen = (...elements: readonly string[]) => ({ type: 'adHocDecision', elements }) as const;

/** Three service tasks to which no flow leads, then `after`. */
function around(work: ElementSpec, more = {}): Scenario {
  return new Scenario(model('start -> work -> after -> end', { work, ...more }));
}

function three(spec: Parameters<typeof adHoc>[1]): Scenario {
  const service = { tag: 'serviceTask' };
  return around(adHoc('', spec, { a: service, b: service, c: service }));
}

const jobs = (run: Scenario) => run.world.all('openJob').map(({ type, topic }) => `${type} ${topic}`);

describe('an ad-hoc sub-process with a list', () => {
  test('begins what the list names, at once, and goes on when all of that is done', () => {
    const run = three({ active: 'todo' });
    run.start({ todo: ['a', 'c'] });
    expect(run.jobsAt()).toEqual(['a', 'c']);
    run.complete('c');
    run.complete('a');
    expect(run.jobsAt()).toEqual(['after']);
    expect(run.needs).toBe(0);
  });

  test('begins an element once for each time that it is named', () => {
    const run = three({ active: '["a", "a"]' });
    run.start();
    expect(run.jobsAt()).toEqual(['a', 'a']);
  });

  test('whose list is empty asks a worker when its condition is not true', () => {
    const run = three({ active: '[]', until: 'enough' });
    run.start({ enough: false });
    expect(jobs(run)).toEqual(['SELECT_AD_HOC_ACTIVITIES work']);
    run.answer('work', chosen('a'));
    run.complete('a', { enough: true });
    expect(run.jobsAt()).toEqual(['after']);
  });

  test('goes on at once when the list is empty', () => {
    const run = three({ active: '[]' });
    run.start();
    expect(run.jobsAt()).toEqual(['after']);
  });

  test('follows the flows in it, with the events and gateways on them', () => {
    const run = around(adHoc('a -> choose -[x]-> b; choose -[default]-> c', { active: '["a"]' }));
    run.start({ x: true });
    run.complete('a');
    expect(run.jobsAt()).toEqual(['b']);
    run.complete('b');
    expect(run.jobsAt()).toEqual(['after']);
  });

  test.each([
    ['names what a flow leads to', '["b"]', 'list "["b"]": "b" can not begin in work; it is none of a'],
    ['names what is not in it', '["after"]', 'list "["after"]": "after" can not begin in work; it is none of a'],
    ['is no list', '"a"', 'list ""a"": it must be a list of ids of elements'],
    ['holds what is no id', '[1]', 'list "[1]": it must be a list of ids of elements'],
    ['is too long', 'for i in 1..1001 return "a"', /1001 elements are more than the 1000 allowed/],
  ])('that %s is an incident, and begins nothing', (_name, active, problem) => {
    const run = around(adHoc('a -> b', { active }));
    run.start();
    const text = typeof problem === 'string' ? problem : expect.stringMatching(problem);
    expect(run.openIncidents()).toMatchObject([{ reason: 'EXPRESSION_FAILED', phase: 'ENTER', message: text }]);
    expect(run.world.all('openJob')).toEqual([]);
  });

  test('asks its list again when its incident is resolved', () => {
    const run = three({ active: 'todo' });
    run.start({ todo: 'a' });
    run.resolve({ variables: { todo: ['a'] } });
    expect(run.jobsAt()).toEqual(['a']);
  });

  test('takes its elements from tasks of the engine where they are more than one command runs', () => {
    const run = around(adHoc('', { active: 'for i in 1..1000 return "a"' }, { a: task() }));
    run.start();
    expect(run.jobsAt()).not.toContain('after');
    run.executeTasks();
    expect(run.jobsAt()).toEqual(['after']);
  });
});

describe('its completion condition', () => {
  test('ends what still runs when it becomes true, and nothing follows any more', () => {
    const run = around(adHoc('a -> b', { active: '["a", "c"]', until: 'enough' }, { c: { tag: 'serviceTask' } }));
    run.start({ enough: false });
    run.complete('a', { enough: true });
    expect(run.jobsAt()).toEqual(['after']);
    expect(run.visits()).toContain('c TERMINATED');
    expect(run.visits().filter((visit) => visit.startsWith('b'))).toEqual([]);
  });

  test('is asked when an event was the last in it, and nothing is counted as living then', () => {
    const paid = catching(message('paid', '"me"'));
    const run = around(adHoc('a -> paid', { active: '["a"]', until: 'enough' }, { paid }));
    run.start({ enough: false });
    run.complete('a');
    run.send('paid', 'me', { enough: true });
    expect(run.jobsAt()).toEqual(['after']);
    expect(run.visits()).toContain('work COMPLETED');
  });

  test('lets what still runs come to its end where that is not cancelled, but nothing new begins', () => {
    const run = around(
      adHoc(
        'b -> c; d -> join; e -> join',
        { active: '["a", "b", "d"]', until: 'enough', cancelsRemaining: false },
        {
          a: { tag: 'serviceTask' },
        },
      ),
    );
    run.start({ enough: false });
    run.complete('d');
    expect(run.tokens()).toEqual(['d_join']);
    run.complete('a', { enough: true });
    expect(run.jobsAt()).toEqual(['b']);
    expect(run.tokens()).toEqual([]);
    run.complete('b');
    expect(run.jobsAt()).toEqual(['after']);
  });

  test('leaves what a worker is asked of an event sub-process when it becomes true', () => {
    const stop = eventSubProcess('late -> tidy -> done', {
      late: startOn('<bpmn:timerEventDefinition/>', { interrupting: false }),
    });
    const elements = { a: { tag: 'serviceTask' }, b: { tag: 'serviceTask' }, stop };
    const run = around(adHoc('', { topic: 'chooser', until: 'enough', cancelsRemaining: false }, elements));
    run.start({ enough: false });
    run.answer('work', chosen('a', 'b'));
    run.complete('a', { enough: true });
    expect(jobs(run).sort()).toEqual(['EXECUTE b', 'SET_TIMER late']);
  });

  test('withdraws what a boundary event brings to its elements afterwards', () => {
    const run = around(
      adHoc(
        'late -> c',
        { active: '["a", "b"]', until: 'true', cancelsRemaining: false },
        {
          a: { tag: 'serviceTask' },
          b: { tag: 'serviceTask' },
          late: boundary('b', error()),
        },
      ),
    );
    run.start();
    run.complete('a');
    run.throwError('b', 'E');
    expect(run.jobsAt()).toEqual(['after']);
    expect(run.visits()).toContain('late COMPLETED');
  });

  test('that fails is an incident of the activity that is done, asked again when that is resolved', () => {
    const run = three({ active: '["a", "b"]', until: 'enough' });
    run.start();
    run.complete('a');
    expect(run.openIncidents()).toMatchObject([{ reason: 'VARIABLE_MISSING', phase: 'LEAVE' }]);
    run.resolve({ variables: { enough: true } });
    expect(run.jobsAt()).toEqual(['after']);
  });

  test('that is not true when nothing is left asks a worker what begins', () => {
    const run = three({ active: '["a"]', until: 'enough', topic: 'chooser' });
    run.start({ enough: false });
    run.complete('a');
    expect(jobs(run)).toEqual(['SELECT_AD_HOC_ACTIVITIES chooser']);
    run.answer('work', chosen('b'));
    expect(run.jobsAt()).toEqual(['b']);
    run.complete('b', { enough: true });
    expect(run.jobsAt()).toEqual(['after']);
  });

  test('that fails when an event was the last is an incident of the sub-process', () => {
    const run = around(adHoc('', { active: '["pause"]', until: 'enough' }, { pause: throwing('') }));
    run.start();
    expect(run.openIncidents()).toMatchObject([{ reason: 'VARIABLE_MISSING', phase: 'CONTINUE' }]);
    run.resolve({ variables: { enough: true } });
    expect(run.jobsAt()).toEqual(['after']);
  });
});

describe('its output collection', () => {
  const output = ['results', 'result'] as const;

  test('gets what each activity brings, in the order in which they are done, and nothing else goes out', () => {
    const run = three({ active: '["a", "b", "c"]', output });
    run.start({ result: 'kept' });
    run.complete('c', { result: 3 });
    run.complete('a', { result: 1 });
    run.complete('b');
    expect(run.variables()).toEqual({ result: 'kept', results: [3, 1, null] });
  });

  test('is seen by the completion condition, and by the worker who says what else begins', () => {
    const run = three({ output, until: 'count(results) = 2' });
    run.start();
    run.answer('work', chosen('a'));
    run.complete('a', { result: 'first' });
    expect(run.variables('work')).toEqual({ result: null, results: ['first'] });
    run.answer('work', chosen('b', 'c'));
    run.complete('b', { result: 'second' });
    expect(run.jobsAt()).toEqual(['after']);
    expect(run.variables()).toEqual({ results: ['first', 'second'] });
  });

  test('gets one element of activities that flows join, when the last is done', () => {
    const run = around(adHoc('a -> b', { active: '["a"]', output }));
    run.start();
    run.complete('a', { result: 7 });
    run.complete('b');
    expect(run.variables()).toEqual({ results: [7] });
  });

  test('gets what a sub-process, an output mapping and a repeated activity bring', () => {
    const inside = {
      s: subProcess('start-s -> in -> end-s'),
      m: service({ outputs: { result: '=answer' } }),
      r: each(service(), { collection: '[1, 2]', output: ['result', 'each'] }),
    };
    const run = around(adHoc('', { active: '["s", "m", "r"]', output }, inside));
    run.start();
    run.complete('in', { result: 'inside' });
    run.complete('m', { answer: 'mapped' });
    run.complete('r', { each: 'x' });
    run.complete('r', { each: 'y' });
    expect(run.variables()).toEqual({ results: ['inside', 'mapped', ['x', 'y']] });
  });

  test('gets of a sub-process what that has brought, whatever is done beside it', () => {
    const run = around(
      adHoc('', { active: '["s", "a"]', output }, { s: subProcess('start-s -> one -> two -> end-s'), a: service() }),
    );
    run.start();
    run.complete('one', { result: 'inside' });
    run.complete('a', { result: 'beside' });
    run.complete('two');
    expect(run.variables()).toEqual({ results: ['beside', 'inside'] });
  });

  test('is an empty list when nothing begins', () => {
    const run = three({ active: '[]', output });
    run.start();
    expect(run.variables()).toEqual({ results: [] });
  });

  test('an element that fails is an incident of its activity, computed again when that is resolved', () => {
    const run = three({ active: '["a"]', output: ['results', 'result + missing'] });
    run.start();
    run.complete('a', { result: 1 });
    expect(run.openIncidents()).toMatchObject([{ reason: 'VARIABLE_MISSING', phase: 'LEAVE' }]);
    run.resolve({ variables: { missing: 2, result: 1 } });
    expect(run.variables()).toMatchObject({ results: [3] });
  });

  test('that somebody made something else of is an incident, until it is a list again', () => {
    const run = three({ active: '["a"]', output });
    run.start();
    run.setVariables({ results: 'gone' }, 'work');
    run.complete('a', { result: 1 });
    expect(run.incidents()).toEqual(['a LEAVE EXPRESSION_FAILED: the output collection "results" is no list any more']);
    run.setVariables({ results: [0] }, 'work');
    run.resolve();
    expect(run.variables()).toEqual({ results: [0, 1] });
  });
});

describe('an ad-hoc sub-process without a list', () => {
  test('asks a worker when it begins, and after each activity', () => {
    const run = three({});
    run.start();
    expect(jobs(run)).toEqual(['SELECT_AD_HOC_ACTIVITIES work']);
    run.answer('work', chosen('a', 'b'));
    expect(run.jobsAt()).toEqual(['a', 'b']);
    run.complete('a');
    expect(run.jobsAt()).toEqual(['b', 'work']);
    run.answer('work', chosen());
    expect(run.jobsAt()).toEqual(['b']);
    run.complete('b');
    run.answer('work', chosen());
    expect(run.jobsAt()).toEqual(['after']);
  });

  test('asks also while a token waits at a join for what else may begin', () => {
    const run = around(adHoc('a -> join -> c; b -> join'));
    run.start();
    run.answer('work', chosen('a'));
    run.complete('a');
    expect(run.tokens()).toEqual(['a_join']);
    run.answer('work', chosen('b'));
    run.complete('b');
    expect(run.jobsAt()).toEqual(['c', 'work']);
  });

  test('asks afresh when an activity is done meanwhile: who was asked before knew less', () => {
    const run = three({});
    run.start();
    run.answer('work', chosen('a', 'b', 'c'));
    run.complete('a');
    const early = run.completion('work');
    run.complete('b');
    expect(refusalOf(run.decide({ ...early, completion: chosen() }))).toMatchObject({ refused: 'JOB_CANCELED' });
    expect(jobs(run).filter((job) => job.startsWith('SELECT'))).toHaveLength(1);
  });

  test('does a job that failed again, instead of asking twice', () => {
    const run = three({});
    run.start();
    run.answer('work', chosen('a', 'b'));
    run.complete('a');
    run.fail('work');
    run.complete('b');
    expect(run.jobsAt()).toEqual([]);
    run.resolve();
    run.answer('work', chosen());
    expect(run.jobsAt()).toEqual(['after']);
  });

  test('refuses what can not begin, and no answer at all; its worker holds the job still', () => {
    const run = three({});
    run.start();
    const refused = { refused: 'DECISION_INVALID', field: 'completion.ad_hoc_decision' };
    expect(refusalOf(run.decide({ ...run.completion('work'), completion: chosen('a', 'after') }))).toMatchObject({
      ...refused,
      message: 'ad-hoc sub-process work: "after" can not begin in work; it is none of a, b, c',
    });
    expect(refusalOf(run.decide(run.completion('work')))).toMatchObject(refused);
    expect(run.openJob('work').lock).not.toBeNull();
  });

  test('refuses an empty answer while its condition asks for more and nothing is at work', () => {
    const run = three({ until: 'enough' });
    run.start({ enough: false });
    const refused = { refused: 'DECISION_INVALID', field: 'completion.ad_hoc_decision' };
    expect(refusalOf(run.decide({ ...run.completion('work'), completion: chosen() }))).toMatchObject(refused);
    run.run({ ...run.completion('work', { variables: { enough: true } }), completion: chosen() });
    expect(run.jobsAt()).toEqual(['after']);
  });

  test('is complete by the answer that makes its condition true, with all that runs in it', () => {
    const run = three({ until: 'enough' });
    run.start({ enough: false });
    run.answer('work', chosen('a', 'b'));
    run.complete('a');
    run.run({ ...run.completion('work', { variables: { enough: true } }), completion: chosen() });
    expect(run.jobsAt()).toEqual(['after']);
    expect(run.visits()).toContain('b TERMINATED');
  });

  test('can fail by an error of its worker', () => {
    const run = around(adHoc('', {}, { a: { tag: 'serviceTask' } }), { caught: boundary('work', error('E')) });
    run.start();
    run.throwError('work', 'E');
    expect(run.state()).toBe('COMPLETED');
    expect(run.visits()).toContain('work TERMINATED');
  });
});

describe('a sequence', () => {
  test('begins one activity after the other, in the order of the list, whatever else they lead to', () => {
    const run = around(adHoc('a -> d', { active: '["a", "b"]', sequential: true }, { b: { tag: 'serviceTask' } }));
    run.start();
    expect(run.jobsAt()).toEqual(['a']);
    run.complete('a');
    expect(run.jobsAt()).toEqual(['d']);
    run.complete('d');
    expect(run.jobsAt()).toEqual(['b']);
    run.complete('b');
    expect(run.jobsAt()).toEqual(['after']);
  });

  test('runs one way of a fork at a time', () => {
    const run = around(adHoc('a -> b; a -> c', { active: '["a"]', sequential: true }));
    run.start();
    run.complete('a');
    expect(run.jobsAt()).toEqual(['b']);
    run.complete('b');
    expect(run.jobsAt()).toEqual(['c']);
  });

  test('goes on when an activity is interrupted, and waits while its instance is suspended', () => {
    const run = around(
      adHoc(
        '',
        { active: '["a", "b", "c"]', sequential: true },
        {
          a: { tag: 'serviceTask' },
          b: { tag: 'serviceTask' },
          c: { tag: 'serviceTask' },
          late: boundary('a', error()),
        },
      ),
    );
    run.start();
    run.throwError('a', 'E');
    expect(run.jobsAt()).toEqual(['b']);
    const held = run.completion('b');
    run.suspend();
    run.run(held);
    expect(run.jobsAt()).toEqual([]);
    run.resume();
    expect(run.jobsAt()).toEqual(['c']);
  });

  test('of more activities than one command runs is gone through by tasks of the engine', () => {
    const run = around(adHoc('', { active: 'for i in 1..1000 return "a"', sequential: true }, { a: task() }));
    run.start();
    run.executeTasks();
    expect(run.jobsAt()).toEqual(['after']);
  });
});

describe('like any sub-process, an ad-hoc one', () => {
  test('ends with all in it by a boundary event, and by a cancel', () => {
    const run = around(
      adHoc('', { active: '["a", "b"]', sequential: true }, { a: { tag: 'serviceTask' }, b: task() }),
      {
        caught: boundary('work', error('E')),
      },
    );
    run.start();
    run.throwError('a', 'E');
    expect(run.tokens()).toEqual([]);
    expect(run.state()).toBe('COMPLETED');
    run.start();
    run.cancel();
    expect(run.state()).toBe('CANCELED');
    expect(run.tokens()).toEqual([]);
  });

  test('has its own variables, and maps them', () => {
    const spec = { active: 'mine', inputs: { mine: '=["a"]' }, outputs: { result: '=x + 1' } };
    const run = around(adHoc('', spec, { a: { tag: 'serviceTask' } }));
    run.start();
    run.complete('a', { x: 1 });
    expect(run.variables()).toMatchObject({ result: 2 });
  });

  test('has listeners, however it ends', () => {
    const work = listening(adHoc('', {}, { a: task() }), 'start before', 'end behind');
    const run = around(work);
    run.start();
    expect(jobs(run)).toEqual(['START_LISTENER before']);
    run.complete('work');
    run.answer('work', chosen('a'));
    run.answer('work', chosen());
    expect(jobs(run)).toEqual(['END_LISTENER behind']);
    run.complete('work');
    expect(run.jobsAt()).toEqual(['after']);
    const listed = around(listening(adHoc('', { active: '[]' }, { a: task() }), 'end behind'));
    listed.start();
    expect(jobs(listed)).toEqual(['END_LISTENER behind']);
  });

  test('is repeated for each item', () => {
    const work = each(adHoc('', { active: '[item]' }, { a: { tag: 'serviceTask' }, b: { tag: 'serviceTask' } }), {
      collection: 'items',
      item: 'item',
    });
    const run = around(work);
    run.start({ items: ['a', 'b'] });
    expect(run.jobsAt()).toEqual(['a', 'b']);
    run.complete('a');
    run.complete('b');
    expect(run.jobsAt()).toEqual(['after']);
  });

  test('holds activities that are repeated, and asks its condition when all of their instances are done', () => {
    const a = each({ tag: 'serviceTask' }, { collection: '[1, 2]' });
    const run = around(adHoc('', { active: '["a", "b"]', until: 'true' }, { a, b: { tag: 'serviceTask' } }));
    run.start();
    run.complete('a');
    expect(run.jobsAt()).toEqual(['a', 'b']);
    run.complete('a');
    expect(run.jobsAt()).toEqual(['after']);
  });

  test('is compensated as a unit, the last activity first', () => {
    const inside = {
      a: { tag: 'serviceTask' },
      b: { tag: 'serviceTask' },
      ...undoneBy('a', 'undoA'),
      ...undoneBy('b', 'undoB'),
    };
    const work = adHoc('', { active: '["a", "b"]' }, inside);
    const run = new Scenario(model('start -> work -> undo -> end', { work, undo: throwing(compensation()) }));
    run.start();
    run.complete('b');
    run.complete('a');
    expect(run.jobsAt()).toEqual(['undoA']);
    run.complete('undoA');
    expect(run.jobsAt()).toEqual(['undoB']);
    run.complete('undoB');
    expect(run.state()).toBe('COMPLETED');
  });

  test('may have an event sub-process: one that interrupts is all that is left of it', () => {
    const rescue = eventSubProcess('begin -> save -> endR', { begin: startOn(error('E')) });
    const run = around(adHoc('', {}, { a: { tag: 'serviceTask' }, b: { tag: 'serviceTask' }, rescue }));
    run.start();
    run.answer('work', chosen('a', 'b'));
    run.throwError('a', 'E');
    expect(run.jobsAt()).toEqual(['save']);
    run.complete('save');
    expect(run.jobsAt()).toEqual(['after']);
  });
});
