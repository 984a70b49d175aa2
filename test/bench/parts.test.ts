// Each part of the benchmark runs with tiny numbers, so that it still works on the day when its figures are wanted.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Context, type Site } from '../../bench/context.js';
import { oneTask } from '../../bench/models.js';
import type { Part } from '../../bench/part.js';
import { parts } from '../../bench/parts.js';
import { profile } from '../../bench/profile.js';
import { type Outcome, runParts } from '../../bench/run.js';
import type { Scale } from '../../bench/scale.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';

const tiny: Scale = {
  seconds: 0.2,
  warmUpSeconds: 0.1,
  idleSeconds: 0.3,
  idleWorkers: 5,
  inFlight: 40,
  memoryInstances: 100,
  backlogJobs: 2_000,
  backlogDays: 3,
  wholeBacklog: false,
  growth: [10],
  servers: [2],
  partMinutes: 2,
};

/** They want nothing but a server, and one after the other they can have the same. */
const onOneServer = ['stream', 'unary', 'open_loop', 'sequential', 'realistic', 'ten_tasks', 'fork_tasks'];

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.remove());

async function figuresOf(chosen: readonly Part[], shared?: Site): Promise<Outcome> {
  return runParts(chosen, { ...surroundings(), ...(shared === undefined ? {} : { shared }) });
}

const surroundings = () => ({ scale: tiny, postgres, serverSettings: {}, progress: () => undefined });

const keysOf = (chosen: readonly Part[]) => expect.arrayContaining(chosen.flatMap(({ keys }) => [...keys]));

describe.concurrent('every part gives its figures, and none fails', { timeout: 300_000 }, () => {
  test('those that want nothing but a server', async ({ expect, onTestFinished }) => {
    const context = new Context(surroundings(), {});
    onTestFinished(() => context.end());
    const chosen = parts.filter(({ name }) => onOneServer.includes(name));
    const { figures, errors } = await figuresOf(chosen, await context.site());
    expect(errors).toEqual({});
    expect(Object.keys(figures)).toEqual(keysOf(chosen));
  });

  test('the others', async ({ expect }) => {
    const chosen = parts.filter(({ name }) => !onOneServer.includes(name));
    const { figures, errors } = await figuresOf(chosen);
    expect(errors).toEqual({});
    expect(Object.keys(figures)).toEqual(keysOf(chosen));
  });

  test('and the profile has tables', async ({ expect, onTestFinished }) => {
    const context = new Context(surroundings(), {});
    onTestFinished(() => context.end());
    const text = await profile(context, oneTask, context.folder());
    for (const place of ['src/engine', 'src/core']) expect(text).toContain(`| ${place} |`);
  });
});
