// Transactions: cancelling one compensates what completed in it (BPMN 2.0.2, 10.3.5.2 and 13.5.6).
import { describe, expect, test } from 'vitest';
import { Scenario } from '../support/scenario.js';
import {
  boundary,
  CANCEL,
  compensation,
  endWith,
  error,
  model,
  subProcess,
  throwing,
  transaction,
  undoneBy,
} from '../support/scenario-model.js';

describe('a transaction', () => {
  const trip = model('start -> trip -> end; cancelled -> sorry -> end; failed -> repair -> end', {
    trip: transaction(
      'startT -> fork -> flight -> choose -[full]-> cancel; choose -[default]-> endT; fork -> hotel -> bill -> endB',
      {
        ...undoneBy('flight', 'no-flight'),
        ...undoneBy('hotel', 'no-hotel'),
        ...undoneBy('bill', 'no-bill'),
        cancel: endWith(CANCEL),
      },
    ),
    cancelled: boundary('trip', CANCEL),
    failed: boundary('trip', error()),
  });

  test('completes like a sub-process', () => {
    const run = new Scenario(trip);
    run.start({ full: false });
    for (const id of ['flight', 'hotel', 'bill']) run.complete(id);
    expect(run.visits()).toContain('trip COMPLETED');
    expect(run.state()).toBe('COMPLETED');
  });

  test('that is cancelled ends what is at work, compensates the rest, and leaves by its cancel boundary event', () => {
    const run = new Scenario(trip);
    run.start({ full: true });
    run.complete('hotel');
    run.complete('flight');
    expect(run.visits()).toContain('bill TERMINATED');
    expect(run.jobsAt()).toEqual(['no-flight']);
    run.complete('no-flight');
    expect(run.jobsAt()).toEqual(['no-hotel']);
    expect(run.visits()).not.toContain('trip TERMINATED');
    run.complete('no-hotel');
    expect(run.visits()).toContain('trip TERMINATED');
    expect(run.jobsAt()).toEqual(['sorry']);
    run.complete('sorry');
    expect(run.state()).toBe('COMPLETED');
    expect(run.world.all('task')).toEqual([]);
  });

  test('that is cancelled before anything completed leaves at once', () => {
    const run = new Scenario(
      model('start -> trip -> end; cancelled -> sorry -> end', {
        trip: transaction('startT -> cancel', { cancel: endWith(CANCEL) }),
        cancelled: boundary('trip', CANCEL),
      }),
    );
    run.start();
    expect(run.jobsAt()).toEqual(['sorry']);
  });

  test('that fails leaves by its error boundary event without compensation', () => {
    const run = new Scenario(trip);
    run.start({ full: true });
    run.complete('hotel');
    run.throwError('bill', 'BROKE');
    expect(run.jobsAt()).toEqual(['repair']);
    expect(run.world.all('task')).toEqual([]);
  });

  test('that completed is compensated as a unit later', () => {
    const run = new Scenario(
      model('start -> trip -> undo -> end', {
        trip: transaction('startT -> flight -> endT', undoneBy('flight', 'no-flight')),
        undo: throwing(compensation()),
      }),
    );
    run.start();
    run.complete('flight');
    expect(run.jobsAt()).toEqual(['no-flight']);
  });

  test('compensates a completed sub-process in it as a unit when it is cancelled', () => {
    const run = new Scenario(
      model('start -> trip -> end; cancelled -> sorry -> end', {
        trip: transaction('startT -> part -> cancel', {
          part: subProcess('startP -> flight -> hotel -> endP', {
            ...undoneBy('flight', 'no-flight'),
            ...undoneBy('hotel', 'no-hotel'),
          }),
          cancel: endWith(CANCEL),
        }),
        cancelled: boundary('trip', CANCEL),
      }),
    );
    run.start();
    for (const id of ['flight', 'hotel', 'no-hotel', 'no-flight']) run.complete(id);
    expect(run.jobsAt()).toEqual(['sorry']);
  });
});
