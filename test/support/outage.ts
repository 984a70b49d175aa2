/** What tests of a database in trouble share: callers that never give up, the server's health, and what its log said. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { MethodDefinition } from '@grpc/grpc-js';
import { service as health } from 'grpc-health-check';
import pg from 'pg';
import { expect } from 'vitest';
import { isRefusal, type Refusal } from '../../src/core/refusal.js';
import type { Ref } from '../../src/core/state.js';
import type { TestApi } from './api.js';
import { CALLER, deploy, type LogBook, startCommand, type TestEngine } from './engine.js';
import { tasks } from './models.js';

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Callers that start instances one after the other, and repeat what was refused with the same request id. */
export class Callers {
  readonly acknowledged: Ref[] = [];
  readonly refused: Refusal[] = [];
  asked = 0;
  private running = true;
  private readonly engine: TestEngine;
  private readonly topic: string;
  private readonly processId: number;
  private readonly all: readonly Promise<void>[];

  private constructor(engine: TestEngine, topic: string, processId: number, count: number, bytes: number) {
    this.engine = engine;
    this.topic = topic;
    this.processId = processId;
    this.all = Array.from({ length: count }, () => this.call(bytes));
  }

  /** `bytes`: of the variable that each instance gets. */
  static async start(engine: TestEngine, count: number, bytes = 40): Promise<Callers> {
    const topic = randomUUID();
    const processId = await deploy(engine, tasks(`p-${topic}`, topic));
    return new Callers(engine, topic, processId, count, bytes);
  }

  async acknowledgedMore(count: number): Promise<void> {
    const wanted = this.acknowledged.length + count;
    await until(() => this.acknowledged.length >= wanted);
  }

  async check(databaseUrl: string): Promise<void> {
    await this.stop();
    this.compare(await sql(databaseUrl, this.query));
  }

  /** Waits for the last answers. */
  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.all);
    expect(this.acknowledged).toHaveLength(this.asked);
  }

  get query(): string {
    return `select id from process_instance where process_id = ${this.processId} order by id`;
  }

  /** What was acknowledged is there, each once, and nothing else. */
  compare(rows: readonly (readonly (string | null)[])[]): void {
    const ids = this.acknowledged.map(({ id }) => id).sort((one, other) => one - other);
    expect(rows.map(([id]) => Number(id))).toEqual(ids);
  }

  private async call(bytes: number): Promise<void> {
    while (this.running) {
      this.asked += 1;
      this.acknowledged.push(await this.startOne(`${this.topic}-${this.asked}`, bytes));
    }
  }

  private async startOne(requestId: string, bytes: number): Promise<Ref> {
    const command = startCommand(`p-${this.topic}`, { filling: randomBytes(bytes / 2).toString('hex') });
    for (;;) {
      const caller = { ...CALLER, request: { rpc: 'Create', requestId, hash: 'h' } };
      const answer = await this.engine.engine.submit(command, caller);
      if (!isRefusal(answer)) return answer.instance;
      this.refused.push(answer);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Values come as texts. */
export async function sql(url: string, text: string): Promise<readonly (readonly (string | null)[])[]> {
  const client = new pg.Client({ connectionString: url, types: { getTypeParser: () => (cell: string) => cell } });
  await client.connect();
  try {
    const { rows } = await client.query<(string | null)[]>({ text, rowMode: 'array' });
    return rows;
  } finally {
    await client.end();
  }
}

const check = health.Check as unknown as MethodDefinition<{ service: string }, { readonly status: string }>;

export async function healthOf({ client }: TestApi): Promise<string> {
  const statuses = [];
  for (const service of ['', 'baton.v1.JobService']) statuses.push((await client.call(check, { service })).status);
  return [...new Set(statuses)].join();
}

const LOST = /^the database can not be used; /;
const STILL = /^the database can still not be used/;
const BACK = /^the database can be used again/;

/** One line for each change of state, lines at a slowing pace between them, and no stack traces. */
export function expectClearLog({ lines }: LogBook, outages?: number): void {
  const loud = lines.filter(({ level }) => level !== 'debug');
  const saying = (form: RegExp) => loud.filter(({ message }) => form.test(message));
  expect(saying(LOST).length).toBe(outages ?? saying(BACK).length);
  expect(saying(BACK).length).toBe(outages ?? saying(LOST).length);
  const others = loud.filter(({ message }) => ![LOST, STILL, BACK].some((form) => form.test(message)));
  expect(others).toEqual([]);
  for (const { facts } of loud) expect(facts).not.toHaveProperty('err');
}
