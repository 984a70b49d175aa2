// Work for people: what the model says of it, who changes it, and how it ends.
import { describe, expect, test } from 'vitest';
import { refusalOf, Scenario } from '../support/scenario.js';
import { NOW } from '../support/scenario-deciding.js';
import type { Values } from '../support/scenario-looking.js';
import { boundary, error, escalation, model, service, subProcess, user } from '../support/scenario-model.js';

const HOUR = 3_600_000;

function started(spec: Parameters<typeof user>[0] = {}, variables: Values = {}): Scenario {
  const run = new Scenario(model('start -> approve -> after -> end', { approve: user(spec) }));
  run.start(variables);
  return run;
}

describe('a user task', () => {
  test('is open until a person completes it, and then the token goes on', () => {
    const run = started();
    expect(run.log()).toContain('+ user task approve STARTED nobody');
    expect(run.waitsAt()).toEqual(['approve']);
    run.completeUserTask('approve', { approved: true });
    expect(run.log()).toEqual(
      expect.arrayContaining(['= element approve COMPLETED', '+ variable p.approved true', '+ job after CREATED 0/0']),
    );
    const { state, endedAt, endedBy, revision } = run.userTask('approve');
    expect({ state, endedAt, endedBy, revision }).toEqual({
      ...{ state: 'COMPLETED', endedAt: run.now, endedBy: 'somebody', revision: 2 },
    });
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('has what the model says of it as text', () => {
    const run = started({
      assignment: { assignee: 'ada', candidateUsers: 'bob, cleo,,bob', candidateGroups: 'sales' },
      schedule: { dueDate: '2026-12-24T18:00:00+01:00', followUpDate: 'PT2H' },
      priority: '70',
      form: { formKey: 'approval' },
    });
    expect(run.userTask('approve')).toMatchObject({
      ...{ assignee: 'ada', candidateUsers: ['bob', 'cleo'], candidateGroups: ['sales'], revision: 1, tags: {} },
      ...{ dueAt: Date.UTC(2026, 11, 24, 17), followUpAt: NOW + 2 * HOUR, priority: 70, formKey: 'approval' },
    });
  });

  test('has what the expressions of the model come to, after its input mappings', () => {
    const run = started(
      {
        inputs: { who: '= order.owner' },
        assignment: { assignee: '= who', candidateUsers: '= [who, "bob"]', candidateGroups: '= "sales"' },
        schedule: { dueDate: '= now() + duration("PT1H")', followUpDate: '= duration("PT30M")' },
        priority: '= if order.total > 100 then 9 else 1',
        form: { formKey: '= "form-" + who' },
      },
      { order: { owner: 'ada', total: 120 } },
    );
    expect(run.userTask('approve')).toMatchObject({
      ...{ assignee: 'ada', candidateUsers: ['ada', 'bob'], candidateGroups: ['sales'] },
      ...{ dueAt: NOW + HOUR, followUpAt: NOW + HOUR / 2, priority: 9, formKey: 'form-ada' },
    });
  });

  test('reads the attributes of Camunda 7', () => {
    const attributes = {
      'camunda:assignee': 'ada',
      'camunda:candidateUsers': 'bob,cleo',
      'camunda:candidateGroups': '= ["sales"]',
      'camunda:dueDate': 'P2D',
      'camunda:followUpDate': '2026-11-24T08:00:00Z',
      'camunda:priority': '30',
      'camunda:formKey': 'embedded:app:forms/approve.html',
    };
    expect(started({ attributes }).userTask('approve')).toMatchObject({
      ...{ assignee: 'ada', candidateUsers: ['bob', 'cleo'], candidateGroups: ['sales'], priority: 30 },
      ...{ dueAt: NOW + 48 * HOUR, followUpAt: NOW + 24 * HOUR, formKey: 'embedded:app:forms/approve.html' },
    });
  });

  test('with expressions that come to null has no such setting', () => {
    const run = started({
      assignment: { assignee: '= null', candidateGroups: '= null' },
      schedule: { dueDate: '= null' },
      priority: '= null',
    });
    expect(run.userTask('approve')).toMatchObject({ assignee: null, candidateGroups: [], dueAt: null, priority: 0 });
  });

  test.each([
    [{ assignment: { assignee: '= 7' } }, 'assignee "7": it must be text of up to 255 characters'],
    [{ assignment: { assignee: '= nobody' } }, 'assignee "nobody"'],
    [{ assignment: { candidateUsers: '= ["a", 7]' } }, 'candidate users "["a", 7]": it must be a list of up to 100'],
    [{ schedule: { dueDate: '= "2026-12-24T18:00:00"' } }, 'has no time zone'],
    [{ schedule: { dueDate: '= date("2026-12-24")' } }, 'it is no date and time'],
    [{ schedule: { followUpDate: '= "2026-02-30T18:00:00Z"' } }, 'does not exist on the calendar'],
    [{ priority: '= 1.5' }, 'it must be a whole number of 32 bits'],
  ])('with a setting that is none is an incident: %j', (spec, message) => {
    const run = started(spec);
    expect(run.world.all('userTask')).toEqual([]);
    expect(run.incidents()).toEqual([expect.stringContaining(message)]);
  });

  test('is made when its incident is resolved', () => {
    const run = started({ assignment: { assignee: '= boss' } });
    run.resolve({ variables: { boss: 'ada' } });
    expect(run.userTask('approve').assignee).toBe('ada');
    expect(run.incidents()).toEqual([]);
  });

  test('whose output mapping fails stays complete, and leaves when its incident is resolved', () => {
    const run = started({ outputs: { total: '= amount + 1' } });
    run.completeUserTask('approve');
    expect(run.userTask('approve').state).toBe('COMPLETED');
    expect(run.incidents()).toEqual([expect.stringMatching(/^approve LEAVE/)]);
    run.resolve({ variables: { amount: 2 } });
    expect(run.variables()).toMatchObject({ total: 3 });
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('with output mappings keeps the results of the person to itself', () => {
    const run = started({ outputs: { decision: '= approved' } });
    run.completeUserTask('approve', { approved: true });
    expect(run.variables()).toEqual({ decision: true });
    expect(run.variables('approve')).toEqual({ approved: true });
  });
});

describe('changing', () => {
  test('raises the revision, and sets what is given alone', () => {
    const run = started({ assignment: { assignee: 'ada' } });
    run.updateUserTask('approve', { candidateGroups: ['sales'], dueAt: NOW, tags: { colour: 'red', size: 'xl' } });
    run.updateUserTask('approve', { assignee: null, tags: { colour: null } });
    expect(run.userTask('approve')).toMatchObject({
      ...{ revision: 3, assignee: null, candidateGroups: ['sales'], dueAt: NOW, tags: { size: 'xl' } },
    });
  });

  test('sets variables while it is open', () => {
    const run = started();
    run.run(run.userTaskUpdate('approve', { variables: { draft: 1 } }));
    expect(run.variables()).toEqual({ draft: 1 });
    expect(run.waitsAt()).toEqual(['approve']);
  });

  test('on an old revision is refused and changes nothing', () => {
    const run = started();
    run.updateUserTask('approve', { priority: 5 });
    const late = run.userTaskUpdate('approve', { revision: 1, change: { priority: 9 }, variables: { late: true } });
    expect(refusalOf(run.decide(late))).toMatchObject({ refused: 'REVISION_MISMATCH', field: 'revision' });
    expect(run.userTask('approve').priority).toBe(5);
    expect(run.variables()).toEqual({});
  });

  test('of two in one group on the same revision the second is refused (I4)', () => {
    const run = started();
    const change = (priority: number) => run.userTaskUpdate('approve', { change: { priority } });
    const [, second] = run.group([change(1), change(2)]);
    expect(second).toMatchObject({ refused: 'REVISION_MISMATCH' });
    expect(run.userTask('approve')).toMatchObject({ priority: 1, revision: 2 });
  });

  test('with a completion is one change', () => {
    const run = started();
    run.run(run.userTaskUpdate('approve', { change: { assignee: 'ada' }, outcome: { type: 'COMPLETION' } }));
    expect(run.userTask('approve')).toMatchObject({ state: 'COMPLETED', assignee: 'ada', revision: 2 });
  });

  test('after the end is refused', () => {
    const run = started();
    run.completeUserTask('approve');
    expect(refusalOf(run.decide(run.userTaskUpdate('approve')))).toMatchObject({
      ...{ refused: 'USER_TASK_ENDED', metadata: { state: 'COMPLETED' } },
    });
  });

  test('of what is not there, or another tenant’s, is NOT_FOUND', () => {
    const run = started();
    const command = run.userTaskUpdate('approve');
    const missing = { ...command, userTask: { ...command.userTask, id: 99 } };
    expect(refusalOf(run.decide(missing)).refused).toBe('USER_TASK_NOT_FOUND');
    run.tenantIds = ['other'];
    expect(refusalOf(run.decide(command)).refused).toBe('USER_TASK_NOT_FOUND');
  });

  test('to more tags than the limit is refused', () => {
    const run = started();
    const tags = (from: number) => Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`t${from + i}`, '']));
    run.updateUserTask('approve', { tags: tags(0) });
    const more = run.userTaskUpdate('approve', { change: { tags: tags(60) } });
    expect(refusalOf(run.decide(more))).toMatchObject({ refused: 'LIMIT_EXCEEDED', field: 'tags' });
  });

  test('with an error that nothing catches is refused and changes nothing', () => {
    const run = started();
    const command = run.userTaskUpdate('approve', { outcome: { type: 'ERROR', code: 'E1' }, variables: { x: 1 } });
    expect(refusalOf(run.decide(command))).toMatchObject({ refused: 'UNCAUGHT_ERROR', metadata: { code: 'E1' } });
    expect(run.log()).toEqual([]);
    expect(run.userTask('approve').revision).toBe(1);
  });
});

describe('claiming', () => {
  test('assigns what is nobody’s', () => {
    const run = started();
    run.claim('approve', 'ada');
    expect(run.userTask('approve')).toMatchObject({ assignee: 'ada', revision: 2 });
  });

  test('what is one’s own changes nothing', () => {
    const run = started();
    run.claim('approve', 'ada');
    run.claim('approve', 'ada');
    expect(run.log()).toEqual([]);
    expect(run.userTask('approve').revision).toBe(2);
  });

  test('what is somebody else’s is refused, until it is given back', () => {
    const run = started({ assignment: { assignee: 'ada' } });
    const { partition, id } = run.userTask('approve');
    const command = { type: 'claimUserTask', userTask: { partition, id }, assignee: 'bob', by: 'bob' } as const;
    expect(refusalOf(run.decide(command))).toMatchObject({
      ...{ refused: 'USER_TASK_CLAIMED', metadata: { assignee: 'ada' } },
    });
    run.updateUserTask('approve', { assignee: null });
    run.claim('approve', 'bob');
    expect(run.userTask('approve').assignee).toBe('bob');
  });
});

describe('a user task whose element ends in another way', () => {
  test('is canceled with its instance', () => {
    const run = started();
    run.cancel();
    expect(run.userTask('approve')).toMatchObject({ state: 'CANCELED', endedBy: 'operator', revision: 2 });
    expect(refusalOf(run.decide(run.userTaskUpdate('approve'))).refused).toBe('USER_TASK_ENDED');
  });

  test('is terminated by a terminate end event, inside a sub-process too', () => {
    const run = new Scenario(
      model('start -> fork -> sub -> end; fork -> b -> terminate', {
        sub: subProcess('start1 -> approve -> end1', { approve: user() }),
        b: service(),
      }),
    );
    run.start();
    run.complete('b');
    expect(run.userTask('approve')).toMatchObject({ state: 'TERMINATED', revision: 2 });
    expect(run.state()).toBe('COMPLETED');
  });
});

describe('a user task that throws', () => {
  const outcome = (type: 'ERROR' | 'ESCALATION', code: string) => ({ outcome: { type, code } as const });

  test('an error is terminated, and what catches the code goes on with the variables', () => {
    const run = new Scenario(
      model('start -> approve -> end; refused -> tell -> endTell', {
        approve: user(),
        refused: boundary('approve', error('REFUSED')),
      }),
    );
    run.start();
    const update = run.userTaskUpdate('approve', { ...outcome('ERROR', 'REFUSED'), variables: { why: 'no money' } });
    run.run({ ...update, change: { assignee: 'ada' } });
    expect(run.userTask('approve')).toMatchObject({ state: 'TERMINATED', revision: 2, assignee: 'ada' });
    expect(run.visits()).toEqual(expect.arrayContaining(['approve TERMINATED', 'refused COMPLETED', 'tell STARTED']));
    expect(run.variables()).toEqual({ why: 'no money' });
  });

  test('an error to the scopes around it is caught there', () => {
    const run = new Scenario(
      model('start -> sub -> end; refused -> tell -> endTell', {
        sub: subProcess('start1 -> approve -> end1', { approve: user() }),
        refused: boundary('sub', error('REFUSED')),
      }),
    );
    run.start();
    run.run(run.userTaskUpdate('approve', outcome('ERROR', 'REFUSED')));
    expect(run.userTask('approve').state).toBe('TERMINATED');
    expect(run.waitsAt()).toEqual(['tell']);
  });

  test('an escalation that does not interrupt stays open', () => {
    const run = new Scenario(
      model('start -> approve -> end; late -> tell -> endTell', {
        approve: user(),
        late: boundary('approve', escalation('LATE'), { interrupting: false }),
      }),
    );
    run.start();
    run.run(run.userTaskUpdate('approve', outcome('ESCALATION', 'LATE')));
    expect(run.userTask('approve')).toMatchObject({ state: 'STARTED', revision: 2 });
    expect(run.waitsAt()).toEqual(['approve', 'tell']);
    run.completeUserTask('approve');
    run.complete('tell');
    expect(run.state()).toBe('COMPLETED');
  });

  test('a code that nothing catches is refused, and nothing changes', () => {
    const run = new Scenario(
      model('start -> approve -> end; refused -> tell -> endTell', {
        approve: user(),
        refused: boundary('approve', error('REFUSED')),
      }),
    );
    run.start();
    const late = run.userTaskUpdate('approve', outcome('ESCALATION', 'REFUSED'));
    expect(refusalOf(run.decide(late))).toMatchObject({ refused: 'UNCAUGHT_ESCALATION' });
    expect(run.log()).toEqual([]);
  });
});
