/** Commands about processes. */
import { BatonError, type Process } from '@baton/client';
import { CliError } from './cli-error.js';
import { clientCommand } from './command.js';
import type { ClientContext } from './context.js';
import { readDefinitions } from './definitions-in.js';
import { limitOption, PAGE_SIZE, take } from './query.js';
import { table, time } from './table.js';
import { readText } from './variables-in.js';

export const deploy = clientCommand({
  name: 'deploy',
  about: 'Deploy BPMN files. A file that can not run is refused with all its problems.',
  arguments: [{ name: 'files', about: 'BPMN files', many: true }],
  options: {
    processVersion: {
      kind: 'text',
      value: 'version',
      about: 'Version of the processes; the next number if not given.',
    },
    definitions: {
      kind: 'text',
      value: 'file',
      about: 'JSON file with what events of the BPMN file wait for or throw, by their ids.',
    },
    dryRun: { kind: 'switch', about: 'Check the files and deploy nothing.' },
  },
  examples: ['baton deploy examples/order-fulfilment.bpmn', 'baton deploy order.bpmn --definitions events.json'],
  async call(context, files, { processVersion, definitions, dryRun }) {
    const given = readDefinitions(definitions, files);
    const deployed: Process[] = [];
    const refusals: string[] = [];
    for (const file of files) {
      const bpmnXml = readText(file);
      try {
        const request = { bpmnXml, version: processVersion, dryRun, ...given };
        const { processes, problems, warnings } = await context.client.processes.create(request);
        deployed.push(...processes);
        refusals.push(...problems.map((problem) => describe(file, problem)));
        for (const warning of warnings) context.say(`warning: ${describe(file, warning)}`);
      } catch (error) {
        if (!(error instanceof BatonError) || error.problems.length === 0) throw error;
        refusals.push(...error.problems.map((problem) => describe(file, problem)));
      }
    }
    const lines = deployed.map(({ bpmnProcessId, version, id, created }) => {
      if (dryRun) return `${bpmnProcessId} can be deployed as version ${version}`;
      return `${bpmnProcessId} ${created === false ? 'was deployed before' : 'is deployed'} as version ${version} (process ${id})`;
    });
    context.print(deployed, lines.join('\n'));
    if (refusals.length > 0) throw new CliError('MODEL_INVALID', 'the model can not run on this server', refusals);
  },
});

function describe(file: string, problem: BatonError['problems'][number]): string {
  const { line, column, bpmnElementId, message, advice } = problem;
  const where = [file, line, column].filter(Boolean).join(':');
  return [where, bpmnElementId && `${bpmnElementId}:`, advice ? `${message}; ${advice}` : message]
    .filter(Boolean)
    .join(' ');
}

export const processes = clientCommand({
  name: 'processes',
  about: 'List deployed processes.',
  arguments: [],
  options: {
    process: { kind: 'text', value: 'id', about: 'Id of the process in the XML.' },
    ...limitOption,
  },
  examples: ['baton processes'],
  async call(context, _, { process, limit }) {
    const pages = context.client.processes.query({
      bpmnProcessId: process,
      pageSize: PAGE_SIZE,
      tenantIds: context.tenantIds,
    });
    const found = await take(pages, 'processes', context, limit);
    const rows = found.map(({ id, bpmnProcessId, version, enabled, createdAt }) => {
      return [String(id), bpmnProcessId, version, enabled ? '' : 'disabled', time(createdAt)];
    });
    const headers = ['ID', 'PROCESS', 'VERSION', 'STARTS', 'CREATED'];
    context.print(found, rows.length > 0 ? table(headers, rows, context.colors) : '');
  },
});

const processArgument = { name: 'process', about: 'Id of the process in the XML' } as const;

export const disableProcess = clientCommand({
  name: 'disable-process',
  about: 'Let no new instances of a process start; those that run go on.',
  arguments: [processArgument],
  options: {},
  examples: ['baton disable-process order'],
  call: (context, [process = '']) => setEnabled(context, process, false),
});

export const enableProcess = clientCommand({
  name: 'enable-process',
  about: 'Let new instances of a process start again; messages and times that waited start theirs.',
  arguments: [processArgument],
  options: {},
  examples: ['baton enable-process order'],
  call: (context, [process = '']) => setEnabled(context, process, true),
});

async function setEnabled(context: ClientContext, bpmnProcessId: string, enabled: boolean): Promise<void> {
  const process = await context.client.processes.update({ bpmnProcessId, enabled });
  context.print(process, `${bpmnProcessId} is ${enabled ? 'enabled' : 'disabled'}`);
}
