/** Outcomes of held jobs, from the wire to commands: one place for the stream and for the calls. */
import type { CompleteJob, FailJob, JobCompletion, ThrowJobError, ThrowJobEscalation } from '../core/command.js';
import type {
  CompleteJobRequest,
  FailJobRequest,
  JobOutcome,
  ThrowJobErrorRequest,
  ThrowJobEscalationRequest,
  JobCompletion as WireCompletion,
} from '../gen/baton/v1/jobs.js';
import { absentIfEmpty } from './convert.js';
import type { Problem } from './errors.js';
import { durationIn, type Fault, problemOf } from './faults.js';
import { ERROR_MESSAGE_CHARACTERS } from './limits.js';
import { timerText } from './times.js';
import { VariablesIn } from './variables-in.js';

export type OutcomeCommand = CompleteJob | FailJob | ThrowJobError | ThrowJobEscalation;

type OneofOutcome = NonNullable<JobOutcome['outcome']>;

/** `path` is where the request stands in its frame; fields of faults begin with it. */
type Converter<Request> = (request: Request, by: string, path?: string) => OutcomeCommand | Problem;

export function completeJob(request: CompleteJobRequest, by: string, path = ''): CompleteJob | Problem {
  const faults: Fault[] = [];
  const variables = new VariablesIn(faults, path);
  const merged = variables.list(request.variables, 'variables');
  if (request.variablesJson !== '') merged.push(...variables.json(request.variablesJson, 'variables_json'));
  const processVariables = variables.list(request.processVariables, 'process_variables');
  const elementVariables = variables.elementList(request.elementVariables, 'element_variables');
  const completion = completionOf(request.completion, path, faults);
  return (
    problemOf(faults) ?? {
      type: 'completeJob',
      job: { partition: request.partition, id: request.id },
      lockToken: request.lockToken,
      by,
      variables: merged,
      processVariables,
      elementVariables,
      completion,
    }
  );
}

export function failJob(request: FailJobRequest, by: string, path = ''): FailJob | Problem {
  const faults: Fault[] = [];
  const variables = new VariablesIn(faults, path);
  const merged = variables.list(request.variables, 'variables');
  merged.push(...variables.json(request.variablesJson, 'variables_json'));
  const retryTimer = durationIn(request.retryTimer, `${path}retry_timer`, faults);
  return (
    problemOf(faults) ?? {
      type: 'failJob',
      job: { partition: request.partition, id: request.id },
      lockToken: request.lockToken,
      by,
      message: request.errorMessage.slice(0, ERROR_MESSAGE_CHARACTERS),
      retryLimit: request.retryLimit ?? null,
      retryTimer,
      variables: merged,
    }
  );
}

export function throwJobError(request: ThrowJobErrorRequest, by: string, path = ''): ThrowJobError | Problem {
  const faults: Fault[] = [];
  const variables = new VariablesIn(faults, path);
  const merged = variables.list(request.variables, 'variables');
  merged.push(...variables.json(request.variablesJson, 'variables_json'));
  return (
    problemOf(faults) ?? {
      type: 'throwJobError',
      job: { partition: request.partition, id: request.id },
      lockToken: request.lockToken,
      by,
      errorCode: request.errorCode,
      message: request.errorMessage.slice(0, ERROR_MESSAGE_CHARACTERS),
      variables: merged,
    }
  );
}

export function throwJobEscalation(
  request: ThrowJobEscalationRequest,
  by: string,
  path = '',
): ThrowJobEscalation | Problem {
  const faults: Fault[] = [];
  const variables = new VariablesIn(faults, path);
  const merged = variables.list(request.variables, 'variables');
  merged.push(...variables.json(request.variablesJson, 'variables_json'));
  const retryTimer = durationIn(request.retryTimer, `${path}retry_timer`, faults);
  return (
    problemOf(faults) ?? {
      type: 'throwJobEscalation',
      job: { partition: request.partition, id: request.id },
      lockToken: request.lockToken,
      by,
      escalationCode: request.escalationCode,
      retryTimer,
      variables: merged,
    }
  );
}

const converters: {
  readonly [Kind in OneofOutcome['$case']]: Converter<Extract<OneofOutcome, { $case: Kind }>['value']>;
} = { complete: completeJob, fail: failJob, error: throwJobError, escalation: throwJobEscalation };

export function outcomeCommand({ $case, value }: OneofOutcome, by: string, path: string): OutcomeCommand | Problem {
  const convert = converters[$case] as Converter<typeof value>;
  return convert(value, by, `${path}${$case}.`);
}

/** The engine refuses a result that the job does not ask for. */
function completionOf(wire: WireCompletion | undefined, path: string, faults: Fault[]): JobCompletion | null {
  const kind = wire?.kind;
  if (kind === undefined) return null;
  if (kind.$case === 'exclusiveGatewayDecision') return { type: kind.$case, target: kind.value };
  if (kind.$case === 'inclusiveGatewayDecision') return { type: kind.$case, targets: kind.value.targets };
  if (kind.$case === 'adHocDecision') return { type: kind.$case, elements: kind.value.bpmnElementIds };
  if (kind.$case === 'calledProcess') {
    const { bpmnProcessId, version, correlationKey, tags } = kind.value;
    return {
      type: kind.$case,
      bpmnProcessId,
      version: version ?? null,
      correlationKey: absentIfEmpty(correlationKey),
      tags,
      variables: new VariablesIn(faults, path).list(kind.value.variables, 'completion.called_process.variables'),
    };
  }
  if (kind.$case === 'errorCode' || kind.$case === 'escalationCode') return { type: kind.$case, code: kind.value };
  if (kind.$case === 'signalName') return { type: kind.$case, name: kind.value };
  if (kind.$case === 'messageCorrelationKey') return { type: kind.$case, correlationKey: kind.value };
  if (kind.$case === 'messageSubscription') {
    const { messageName, messageCorrelationKey } = kind.value;
    return { type: kind.$case, name: messageName, correlationKey: messageCorrelationKey };
  }
  return { type: kind.$case, timer: timerText(kind.value) };
}
