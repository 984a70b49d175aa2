// Conditional events on a database: the wait is a row, found again by whoever changes a variable.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { CALLER, deploy, openEngine, start, type TestEngine } from '../support/engine.js';
import { whenTrue } from '../support/models.js';

let database: FreshDatabase;
let engine: TestEngine;
beforeAll(async () => {
  database = await freshDatabase();
  engine = await openEngine(database.settings, {}, () => undefined);
});
afterAll(async () => {
  await engine.stop();
  await database.drop();
});

test('a condition that waits is asked when a variable changes, and its row goes with the event', async () => {
  await deploy(engine, whenTrue('when-true', 'ready'));
  const instance = await start(engine, 'when-true');
  const set = async (value: string) => {
    const variables = [{ name: 'ready', data: { encoding: 'json', value, encrypted: false }, bpmnElementId: null }];
    const command = { type: 'setVariables', kind: 'processInstance', scope: instance, variables, by: 'test' } as const;
    expect(await engine.engine.submit(command, CALLER)).toEqual({ scope: instance });
    return (await engine.engine.reader.processInstance(instance, ['']))?.row.state;
  };
  expect(await set('false')).toBe('STARTED');
  expect(await set('true')).toBe('COMPLETED');
});
