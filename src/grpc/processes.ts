/** Processes: deploying models, and what is deployed. */
import { isRefusal } from '../core/refusal.js';
import type { ElementDetails } from '../engine/face.js';
import type { CreatedProcess } from '../engine/ports/processes.js';
import type { ElementView, ProcessView } from '../engine/reader.js';
import type { Element, ModelProblem, Process, ProcessServiceService } from '../gen/baton/v1/processes.js';
import { CreateProcessRequest, UpdateProcessRequest } from '../gen/baton/v1/processes.js';
import type { Handlers } from './bind.js';
import { actorOf } from './call-context.js';
import type { Edge } from './edge.js';
import { toElement } from './elements-out.js';
import type { ModelFault, Problem } from './errors.js';
import { problemOf } from './faults.js';
import { definitionsIn } from './given-definitions.js';
import { toProcess } from './messages-out.js';
import { answerQuery, filterOf, tagFilters, tenantsIn } from './queries.js';
import { notYet, repeatableCaller } from './requests.js';

export function processes({ engine }: Edge): Handlers<typeof ProcessServiceService> {
  const { reader } = engine;

  async function stored(id: number, tenantIds: readonly string[]): Promise<ProcessView | undefined> {
    const page = await reader.processes({ id, tenantIds }, { size: 1, token: '', offset: 0 });
    return isRefusal(page) ? undefined : page.results[0];
  }

  async function deployed({ id, created, ...name }: CreatedProcess, tenantIds: readonly string[]): Promise<Process> {
    const view = id === 0 ? undefined : await stored(id, tenantIds);
    return view === undefined ? toDryProcess(name, created, tenantIds[0] ?? '') : toProcess(view, created);
  }

  /** One process after the other: a page may be of many. */
  async function toElements(views: readonly ElementView[], tenantIds: readonly string[]): Promise<Element[]> {
    const elements: Element[] = [];
    let details: ReadonlyMap<number, ElementDetails> = new Map();
    let process: ProcessView | undefined;
    for (const view of views) {
      if (view.processId !== process?.id) {
        details = await engine.elementDetails(view.processId);
        process = await stored(view.processId, tenantIds);
      }
      elements.push(toElement(view, details.get(view.id), process?.latest === false));
    }
    return elements;
  }

  return {
    async createProcess(request, context) {
      const problem = problemOf(unbuiltParts(request));
      if (problem !== null) return problem;
      const { bpmnXml, tenantId, tags, dryRun } = request;
      const deployment = {
        bpmnXml,
        bpmnProcessId: request.bpmnProcessId ?? null,
        version: request.version ?? null,
        tags,
        definitions: definitionsIn(request),
        tenantId,
        by: actorOf(context, request.workerId),
        dryRun,
      };
      const answer = await engine.deploy(
        deployment,
        repeatableCaller(context, CreateProcessRequest, request, tenantId),
      );
      if ('problems' in answer) return modelInvalid(answer.problems, dryRun);
      if (isRefusal(answer)) return answer;
      const results = await Promise.all(answer.map((each) => deployed(each, [tenantId])));
      return { processes: results, warnings: [], problems: [] };
    },

    queryProcesses: (request, context) =>
      answerQuery(
        request,
        (page) => {
          const { id, bpmnProcessId, version, latestOnly, tags, tenantIds } = request;
          const conditions = {
            id,
            bpmnProcessId,
            version,
            latestOnly: latestOnly || undefined,
            tags: tagFilters(tags),
          };
          return reader.processes(filterOf(conditions, tenantsIn(tenantIds, context)), page);
        },
        (view) => toProcess(view),
      ),

    async getBpmnXml({ id }, context) {
      const bpmnXml = await reader.bpmnXml(id, context.tenantIds);
      return bpmnXml === null ? notFound(id) : { bpmnXml };
    },

    async queryElements(request, context) {
      const { processId, bpmnElementId } = request;
      const answer = await answerQuery(
        request,
        (page) => reader.elements(filterOf({ processId, bpmnElementId }, context.tenantIds), page),
        (view) => view,
      );
      return 'refused' in answer ? answer : { ...answer, results: await toElements(answer.results, context.tenantIds) };
    },

    async updateProcess(request, context) {
      const { bpmnProcessId, enabled = null, parallelism, tenantId, workerId } = request;
      const problem = problemOf(notYet({ parallelism: parallelism !== undefined }));
      if (problem !== null) return problem;
      const updated = await engine.updateProcess(
        { bpmnProcessId, tenantId, enabled, by: actorOf(context, workerId) },
        repeatableCaller(context, UpdateProcessRequest, request, tenantId),
      );
      if (isRefusal(updated)) return updated;
      const process = await stored(updated.id, [tenantId]);
      return process === undefined ? notFound(updated.id) : { process: toProcess(process) };
    },
  };
}

/** Settings that this version does not keep are refused, never ignored. */
function unbuiltParts(request: CreateProcessRequest) {
  const { parallelism, journalMode } = request;
  return notYet({ parallelism: parallelism > 0, journal_mode: journalMode === 'JOURNAL_MODE_FULL' });
}

/** With a dry run the problems are the answer. */
function modelInvalid(problems: readonly ModelFault[], dryRun: boolean) {
  if (dryRun) return { processes: [], warnings: [], problems: problems.map(toModelProblem) };
  return modelProblem(problems);
}

function modelProblem(problems: readonly ModelFault[]): Problem {
  const [first] = problems;
  const where = first === undefined ? '' : `: line ${first.line}, column ${first.column}: ${first.message}`;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return { refused: 'MODEL_INVALID', message: `the model can not be deployed${where}${more}`, problems };
}

function toModelProblem({ rule, message, elementId, line, column, help }: ModelFault): ModelProblem {
  return { rule, bpmnElementId: elementId ?? '', bpmnElementType: '', line, column, message, advice: help };
}

/** What a dry run would have made. */
function toDryProcess(
  name: { readonly bpmnProcessId: string; readonly version: string },
  created: boolean,
  tenantId: string,
) {
  const { bpmnProcessId, version } = name;
  const view = {
    id: 0,
    tenantId,
    bpmnProcessId,
    version,
    name: null,
    tags: {},
    createdAt: 0,
    createdBy: '',
    latest: created,
    enabled: true,
  };
  return { ...toProcess(view, created), createdAt: undefined };
}

function notFound(id: number): Problem {
  return { refused: 'PROCESS_NOT_FOUND', message: `process ${id} does not exist`, metadata: { processId: String(id) } };
}
