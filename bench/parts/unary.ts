/** The plain process without any stream: calls to start, to lock and to complete. */

import { sleep } from '../context.js';
import { deploy, endedIn, verify } from '../counting.js';
import { oneTask } from '../models.js';
import type { Part } from '../part.js';

const CALLERS = 64;

/** So that not the callers' own thread is what is measured. */
const PROCESSES = 2;

export const unary: Part = {
  name: 'unary',
  about: `the plain process over unary calls: ${CALLERS} callers, each starts an instance and completes a job; jobs are locked by polling`,
  keys: ['unary_per_s'],
  async run(context) {
    const { scale } = context;
    const { database, server } = await context.site();
    const { address } = server;
    await deploy(address, oneTask);
    const began = new Date();
    const { id: bpmnProcessId, variables } = oneTask;
    const input = { address, callers: CALLERS / PROCESSES, bpmnProcessId, topic: 'work', variables };
    const callers = await Promise.all(Array.from({ length: PROCESSES }, () => context.program('caller', input)));
    await sleep(scale.warmUpSeconds);
    const from = new Date();
    await sleep(scale.seconds);
    const to = new Date();
    const counts = callers.map((caller) => caller.next<number>('finished'));
    for (const caller of callers) caller.send({ stop: true });
    const started = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    await verify(database.client, began, started);
    const ended = await endedIn(database.client, { from, to });
    return { unary_per_s: Math.round(ended / ((to.getTime() - from.getTime()) / 1000)) };
  },
};
