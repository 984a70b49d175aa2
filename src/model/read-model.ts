/**
 * BPMN XML in, graphs out; or every problem of the file at once, in its order. This is the face of reading a model.
 */
import { ROOT_ELEMENTS } from './bpmn-elements.js';
import { buildGraph } from './build-graph.js';
import { type GivenDefinitions, withDefinitions } from './given-definitions.js';
import { declaredLanguage } from './languages.js';
import { BPMN, qualified } from './namespaces.js';
import { type ModelProblem, Problems } from './problems.js';
import type { Graph } from './process.js';
import { withoutJuel } from './read-juel.js';
import { ProcessReader } from './read-process.js';
import { checkStructure } from './structure.js';
import { attribute, isTrue, readXml, type XmlElement } from './xml.js';

export type { ModelProblem } from './problems.js';

/** One graph for each executable process, in the order of the file. */
export type ModelReading = { readonly graphs: readonly Graph[] } | { readonly problems: readonly ModelProblem[] };

export function readModel(xml: string, definitions: GivenDefinitions | null = null): ModelReading {
  const reading = readXml(xml);
  if ('problem' in reading) {
    return { problems: [reading.problem] };
  }
  const problems = new Problems();
  const graphs = readDefinitions(withoutJuel(reading.root, problems), definitions, problems);
  return problems.found ? { problems: problems.sorted() } : { graphs };
}

function readDefinitions(root: XmlElement, definitions: GivenDefinitions | null, problems: Problems): readonly Graph[] {
  if (root.namespace !== BPMN || root.name !== 'definitions') {
    const message = `the file starts with ${qualified(root.namespace, root.name)}, not with definitions of BPMN 2.0`;
    problems.add('NOT_BPMN', root, undefined, message, `deploy a BPMN file; its namespace is ${BPMN}`);
    return [];
  }
  const processes: XmlElement[] = [];
  for (const child of root.children) {
    if (child.namespace === BPMN && child.name === 'process') {
      processes.push(child);
    } else {
      checkRootElement(child, problems);
    }
  }
  const executable = processes.filter((process) => isTrue(attribute(process, 'isExecutable')));
  if (executable.length === 0) {
    const place = processes[0] ?? root;
    const message = processes.length === 0 ? 'the file has no process' : 'no process of the file is executable';
    const help = processes.length === 0 ? 'deploy a file with a process' : 'set isExecutable="true" on the process';
    problems.add('NO_EXECUTABLE_PROCESS', place, attribute(place, 'id'), message, help);
  }
  const ids = new Map<string, XmlElement>();
  const roots = new Map(root.children.map((child) => [attribute(child, 'id') ?? '', child]));
  const file = { roots, language: declaredLanguage(root), problems };
  const read = executable.map((process) => new ProcessReader(file, ids).read(process));
  const drafts = definitions === null ? read : withDefinitions(read, definitions, root, problems);
  return drafts.map((draft) => {
    checkStructure(draft, problems);
    return buildGraph(draft, problems);
  });
}

function checkRootElement(child: XmlElement, problems: Problems): void {
  const id = attribute(child, 'id');
  if (child.namespace === BPMN && child.name === 'extension') {
    if (isTrue(attribute(child, 'mustUnderstand'))) {
      const definition = attribute(child, 'definition') ?? '';
      const message = `the file demands the extension "${definition}", which is not known to this version`;
      problems.add('EXTENSION_NOT_SUPPORTED', child, id, message, 'remove mustUnderstand if the model runs without it');
    }
  } else if ((child.namespace === BPMN && !ROOT_ELEMENTS.has(child.name)) || child.namespace === '') {
    const message = `${qualified(child.namespace, child.name)} is not an element of BPMN 2.0`;
    problems.add('ELEMENT_UNKNOWN', child, id, message, 'remove it, or correct its name');
  }
}
