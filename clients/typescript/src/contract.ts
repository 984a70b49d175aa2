// Owns the whole contract as generated: messages, enums and services, for what the typed calls do not cover.
export * from './gen/baton/v1/batches.js';
export * from './gen/baton/v1/common.js';
export * from './gen/baton/v1/element_instances.js';
export * from './gen/baton/v1/engine.js';
export * from './gen/baton/v1/error_reason.js';
export * from './gen/baton/v1/incidents.js';
export * from './gen/baton/v1/jobs.js';
export * from './gen/baton/v1/messages.js';
export * from './gen/baton/v1/process_instances.js';
export * from './gen/baton/v1/processes.js';
export * from './gen/baton/v1/recovery.js';
export * from './gen/baton/v1/signals.js';
export * from './gen/baton/v1/tasks.js';
export * from './gen/baton/v1/user_tasks.js';
export * from './gen/baton/v1/variables.js';
