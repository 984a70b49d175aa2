/** A worker's decision for a gateway: job EVALUATE_EXCLUSIVE_GATEWAY of the first seed. */
import type { Execution } from '../execution.js';
import { type Refusal, refuse } from '../refusal.js';
import type { ElementInstance, Job } from '../state.js';
import { written } from './handler.js';

const FIELD = 'completion.exclusive_gateway_decision';

/** Takes the flow that is named, or that leads to the named target. An invalid decision is refused, and the job stays locked (design section 9). */
export function decideGateway(x: Execution, ei: ElementInstance, target: string | null, job: Job): Refusal | undefined {
  const { flows, elements } = x.processOf(ei).graph;
  const gateway = x.elementOf(ei);
  if (gateway.type !== 'EXCLUSIVE_GATEWAY') throw new Error(`element ${gateway.id} is not an exclusive gateway`);
  const targets = gateway.outgoing.map((flow) => elements[flows[flow]?.target ?? -1]?.id ?? '');
  const leadsThere = (flow: number, place: number) => target === flows[flow]?.id || target === targets[place];
  const flow = target === null ? gateway.defaultFlow : gateway.outgoing.find(leadsThere);
  if (flow === undefined) {
    const metadata = { job: written(job), bpmnElementId: gateway.id, targets: targets.join(' ') };
    const given = target === null ? 'none' : `"${target}"`;
    const message = `gateway ${gateway.id} needs a decision for one of its targets (${targets.join(', ')}), but got ${given}`;
    return refuse('DECISION_INVALID', message, metadata, FIELD);
  }
  x.leave(ei, [flow]);
  return undefined;
}

/** A worker that answers what nobody asked has mistaken the job: it would believe that its answer counts. */
export function noDecisionAsked(job: Job): Refusal {
  const metadata = { job: written(job), type: job.type };
  return refuse('DECISION_INVALID', `job ${metadata.job} of type ${job.type} asks for no decision`, metadata, FIELD);
}
