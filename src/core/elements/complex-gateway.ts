/**
 * The complex gateway (BPMN 2.0.2, 13.4.5). Its visit lives from its activation to its reset; `inclusive-joins.ts` says
 * when each is due.
 */
import type { ComplexGateway } from '../../model/process.js';
import { activationOf, goOn } from '../complex-gateways.js';
import type { Execution } from '../execution.js';
import type { ElementInstance } from '../state.js';
import type { MappingFailure } from '../variables.js';
import type { Behavior } from './behavior.js';
import { conditionalFlows, flowOf, isTaken, openOne, raise } from './lifecycle.js';

export const complexGateway: Behavior<ComplexGateway> = {
  arrive(x, element, scope, arrival) {
    if (element.activation !== undefined) x.moved.add(scope.id);
    else this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    this.leave(x, element, ei);
  },
  leave(x, element, ei) {
    const activation = activationOf(x, ei);
    const isReset = activation?.payload.step === 'RESET';
    const flows = isReset ? lateFlows(x, element, ei) : conditionalFlows(x, element, ei, { waitingForStart: true });
    if ('reason' in flows) return raise(x, ei, 'LEAVE', flows);
    if (activation !== undefined && !isReset) {
      goOn(x, activation, 'WAITING');
      return x.send(ei, flows);
    }
    if (activation !== undefined) x.set.remove('task', activation);
    x.leave(ei, flows);
  },
};

/** Only a condition that asks for it lets a token go out when the gateway is reset. */
function lateFlows(x: Execution, element: ComplexGateway, ei: ElementInstance): readonly number[] | MappingFailure {
  const taken: number[] = [];
  for (const index of element.outgoing) {
    const flow = flowOf(x, ei, index);
    if (!flow.condition?.reads.includes('waitingForStart')) continue;
    const holds = isTaken(x, ei, flow, { waitingForStart: false });
    if (typeof holds === 'object') return holds;
    if (holds) taken.push(index);
  }
  return taken;
}
