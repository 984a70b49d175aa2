/** Incidents: why an instance does not go on, and what is done again when somebody has seen to it. */
import type { Ref } from './refs.js';

export interface Incident extends Ref {
  readonly rootId: number;
  readonly processInstanceId: number;
  readonly elementInstanceId: number;
  readonly elementId: number;
  /** The exhausted job, if a job caused it; of a listener the job that was done. */
  readonly jobId: number | null;
  readonly taskId: number | null;
  readonly reason: IncidentReason;
  readonly message: string;
  /** What to do again when it is resolved. */
  readonly phase: IncidentPhase;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly resolvedAt: number | null;
  readonly resolvedBy: string | null;
  readonly changeNumber: number;
}

export type IncidentReason =
  | 'JOB_RETRIES_EXHAUSTED'
  | 'UNCAUGHT_ERROR'
  | 'UNCAUGHT_ESCALATION'
  | 'JOB_TOO_LARGE'
  | 'EXPRESSION_FAILED'
  | 'EXPRESSION_LIMIT'
  | 'VARIABLE_MISSING'
  | 'NO_FLOW_TAKEN'
  | 'CORRELATION_FAILED'
  | 'TIMER_FAILED'
  | 'STEP_LIMIT'
  | 'CALLED_PROCESS_NOT_FOUND'
  | 'CALL_DEPTH_LIMIT'
  | 'PROCESS_DISABLED';

/**
 * ENTER: enter the element again. LEAVE: leave it again. JOB: make a new job. CONTINUE: go on from the step limit.
 * LISTENER: go on behind the job of a listener, which was done.
 */
export type IncidentPhase = 'ENTER' | 'LEAVE' | 'JOB' | 'CONTINUE' | 'LISTENER';
