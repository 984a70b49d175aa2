/** Deployed processes. */
import type { TimerText } from '../../model/events.js';
import type { GivenDefinitions } from '../../model/given-definitions.js';
import type { ElementType } from '../../model/process.js';
import type { RequestToKeep } from './requests.js';

export interface ProcessSource {
  readonly id: number;
  readonly tenantId: string;
  readonly bpmnProcessId: string;
  readonly version: string;
  readonly firstElementId: number;
  readonly bpmnXml: string;
  /** What was given beside the file; null: nothing. */
  readonly definitions: GivenDefinitions | null;
}

export interface ProcessStore {
  /** Deploys all processes of one file in one transaction, or refuses (VERSION_CONFLICT, REQUEST_ID_REUSED). */
  create(input: NewProcesses): Promise<readonly CreatedProcess[] | DeployConflict>;
  source(id: number): Promise<ProcessSource | null>;
  /** Of all versions of a name. Enabling makes what was missed due; `taskId` gives an id of a task without a tree. */
  update(update: ProcessUpdate, taskId: () => number): Promise<UpdatedProcess>;
}

export interface ProcessUpdate {
  readonly tenantId: string;
  readonly bpmnProcessId: string;
  /** Null: as it is. */
  readonly enabled: boolean | null;
  readonly by: string;
  readonly request: RequestToKeep | null;
}

/** The latest version. */
export type UpdatedProcess = { readonly id: number } | 'PROCESS_NOT_FOUND' | 'REQUEST_ID_REUSED';

export interface NewProcesses {
  readonly tenantId: string;
  readonly bpmnXml: string;
  /** Null: 1 + the greatest all-digit version, or the latest when its XML is equal byte for byte. */
  readonly version: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** In their own order, so that equal ones are equal. */
  readonly definitions?: GivenDefinitions | null;
  readonly by: string;
  readonly request: RequestToKeep | null;
  /** Decides everything and writes nothing. */
  readonly dryRun: boolean;
  readonly processes: readonly NewProcess[];
  /** One for each message start event. */
  readonly taskIds?: readonly number[];
}

export interface NewProcess {
  readonly bpmnProcessId: string;
  readonly name: string | null;
  readonly versionTag: string | null;
  /** In the order of the graph; index 0 is the process itself. */
  readonly elements: readonly {
    readonly bpmnElementId: string;
    readonly type: ElementType;
    readonly name: string | null;
  }[];
  /** By the index of the element, where there are any: they take over from those of the version before. */
  readonly messageStarts?: readonly NamedStart[];
  readonly signalStarts?: readonly NamedStart[];
  /** The same of timer start events. */
  readonly timerStarts?: readonly NewTimerStart[];
}

export interface NewTimerStart {
  /** Of the element. */
  readonly index: number;
  readonly type: TimerText['type'];
  readonly text: string;
  /** Of the task that will wait for its time, if it takes over none. */
  readonly taskId: number;
}

/** A start event of a process, by the index of its element. */
export interface NamedStart {
  readonly index: number;
  readonly name: string;
}

export interface CreatedProcess {
  /** 0 in the answer of a dry run, when there is no such process yet. */
  readonly id: number;
  readonly created: boolean;
  readonly bpmnProcessId: string;
  readonly version: string;
}

export interface DeployConflict {
  readonly conflict: 'VERSION_CONFLICT' | 'REQUEST_ID_REUSED';
  readonly bpmnProcessId: string;
  readonly version: string;
  /** What differs: the XML, the tags ... */
  readonly differs: string;
}
