/** A worker's decision for a gateway: job EVALUATE_EXCLUSIVE_GATEWAY of the first seed. */
import type { Execution } from '../execution.js';
import { type Refusal, refuse } from '../refusal.js';
import type { ElementInstance, Job } from '../state.js';
import { written } from './handler.js';

const FIELD = 'completion.exclusive_gateway_decision';

/** Takes the flow to the named target. An invalid decision is refused, and the job stays locked (design section 9). */
export function decideGateway(x: Execution, ei: ElementInstance, target: string | null, job: Job): Refusal | undefined {
  const { flows, elements } = x.processOf(ei).graph;
  const gateway = x.elementOf(ei);
  if (gateway.type !== 'EXCLUSIVE_GATEWAY') throw new Error(`element ${gateway.id} is not an exclusive gateway`);
  const targets = gateway.outgoing.map((flow) => elements[flows[flow]?.target ?? -1]?.id ?? '');
  const flow = target === null ? gateway.defaultFlow : gateway.outgoing[targets.indexOf(target)];
  if (flow === undefined) {
    const metadata = { job: written(job), bpmnElementId: gateway.id, targets: targets.join(' ') };
    const given = target === null ? 'none' : `"${target}"`;
    const message = `gateway ${gateway.id} needs a decision for one of its targets (${targets.join(', ')}), but got ${given}`;
    return refuse('DECISION_INVALID', message, metadata, FIELD);
  }
  x.leave(ei, [flow]);
  return undefined;
}
