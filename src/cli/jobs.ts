/** Commands about jobs. */
import { clientCommand } from './command.js';
import { word } from './json.js';
import { formatKey, parseKey } from './keys.js';
import { limitOption, PAGE_SIZE, take } from './query.js';
import { short, state, table, time } from './table.js';

const STATES = ['CREATED', 'LOCKED', 'DONE', 'CAUSED_RETRY', 'CAUSED_INCIDENT', 'CANCELED'] as const;

export const jobs = clientCommand({
  name: 'jobs',
  about: 'List jobs, ended ones too.',
  arguments: [],
  options: {
    instance: { kind: 'text', value: 'instance', about: 'Process instance, such as 2026-11-21/17.' },
    topic: { kind: 'text', value: 'topic', about: 'Topic.' },
    state: { kind: 'choices', choices: STATES, about: 'State; can be given many times.' },
    lockedBy: { kind: 'text', value: 'worker', about: 'Worker that holds it, or that ended it.' },
    element: { kind: 'text', value: 'id', about: 'Id of the element in the XML.' },
    ...limitOption,
  },
  examples: ['baton jobs --state CREATED --topic charge-card'],
  async call(context, _, options) {
    const instance = options.instance === undefined ? undefined : parseKey('instance', options.instance);
    const pages = context.client.jobs.query({
      partition: instance?.partition,
      processInstanceId: instance?.id,
      topic: options.topic,
      states: options.state.map((name) => `JOB_STATE_${name}` as const),
      lockedBy: options.lockedBy,
      bpmnElementId: options.element,
      tenantIds: context.tenantIds,
      pageSize: PAGE_SIZE,
    });
    const found = await take(pages, 'jobs', context, options.limit);
    const rows = found.map((job) => [
      formatKey(job),
      job.topic,
      state(word('state', job.state), context.colors),
      formatKey({ partition: job.partition, id: job.processInstanceId }),
      job.bpmnElementId,
      String(job.retryCount),
      job.lockedBy,
      time(job.createdAt),
      short(job.errorMessage, 60),
    ]);
    const headers = ['JOB', 'TOPIC', 'STATE', 'INSTANCE', 'ELEMENT', 'RETRIES', 'WORKER', 'CREATED', 'LAST FAILURE'];
    context.print(found, rows.length > 0 ? table(headers, rows, context.colors) : '');
  },
});
