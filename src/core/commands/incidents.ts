/** Resolving incidents: what failed is done again. */
import { advance, enter, leave } from '../advance.js';
import type { ResolveIncident } from '../command.js';
import { continueAdHoc } from '../elements/ad-hoc-sub-process.js';
import { continueBody } from '../elements/loops.js';
import { Execution, found } from '../execution.js';
import { createRetry } from '../jobs.js';
import { refuse } from '../refusal.js';
import type { ElementInstance, Incident, IncidentPhase, Ref } from '../state.js';
import { setAllOutwards } from '../variables.js';
import { type Handler, visibleInstance, written } from './handler.js';
import { dueAfter } from './jobs.js';
import { goOnBehind } from './listeners.js';

export const resolveIncident: Handler<ResolveIncident> = (context, command) => {
  const incident = context.set.get('incident', command.incident.id);
  const metadata = { incident: written(command.incident) };
  if (incident === undefined || visibleInstance(context, incident.processInstanceId) === undefined) {
    return refuse('INCIDENT_NOT_FOUND', `incident ${metadata.incident} does not exist`, metadata);
  }
  if (incident.resolvedAt !== null) {
    return refuse('INCIDENT_RESOLVED', `incident ${metadata.incident} is resolved already`, metadata);
  }
  const x = new Execution(context.set, context.facts, command.by, incident.rootId);
  const { changeNumber } = x;
  context.set.put('incident', { ...incident, resolvedAt: x.now, resolvedBy: command.by, changeNumber });
  const ei = x.elementInstance(incident.elementInstanceId);
  setAllOutwards(x, ei, command.variables);
  const job = again[incident.phase](x, ei, incident, command);
  advance(x);
  return { incident: command.incident, job };
};

type Again = (x: Execution, ei: ElementInstance, incident: Incident, command: ResolveIncident) => Ref | null;

const again: { readonly [P in IncidentPhase]: Again } = {
  ENTER(x, ei) {
    enter(x, ei);
    return null;
  },
  LEAVE(x, ei) {
    leave(x, ei);
    return null;
  },
  JOB(x, _ei, incident, command) {
    const job = found(x.set.get('job', incident.jobId ?? 0), 'job', incident.jobId ?? 0);
    const retryLimit = command.retryLimit ?? job.retryLimit;
    const dueAt = dueAfter(x, command.retryTimer);
    const retry = createRetry(x, job, { retryCount: 0, retryLimit, dueAt, error: job.error });
    return { partition: retry.partition, id: retry.id };
  },
  LISTENER(x, ei, incident) {
    goOnBehind(x, ei, found(x.set.get('job', incident.jobId ?? 0), 'job', incident.jobId ?? 0));
    return null;
  },
  CONTINUE(x, ei) {
    x.offerTokens(ei);
    const element = x.elementOf(ei);
    if (element.type === 'MULTI_INSTANCE_BODY') continueBody(x, element, ei);
    if (element.type === 'AD_HOC_SUB_PROCESS' && ei.liveChildren === 0) continueAdHoc(x, element, ei);
    return null;
  },
};
