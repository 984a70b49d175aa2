/** Commands about process instances. */
import type { ProcessInstance } from '@baton/client';
import { CliError } from './cli-error.js';
import { clientCommand } from './command.js';
import type { Context } from './context.js';
import { instanceTree } from './instance-tree.js';
import { word } from './json.js';
import { formatKey, parseKey } from './keys.js';
import { limitOption, PAGE_SIZE, take } from './query.js';
import { state, table, time } from './table.js';
import { parseVariables, variablesOption } from './variables-in.js';

const instanceArgument = { name: 'instance', about: 'Instance, such as 2026-11-21/17' } as const;

const STATES = ['QUEUED', 'STARTED', 'SUSPENDED', 'COMPLETED', 'TERMINATED', 'CANCELED'] as const;

export const start = clientCommand({
  name: 'start',
  about: 'Start an instance of a process.',
  arguments: [{ name: 'process', about: 'Id of the process in the XML' }],
  options: {
    ...variablesOption,
    processVersion: { kind: 'text', value: 'version', about: 'Version of the process; the latest if not given.' },
    correlationKey: { kind: 'text', value: 'key', about: 'Key of the business entity.' },
    tag: { kind: 'list', value: 'name=value', about: 'Tag; can be given many times.' },
    wait: { kind: 'switch', about: 'Wait for the end. The exit code is 0 only if the instance is then COMPLETED.' },
    maxWait: { kind: 'number', value: 'seconds', about: 'With --wait: how long at most.', least: 1, most: 1_000_000 },
    requestId: { kind: 'text', value: 'id', about: 'The same id again starts nothing again.' },
  },
  examples: [
    'baton start order-fulfilment --variables \'{"orderId": "A-1"}\'',
    'baton start order-fulfilment --variables @order.json --wait',
  ],
  async call(context, [bpmnProcessId = ''], options) {
    const request = {
      bpmnProcessId,
      ...(options.processVersion === undefined ? {} : { version: options.processVersion }),
      variables: parseVariables(options.variables) ?? {},
      correlationKey: options.correlationKey,
      tags: Object.fromEntries(options.tag.map(parseTag)),
      requestId: options.requestId,
    };
    if (!options.wait) {
      const { processInstance } = await context.client.instances.create(request);
      context.print(processInstance, formatKey(processInstance));
      return 0;
    }
    const awaitEnd = options.maxWait === undefined ? true : { maxWaitMs: options.maxWait * 1000 };
    const { processInstance, variables } = await context.client.instances.create({ ...request, awaitEnd });
    const ending = word('state', processInstance.state);
    const line = `${formatKey(processInstance)}  ${state(ending, context.colors)}`;
    context.print({ processInstance, variables }, `${line}\n${JSON.stringify(variables, null, 2)}`);
    return ending === 'COMPLETED' ? 0 : 1;
  },
});

function parseTag(written: string): readonly [string, string] {
  const at = written.indexOf('=');
  if (at < 1) throw new CliError('USAGE', `--tag "${written}" is not written like name=value`);
  return [written.slice(0, at), written.slice(at + 1)];
}

export const show = clientCommand({
  name: 'show',
  about: 'Show an instance: where its tokens are, with jobs, incidents and variables.',
  arguments: [instanceArgument],
  options: {},
  examples: ['baton show 2026-11-21/17'],
  async call(context, [instance]) {
    const details = await context.client.instances.get(parseKey('instance', instance));
    if (details.truncated) context.say('The instance has more than is shown; the lists have all.');
    context.print(details, instanceTree(details, context.colors));
  },
});

export const instances = clientCommand({
  name: 'instances',
  about: 'List process instances, the newest first.',
  arguments: [],
  options: {
    process: { kind: 'text', value: 'id', about: 'Id of the process in the XML.' },
    state: { kind: 'choices', choices: STATES, about: 'State; can be given many times.' },
    correlationKey: { kind: 'text', value: 'key', about: 'Key of the business entity.' },
    incidents: { kind: 'switch', about: 'Only instances that have an open incident.' },
    tag: { kind: 'list', value: 'name=value', about: 'Tag; can be given many times.' },
    ...limitOption,
  },
  examples: ['baton instances --state STARTED --incidents'],
  async call(context, _, options) {
    const pages = context.client.instances.query({
      bpmnProcessId: options.process,
      states: options.state.map((name) => `INSTANCE_STATE_${name}` as const),
      correlationKey: options.correlationKey,
      incidentsOnly: options.incidents,
      tags: options.tag.map(parseTag).map(([name, value]) => ({ name, value })),
      tenantIds: context.tenantIds,
      pageSize: PAGE_SIZE,
    });
    printInstances(context, await take(pages, 'instances', context, options.limit));
  },
});

function printInstances(context: Context, found: readonly ProcessInstance[]): void {
  const rows = found.map((one) => [
    formatKey(one),
    one.bpmnProcessId,
    one.version,
    state(word('state', one.state), context.colors),
    one.correlationKey,
    time(one.createdAt),
    time(one.endedAt),
  ]);
  const headers = ['INSTANCE', 'PROCESS', 'VERSION', 'STATE', 'KEY', 'CREATED', 'ENDED'];
  context.print(found, rows.length > 0 ? table(headers, rows, context.colors) : '');
}

export const cancel = clientCommand({
  name: 'cancel',
  about: 'End an instance now. Its jobs are withdrawn.',
  arguments: [instanceArgument],
  options: { reason: { kind: 'text', value: 'text', about: 'Why, for the record.' } },
  examples: ['baton cancel 2026-11-21/17 --reason "ordered twice"'],
  async call(context, [instance], { reason }) {
    const { partition, id } = parseKey('instance', instance);
    const canceled = await context.client.instances.cancel({ partition, id, reason });
    context.print(canceled, `${formatKey(canceled)}  ${state(word('state', canceled.state), context.colors)}`);
  },
});
