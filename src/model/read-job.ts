/** What a worker is told about a job, read from the model: topic, retries, headers, priority. */
import type { DraftNode } from './draft.js';
import { parseDuration } from './durations.js';
import type { Expression } from './expression.js';
import { MAX_TOPIC_CHARACTERS } from './limits.js';
import type { Place, Problems } from './problems.js';
import type { JobDefinition } from './process.js';
import { readExpression } from './read-expression.js';
import { attribute, type XmlElement } from './xml.js';

/** Retries that a zeebe:taskDefinition means when it says nothing: three tries in all. */
const DEFAULT_RETRIES = 3;

const WHOLE_NUMBER = /^-?\d{1,9}$/;

export function readJob(node: DraftNode, problems: Problems): JobDefinition {
  const definition = node.extensions.elements.get('zeebe:taskDefinition');
  const headers = node.extensions.elements.get('zeebe:taskHeaders');
  return {
    topic: readTopic(node, definition, problems),
    retryLimit: definition === undefined ? 0 : readRetryLimit(node, definition, problems),
    ...readRetryCycle(node, definition, problems),
    headers: readHeaders(headers, node, problems),
    priority: readPriority(node, problems),
  };
}

function readTopic(node: DraftNode, definition: XmlElement | undefined, problems: Problems): string | Expression {
  const camundaTopic = node.extensions.attributes.get('camunda:topic');
  const camundaType = node.extensions.attributes.get('camunda:type');
  if (camundaType !== undefined && !EXTERNAL_TYPES.has(camundaType)) {
    const message = `the type "${camundaType}" is not supported by this version`;
    problems.add('JOB_INVALID', node.xml, node.id, message, 'use camunda:type="external" with a camunda:topic');
  }
  if (camundaTopic !== undefined && definition !== undefined) {
    const message = 'the task has both a camunda:topic and a zeebe:taskDefinition';
    problems.add('JOB_INVALID', node.xml, node.id, message, 'leave one of the two');
  }
  if (definition === undefined && camundaTopic === undefined) {
    return node.id;
  }
  const text = definition === undefined ? (camundaTopic ?? '') : (attribute(definition, 'type') ?? '');
  return readJobType(text, definition ?? node.xml, node, problems);
}

/** The topic; where it is wrong, the id of the element stands for it. */
export function readJobType(text: string, place: Place, node: DraftNode, problems: Problems): string | Expression {
  if (text.startsWith('=')) {
    return readExpression(text, 'the job type', place, node.id, problems) ?? node.id;
  }
  if (text === '' || text.length > MAX_TOPIC_CHARACTERS) {
    const message = `the job type must have 1 to ${MAX_TOPIC_CHARACTERS} characters`;
    problems.add('JOB_INVALID', place, node.id, message, 'give the topic that workers ask for');
  }
  return text;
}

/** What Camunda 7 and Flowable call a task that a worker outside fetches. */
const EXTERNAL_TYPES: ReadonlySet<string> = new Set(['external', 'external-worker']);

export function readRetryLimit(node: DraftNode, definition: XmlElement, problems: Problems): number | Expression {
  const text = attribute(definition, 'retries') ?? '';
  if (text.startsWith('=')) {
    // The model counts tries, the engine counts retries after the first one.
    return readExpression(`(${text.slice(1)}\n) - 1`, 'the number of retries', definition, node.id, problems) ?? 0;
  }
  const tries = text === '' ? DEFAULT_RETRIES : Number(text);
  if (text !== '' && (!WHOLE_NUMBER.test(text) || tries < 1)) {
    const message = `the number of retries "${text}" is not a whole number from 1`;
    problems.add('JOB_INVALID', definition, node.id, message, 'give the number of tries, the first one included');
    return 0;
  }
  return tries - 1;
}

/** Tries, and the time between them: `R3/PT5M`. */
function readRetryCycle(node: DraftNode, definition: XmlElement | undefined, problems: Problems) {
  const cycle = node.extensions.elements.get('camunda:failedJobRetryTimeCycle');
  if (cycle === undefined) return {};
  if (definition !== undefined) {
    const message = 'the task has both a camunda:failedJobRetryTimeCycle and a zeebe:taskDefinition';
    problems.add('JOB_INVALID', cycle, node.id, message, 'leave one of the two');
  }
  const text = cycle.text.trim();
  const [, tries = '', delay = ''] = RETRY_CYCLE.exec(text) ?? [];
  const duration = parseDuration(delay);
  if ('problem' in duration) {
    const message = `the time of retries "${text.slice(0, 100)}" is not supported`;
    const help = 'write tries and one duration, as in R3/PT5M; a worker may give other times when it fails';
    problems.add('JOB_INVALID', cycle, node.id, message, help);
  }
  return { retryLimit: Math.max(Number(tries) - 1, 0), retryDelay: delay };
}

const RETRY_CYCLE = /^R(\d{1,9})\/(P.+)$/;

/** Those of `zeebe:taskHeaders`. */
export function readHeaders(
  holder: XmlElement | undefined,
  node: DraftNode,
  problems: Problems,
): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  for (const header of holder?.children ?? []) {
    const key = attribute(header, 'key') ?? '';
    if (key === '' || headers.has(key)) {
      const message = key === '' ? 'a header has no key' : `the header "${key}" is given twice`;
      problems.add('JOB_INVALID', header, node.id, message, 'give each header a key of its own');
    }
    headers.set(key, header.attributes.find((each) => each.namespace === '' && each.name === 'value')?.value ?? '');
  }
  return Object.fromEntries(headers);
}

function readPriority(node: DraftNode, problems: Problems): number | Expression {
  const { elements, attributes } = node.extensions;
  const definition = elements.get('zeebe:jobPriorityDefinition') ?? elements.get('zeebe:priorityDefinition');
  const place = definition ?? node.xml;
  const text = definition === undefined ? attributes.get('camunda:taskPriority') : attribute(definition, 'priority');
  if (text === undefined && definition === undefined) {
    return 0;
  }
  if (text?.startsWith('=')) {
    return readExpression(text, 'the priority', place, node.id, problems) ?? 0;
  }
  if (text === undefined || !WHOLE_NUMBER.test(text)) {
    const message = `the priority "${text ?? ''}" is not a whole number`;
    problems.add('JOB_INVALID', place, node.id, message, 'give a whole number; higher is handed out first');
    return 0;
  }
  return Number(text);
}
