// Owns what this package offers. What is not exported here may change at any time.

export type { CallOptions, Method } from './caller.js';
export type { ResolveInput } from './calls/incidents.js';
export type { AwaitInput, CreateInput, InstanceDetails, StartedInstance } from './calls/instances.js';
export type { ExtendedLock, FailInput, Held, LockInput } from './calls/jobs.js';
export type { SendMessageInput, SentMessage } from './calls/messages.js';
export type { SendSignalInput } from './calls/signals.js';
export type { UpdateUserTaskInput } from './calls/user-tasks.js';
export type { SetElementVariablesInput, SetProcessVariablesInput } from './calls/variables.js';
export { BatonClient, type ClientOptions } from './client.js';
export type { ConnectionOptions } from './connection.js';
export * as contract from './contract.js';
export type { Span } from './durations.js';
export { BatonError, type ErrorCode, type Precondition, type Reason, type Violation } from './errors.js';
export type {
  BpmnElementType,
  ElementVariable,
  InstanceState,
  Variable,
  VariableData,
} from './gen/baton/v1/common.js';
export type { ElementInstance } from './gen/baton/v1/element_instances.js';
export type { Incident } from './gen/baton/v1/incidents.js';
export type { JobCancelReason, JobState, JobType, TopicInfo } from './gen/baton/v1/jobs.js';
export type { Message } from './gen/baton/v1/messages.js';
export type { ProcessInstance } from './gen/baton/v1/process_instances.js';
export type { Element, ModelProblem, Process } from './gen/baton/v1/processes.js';
export type { Signal } from './gen/baton/v1/signals.js';
export type { Task } from './gen/baton/v1/tasks.js';
export type { UserTask, WatchUserTasksResponse } from './gen/baton/v1/user_tasks.js';
export type { Input, Key } from './input.js';
export type { Logger } from './logger.js';
export { type Page, Pages } from './pages.js';
export type { Created, StartInput } from './starts/start-input.js';
export type { StartStream, StartStreamOptions } from './starts/start-stream.js';
export type { ReadVariables, Variables, VariablesInput } from './variables.js';
export type { JobIdentity, WorkerEvents } from './worker/events.js';
export { BpmnError, BpmnEscalation, JobFailure } from './worker/failures.js';
export type { Handler, HandlerContext, TopicHandler, TopicOptions } from './worker/handlers.js';
export type { Job } from './worker/job.js';
export { type Completion, type HandlerResult, JobResult, type JobResultParts } from './worker/outcomes.js';
export { type StopOptions, Worker, type WorkerOptions } from './worker/worker.js';
