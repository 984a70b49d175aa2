/** What a user task says of the person's work: who, until when, how urgent, with which form. */
import type { DraftNode } from './draft.js';
import type { Expression } from './expression.js';
import { MAX_CANDIDATES, MAX_NAME_CHARACTERS } from './limits.js';
import { momentOf } from './moments.js';
import { BPMN } from './namespaces.js';
import type { Problems } from './problems.js';
import type { UserTaskDefinition } from './process.js';
import { readExpression } from './read-expression.js';
import { readHeaders } from './read-job.js';
import { attribute, type XmlElement } from './xml.js';

/** A setting as it is written, and where. */
interface Written {
  readonly text: string;
  readonly place: XmlElement;
}

export function readUserTask(node: DraftNode, problems: Problems): UserTaskDefinition {
  refusePeople(node, problems);
  const reader = new Reader(node, problems);
  return {
    assignee: reader.name('the assignee', 'assignmentDefinition', ['assignee'], ['assignee']),
    candidateUsers: reader.names('the candidate users', 'candidateUsers'),
    candidateGroups: reader.names('the candidate groups', 'candidateGroups'),
    dueDate: reader.date('the due date', 'dueDate'),
    followUpDate: reader.date('the follow-up date', 'followUpDate'),
    priority: reader.priority(),
    formKey: reader.name(
      'the form',
      'formDefinition',
      ['formKey', 'formId', 'externalReference'],
      ['formKey', 'formRef'],
    ),
    headers: readHeaders(node.extensions.elements.get('zeebe:taskHeaders'), node, problems),
  };
}

/** BPMN's own way to name people is written in a language of the tool's: ignored, a task would lose its people. */
function refusePeople(node: DraftNode, problems: Problems): void {
  for (const child of node.xml.children) {
    if (child.namespace !== BPMN || !PEOPLE.has(child.name)) continue;
    const message = `bpmn:${child.name} is not supported on a user task`;
    problems.add(
      'ELEMENT_NOT_SUPPORTED',
      child,
      node.id,
      message,
      'use zeebe:assignmentDefinition, or camunda:assignee',
    );
  }
}

const PEOPLE: ReadonlySet<string> = new Set(['humanPerformer', 'potentialOwner', 'performer', 'resourceRole']);

class Reader {
  readonly #node: DraftNode;
  readonly #problems: Problems;

  constructor(node: DraftNode, problems: Problems) {
    this.#node = node;
    this.#problems = problems;
  }

  name(
    what: string,
    element: string,
    names: readonly string[],
    camunda: readonly string[],
  ): string | Expression | undefined {
    const written = this.#written(what, element, names, camunda);
    if (written === undefined || isFeel(written)) return written && this.#expression(what, written);
    if (written.text.length > MAX_NAME_CHARACTERS) {
      this.#refuse(written, `${what} has more than ${MAX_NAME_CHARACTERS} characters`, 'give a shorter name');
    }
    return written.text;
  }

  /** A text holds names between commas. */
  names(what: string, name: 'candidateUsers' | 'candidateGroups'): readonly string[] | Expression {
    const written = this.#written(what, 'assignmentDefinition', [name], [name]);
    if (written === undefined) return [];
    if (isFeel(written)) return this.#expression(what, written) ?? [];
    const names = [...new Set(written.text.split(',').map((each) => each.trim()))].filter((each) => each !== '');
    if (names.length > MAX_CANDIDATES || names.some((each) => each.length > MAX_NAME_CHARACTERS)) {
      const message = `${what} are more than ${MAX_CANDIDATES}, or one has more than ${MAX_NAME_CHARACTERS} characters`;
      this.#refuse(written, message, 'name a group instead of its members');
    }
    return names;
  }

  date(what: string, name: 'dueDate' | 'followUpDate'): string | Expression | undefined {
    const written = this.#written(what, 'taskSchedule', [name], [name]);
    if (written === undefined || isFeel(written)) return written && this.#expression(what, written);
    const moment = momentOf(written.text, 0);
    if (typeof moment !== 'number') {
      this.#refuse(written, `${what} is not valid: ${moment.problem}`, 'or write a FEEL expression that begins with =');
    }
    return written.text;
  }

  priority(): number | Expression {
    const what = 'the priority';
    const written = this.#written(what, 'priorityDefinition', ['priority'], ['priority']);
    if (written === undefined) return 0;
    if (isFeel(written)) return this.#expression(what, written) ?? 0;
    if (/^-?\d{1,9}$/.test(written.text)) return Number(written.text);
    this.#refuse(
      written,
      `${what} "${written.text}" is not a whole number`,
      'give a whole number; higher is more urgent',
    );
    return 0;
  }

  /** Of one setting there may be one: two would leave it open which one counts. */
  #written(what: string, element: string, names: readonly string[], camunda: readonly string[]): Written | undefined {
    const { extensions, xml } = this.#node;
    const definition = extensions.elements.get(`zeebe:${element}`);
    const found: Written[] = [];
    for (const name of definition === undefined ? [] : names) {
      const text = definition && attribute(definition, name);
      if (definition !== undefined && text) found.push({ text, place: definition });
    }
    for (const name of camunda) {
      const text = extensions.attributes.get(`camunda:${name}`);
      if (text) found.push({ text, place: xml });
    }
    const [first, second] = found;
    if (second !== undefined) this.#refuse(second, `${what} is given twice`, 'leave one of the two');
    return first && this.#withoutJuel(what, first);
  }

  #withoutJuel(what: string, written: Written): Written | undefined {
    const inner = /[$#]\{(.*?)\}/.exec(written.text)?.[1]?.trim();
    if (inner === undefined) return written;
    const help = `write it in FEEL, with a leading = and without the braces: =${inner}`;
    this.#problems.add(
      'EXPRESSION_INVALID',
      written.place,
      this.#node.id,
      `${what} is written in JUEL: ${written.text}`,
      help,
    );
    return undefined;
  }

  #expression(what: string, { text, place }: Written): Expression | undefined {
    return readExpression(text, what, place, this.#node.id, this.#problems);
  }

  #refuse({ place }: Written, message: string, help: string): void {
    this.#problems.add('USER_TASK_INVALID', place, this.#node.id, message, help);
  }
}

function isFeel({ text }: Written): boolean {
  return text.startsWith('=');
}
