/** The inclusive gateway. A token at a join waits; `inclusive-joins.ts` says when it has waited for all that can come. */
import { isInclusiveJoin } from '../../model/inclusive-joins.js';
import type { InclusiveGateway } from '../../model/process.js';
import { createJob } from '../jobs.js';
import type { Behavior } from './behavior.js';
import { conditionalFlows, openOne, raise } from './lifecycle.js';

export const inclusiveGateway: Behavior<InclusiveGateway> = {
  arrive(x, element, scope, arrival) {
    if (isInclusiveJoin(element)) x.moved.add(scope.id);
    else this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    if (element.job === undefined) return this.leave(x, element, ei);
    const failure = createJob(x, ei, 'EVALUATE_INCLUSIVE_GATEWAY', element.job);
    if (failure !== undefined) raise(x, ei, 'ENTER', failure);
  },
  /** BPMN 2.0.2, 13.4.3: each flow whose condition is true; else the default. */
  leave(x, element, ei) {
    const flows = conditionalFlows(x, element, ei);
    if ('reason' in flows) raise(x, ei, 'LEAVE', flows);
    else x.leave(ei, flows);
  },
};
