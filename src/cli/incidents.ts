/** Commands about incidents. */
import { clientCommand } from './command.js';
import { formatKey, parseKey } from './keys.js';
import { limitOption, PAGE_SIZE, take } from './query.js';
import { short, table, time } from './table.js';
import { parseVariables, variablesOption } from './variables-in.js';

export const incidents = clientCommand({
  name: 'incidents',
  about: 'List open incidents.',
  arguments: [],
  options: {
    instance: { kind: 'text', value: 'instance', about: 'Process instance, such as 2026-11-21/17.' },
    process: { kind: 'text', value: 'id', about: 'Id of the process in the XML.' },
    reason: { kind: 'text', value: 'reason', about: 'Reason, such as JOB_RETRIES_EXHAUSTED.' },
    all: { kind: 'switch', about: 'Also those that are resolved.' },
    ...limitOption,
  },
  examples: ['baton incidents --process order-fulfilment'],
  async call(context, _, options) {
    const instance = options.instance === undefined ? undefined : parseKey('instance', options.instance);
    const pages = context.client.incidents.query({
      partition: instance?.partition,
      processInstanceId: instance?.id,
      bpmnProcessId: options.process,
      reason: options.reason,
      open: options.all ? undefined : true,
      tenantIds: context.tenantIds,
      pageSize: PAGE_SIZE,
    });
    const found = await take(pages, 'incidents', context, options.limit);
    const rows = found.map((one) => [
      formatKey(one),
      formatKey({ partition: one.partition, id: one.processInstanceId }),
      one.bpmnElementId,
      one.reason,
      time(one.createdAt),
      time(one.resolvedAt),
      short(one.message, 80),
    ]);
    const headers = ['INCIDENT', 'INSTANCE', 'ELEMENT', 'REASON', 'CREATED', 'RESOLVED', 'MESSAGE'];
    context.print(found, rows.length > 0 ? table(headers, rows, context.colors) : '');
  },
});

export const resolve = clientCommand({
  name: 'resolve',
  about: 'Resolve an incident: try again what had failed.',
  arguments: [{ name: 'incident', about: 'Incident, such as 2026-11-21/99' }],
  options: {
    ...variablesOption,
    retryLimit: { kind: 'number', value: 'number', about: 'Retries after the next try.', least: 0, most: 1_000_000 },
    retryTimer: { kind: 'text', value: 'duration', about: 'When to try again, such as PT30S; at once if not given.' },
  },
  examples: ['baton resolve 2026-11-21/99 --variables \'{"amount": 12}\''],
  async call(context, [incident], { variables, retryLimit, retryTimer }) {
    const { partition, id } = parseKey('incident', incident);
    const changed = parseVariables(variables);
    const resolved = await context.client.incidents.resolve({
      partition,
      id,
      retryLimit,
      retryTimer,
      ...(changed === undefined ? {} : { variables: changed }),
    });
    context.print(resolved, `${formatKey(resolved)}  resolved ${time(resolved.resolvedAt)}`);
  },
});
