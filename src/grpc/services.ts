/** Every service of the contract with its handlers. */
import { BatchServiceService } from '../gen/baton/v1/batches.js';
import { ElementInstanceServiceService } from '../gen/baton/v1/element_instances.js';
import { EngineServiceService } from '../gen/baton/v1/engine.js';
import { IncidentServiceService } from '../gen/baton/v1/incidents.js';
import { JobServiceService } from '../gen/baton/v1/jobs.js';
import { MessageServiceService } from '../gen/baton/v1/messages.js';
import { ProcessInstanceServiceService } from '../gen/baton/v1/process_instances.js';
import { ProcessServiceService } from '../gen/baton/v1/processes.js';
import { RecoveryServiceService } from '../gen/baton/v1/recovery.js';
import { SignalServiceService } from '../gen/baton/v1/signals.js';
import { TaskServiceService } from '../gen/baton/v1/tasks.js';
import { UserTaskServiceService } from '../gen/baton/v1/user_tasks.js';
import { VariableServiceService } from '../gen/baton/v1/variables.js';
import { type Bound, bind, type Handlers } from './bind.js';
import type { Door, Service } from './door.js';
import type { Edge } from './edge.js';
import { elementInstances } from './element-instances.js';
import { engineInfo } from './engine-info.js';
import { incidents } from './incidents.js';
import { jobs } from './jobs.js';
import { messages } from './messages.js';
import type { OpenStreams } from './open-streams.js';
import { processInstances } from './process-instances.js';
import { processes } from './processes.js';
import { signals } from './signals.js';
import { tasks } from './tasks.js';
import { userTasks } from './user-tasks.js';
import { variables } from './variables.js';

export function allServices(edge: Edge, door: Door, streams: OpenStreams): readonly Bound[] {
  return [
    bind(EngineServiceService, engineInfo(edge), door, edge),
    bind(ProcessServiceService, processes(edge), door, edge),
    bind(ProcessInstanceServiceService, processInstances(edge, streams), door, edge),
    bind(ElementInstanceServiceService, elementInstances(edge), door, edge),
    bind(VariableServiceService, variables(edge), door, edge),
    bind(JobServiceService, jobs(edge, streams), door, edge),
    bind(IncidentServiceService, incidents(edge), door, edge),
    bind(TaskServiceService, tasks(edge), door, edge),
    bind(BatchServiceService, later(BatchServiceService, 'batches come with restarts'), door, edge),
    bind(MessageServiceService, messages(edge, streams), door, edge),
    bind(RecoveryServiceService, later(RecoveryServiceService, 'recovery comes in a later version'), door, edge),
    bind(SignalServiceService, signals(edge), door, edge),
    bind(UserTaskServiceService, userTasks(edge, streams), door, edge),
  ];
}

/** A service of which nothing is built. */
function later<S extends Service>(service: S, notBuilt: string): Handlers<S> {
  return Object.fromEntries(Object.keys(service).map((name) => [name, { notBuilt }])) as Handlers<S>;
}
