/** What an ad-hoc sub-process says of itself: which elements begin with it, in what order, and when it is complete (BPMN 2.0.2, 10.3.5.3). */
import type { DraftNode } from './draft.js';
import type { Expression } from './expression.js';
import { BPMN } from './namespaces.js';
import { OF_JOBS } from './open-definitions.js';
import type { Problems } from './problems.js';
import type { AdHocSubProcess, LoopOutput } from './process.js';
import { readExpression, readExpressionElement } from './read-expression.js';
import { readJob } from './read-job.js';
import { readOutput } from './read-loop.js';
import { isVariableName, NAME_HELP } from './read-mappings.js';
import { attribute, isTrue } from './xml.js';

type Own = Pick<
  AdHocSubProcess,
  'sequential' | 'activeElements' | 'completionCondition' | 'cancelsRemaining' | 'output' | 'job'
>;

export function readAdHoc(node: DraftNode, problems: Problems): Own {
  const activeElements = readActiveElements(node, problems);
  const completionCondition = readCompletionCondition(node, problems);
  // What a list has begun may end without making the condition true: then a worker is asked as well.
  const mayAsk = activeElements === undefined || completionCondition !== undefined;
  const extension = [...node.extensions.elements.keys()].find((name) => OF_JOBS.has(name));
  if (!mayAsk && extension !== undefined) {
    const message =
      'the list says what begins, and no condition asks for more, so the job of a worker would never be made';
    problems.add('JOB_INVALID', node.xml, node.id, message, `remove ${extension}, or activeElementsCollection`);
  }
  return {
    sequential: attribute(node.xml, 'ordering') === 'Sequential',
    activeElements,
    completionCondition,
    cancelsRemaining: isTrue(attribute(node.xml, 'cancelRemainingInstances') ?? 'true'),
    output: readCollected(node, problems),
    job: mayAsk ? readJob(node, problems) : undefined,
  };
}

function readActiveElements(node: DraftNode, problems: Problems): Expression | undefined {
  const adHoc = node.extensions.elements.get('zeebe:adHoc');
  const text = adHoc && attribute(adHoc, 'activeElementsCollection');
  if (adHoc === undefined || text === undefined) return undefined;
  return readExpression(text, 'the list of elements', adHoc, node.id, problems);
}

function readCollected(node: DraftNode, problems: Problems): LoopOutput | undefined {
  const adHoc = node.extensions.elements.get('zeebe:adHoc');
  const collection = (adHoc && attribute(adHoc, 'outputCollection')) || undefined;
  const text = (adHoc && attribute(adHoc, 'outputElement')) || undefined;
  if (adHoc === undefined || (collection === undefined && text === undefined)) return undefined;
  const refuse = (message: string, help: string) => problems.add('AD_HOC_INVALID', adHoc, node.id, message, help);
  if (collection === undefined || text === undefined) {
    const message = `the ad-hoc sub-process has an output ${text === undefined ? 'collection' : 'element'} alone`;
    refuse(message, 'give both: what each path adds, and the variable that gets the list');
    return undefined;
  }
  if (!isVariableName(collection)) refuse(`the output collection "${collection}" is no variable name`, NAME_HELP);
  return readOutput(collection, text, adHoc, node.id, problems);
}

function readCompletionCondition({ xml, id }: DraftNode, problems: Problems): Expression | undefined {
  const isCondition = (each: typeof xml) => each.namespace === BPMN && each.name === 'completionCondition';
  const [condition, other] = xml.children.filter(isCondition);
  if (other !== undefined) {
    const message = 'the ad-hoc sub-process has two completion conditions';
    problems.add('AD_HOC_INVALID', other, id, message, 'leave one of the two');
  }
  if (condition === undefined) return undefined;
  return readExpressionElement(condition, 'the completion condition', id, problems, 'conditions');
}
