/** The results of jobs that ask for one: the flows of a gateway, the process of a call activity, what an event waits for. */
import type { ExclusiveGateway, InclusiveGateway } from '../../model/process.js';
import type { JobCompletion } from '../command.js';
import type { Execution } from '../execution.js';
import { type Refusal, refuse } from '../refusal.js';
import type { ElementInstance, Job, JobType } from '../state.js';
import { selectActivities } from './ad-hoc.js';
import { callAsNamed } from './called-process.js';
import {
  setErrorCode,
  setEscalationCode,
  setMessageCorrelationKey,
  setSignalName,
  setTimer,
  subscribeMessage,
  subscribeSignal,
} from './definitions.js';
import { written } from './handler.js';

type Complete = (x: Execution, ei: ElementInstance, completion: JobCompletion | null, job: Job) => Refusal | undefined;

const completions: { readonly [T in JobType]?: Complete } = {
  CALL_PROCESS: callAsNamed,
  EVALUATE_EXCLUSIVE_GATEWAY: (x, ei, completion, job) =>
    takeFlows(x, ei, completion?.type === 'exclusiveGatewayDecision' ? [completion.target] : [], job, 'exclusive'),
  EVALUATE_INCLUSIVE_GATEWAY: (x, ei, completion, job) =>
    takeFlows(x, ei, completion?.type === 'inclusiveGatewayDecision' ? completion.targets : [], job, 'inclusive'),
  SELECT_AD_HOC_ACTIVITIES: selectActivities,
  SET_ERROR_CODE: setErrorCode,
  SET_ESCALATION_CODE: setEscalationCode,
  SET_MESSAGE_CORRELATION_KEY: setMessageCorrelationKey,
  SET_SIGNAL_NAME: setSignalName,
  SET_TIMER: setTimer,
  SUBSCRIBE_MESSAGE: subscribeMessage,
  SUBSCRIBE_SIGNAL: subscribeSignal,
};

/** An invalid result is refused, and the job stays locked (design section 9). */
export function complete(
  x: Execution,
  ei: ElementInstance,
  completion: JobCompletion | null,
  job: Job,
): Refusal | undefined {
  const own = completions[job.type];
  if (own !== undefined) return own(x, ei, completion, job);
  return completion === null ? undefined : nothingAsked(job);
}

/** Takes the flows that are named, or that lead to the named targets, each once. */
function takeFlows(
  x: Execution,
  ei: ElementInstance,
  names: readonly string[],
  job: Job,
  kind: 'exclusive' | 'inclusive',
): Refusal | undefined {
  const gateway = x.elementOf(ei) as ExclusiveGateway | InclusiveGateway;
  const { flows, elements } = x.processOf(ei).graph;
  const targets = gateway.outgoing.map((flow) => elements[flows[flow]?.target ?? -1]?.id ?? '');
  const flowNamed = (name: string) =>
    gateway.outgoing.find((flow, place) => name === flows[flow]?.id || name === targets[place]);
  const taken = names.map(flowNamed);
  const wrong = names.find((_name, index) => taken[index] === undefined);
  if (names.length > 0 && wrong === undefined) {
    x.leave(
      ei,
      gateway.outgoing.filter((flow) => taken.includes(flow)),
    );
    return undefined;
  }
  const metadata = { job: written(job), bpmnElementId: gateway.id, targets: targets.join(' ') };
  const given = wrong === undefined ? 'none' : `"${wrong}"`;
  const message = `gateway ${gateway.id} needs a decision for one of its targets (${targets.join(', ')}), but got ${given}`;
  return refuse('DECISION_INVALID', message, metadata, `completion.${kind}_gateway_decision`);
}

/** A worker that answers what nobody asked has mistaken the job: it would believe that its answer counts. */
export function nothingAsked(job: Job): Refusal {
  const metadata = { job: written(job), type: job.type };
  return refuse(
    'DECISION_INVALID',
    `job ${metadata.job} of type ${job.type} asks for no result`,
    metadata,
    'completion',
  );
}
