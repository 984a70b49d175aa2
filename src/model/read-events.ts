/** Reads what an event waits for or throws: its definitions, inline or shared, and the root elements that they name. */
import { EVENT_DEFINITIONS } from './bpmn-elements.js';
import { KIND_WORDS } from './draft.js';
import {
  type EventDefinition,
  type EventKind,
  type EventPosition,
  type EventType,
  eventTypeOf,
  NOT_RUN,
  type Text,
  type TimerText,
} from './events.js';
import type { Expression } from './expression.js';
import { carriersOf, readExtensions } from './extensions.js';
import { BPMN } from './namespaces.js';
import type { Place, Problems } from './problems.js';
import { readCatchUp } from './read-catch-up.js';
import { readExpression, readExpressionElement } from './read-expression.js';
import { publicationIn, readPublication } from './read-publication.js';
import { timerProblem } from './timers.js';
import { attribute, isTrue, type XmlElement } from './xml.js';

/** What of the file is the same for all its events. */
export interface EventFile {
  /** Elements beside the processes, by id. */
  readonly roots: ReadonlyMap<string, XmlElement>;
  /** What the file says of expressions that say nothing themselves. */
  readonly language: string | undefined;
  readonly problems: Problems;
}

export interface EventReading {
  readonly type: EventType;
  readonly event: EventDefinition | undefined;
}

/** Undefined when the event is refused; the problem is noted then. */
export function readEvent(xml: XmlElement, position: EventPosition, file: EventFile): EventReading | undefined {
  const id = attribute(xml, 'id') ?? '';
  const definitions = definitionsOf(xml, id, file);
  if (definitions === undefined) return undefined;
  const kind = kindOf(definitions);
  const type = eventTypeOf(kind, position);
  if (type === undefined) {
    const where = POSITION_WORDS[position];
    const message = kind === 'NONE' ? `the ${where} has no definition` : `BPMN has no ${kind.toLowerCase()} ${where}`;
    file.problems.add('EVENT_INVALID', xml, id, message, 'give it a definition that BPMN has for an event there');
    return undefined;
  }
  if (REFUSED.has(type)) {
    const message = `${KIND_WORDS[type]}s are not supported by this version`;
    file.problems.add('EVENT_NOT_SUPPORTED', xml, id, message, NOT_RUN_HELP[position]);
    return undefined;
  }
  if (kind === 'NONE') return { type, event: undefined };
  readDefinitionExtensions(definitions, xml, type, file);
  const event = new DefinitionReader(xml, position, file).all(definitions, isTrue(attribute(xml, 'parallelMultiple')));
  return event === undefined ? undefined : { type, event };
}

/** The message that a send or receive task names itself. */
export function readTaskMessage(
  xml: XmlElement,
  position: EventPosition,
  file: EventFile,
): EventDefinition | undefined {
  if (!attribute(xml, 'messageRef') && publicationIn(xml) === undefined) return undefined;
  return new DefinitionReader(xml, position, file).message(xml);
}

const REFUSED: ReadonlySet<EventType> = new Set(NOT_RUN);

const POSITION_WORDS: Readonly<Record<EventPosition, string>> = {
  START: 'start event',
  CATCH: 'intermediate catch event',
  THROW: 'intermediate throw event',
  BOUNDARY: 'boundary event',
  END: 'end event',
};

const NOT_RUN_HELP: Readonly<Record<EventPosition, string>> = {
  START: 'use a start event without definition, and start instances over the API',
  CATCH: 'use a service task whose worker completes the job when the event has happened',
  THROW: 'use a send task for an event that leaves the process; remove one that only marks a place',
  BOUNDARY: 'remove it, or let the worker complete the job with a variable that a gateway behind the task decides on',
  END: 'use an end event without definition behind a send task, or a terminate end event',
};

function kindOf(definitions: readonly XmlElement[]): EventKind | 'NONE' {
  const [first] = definitions;
  if (first === undefined) return 'NONE';
  return definitions.length > 1 ? 'MULTIPLE' : (EVENT_DEFINITIONS.get(first.name) as EventKind);
}

/** Inline definitions and the shared ones that are referred to. */
function definitionsOf(xml: XmlElement, id: string, { roots, problems }: EventFile): XmlElement[] | undefined {
  const definitions: XmlElement[] = [];
  for (const child of xml.children) {
    if (child.namespace !== BPMN) continue;
    if (EVENT_DEFINITIONS.has(child.name)) definitions.push(child);
    if (child.name === 'eventDefinition') {
      problems.add('EVENT_INVALID', child, id, 'the event definition is of no kind', 'use one of the kinds of BPMN');
      return undefined;
    }
    if (child.name !== 'eventDefinitionRef') continue;
    const shared = referred(roots, child.text.trim());
    if (shared === undefined || !EVENT_DEFINITIONS.has(shared.name)) {
      const message = `the event definition "${child.text.trim()}" does not exist`;
      problems.add('EVENT_INVALID', child, id, message, 'name an event definition that stands beside the process');
      return undefined;
    }
    definitions.push(shared);
  }
  return definitions;
}

/** References are qualified names; a prefix names the file itself. */
function referred(roots: ReadonlyMap<string, XmlElement>, name: string): XmlElement | undefined {
  return roots.get(name) ?? roots.get(name.slice(name.indexOf(':') + 1));
}

/** What none of them may have; what the event reads from its definition is left to it. */
function readDefinitionExtensions(
  definitions: readonly XmlElement[],
  event: XmlElement,
  type: EventType,
  { problems }: EventFile,
): void {
  const carriers = carriersOf(event, type);
  for (const definition of definitions.filter((each) => !carriers.includes(each))) {
    readExtensions(definition, 'EVENT_DEFINITION', attribute(event, 'id') ?? '', problems);
  }
}

type Reader = (definition: XmlElement) => EventDefinition | undefined;

class DefinitionReader {
  readonly #event: XmlElement;
  readonly #id: string;
  readonly #position: EventPosition;
  readonly #file: EventFile;

  constructor(event: XmlElement, position: EventPosition, file: EventFile) {
    this.#event = event;
    this.#id = attribute(event, 'id') ?? '';
    this.#position = position;
    this.#file = file;
  }

  all(definitions: readonly XmlElement[], parallel: boolean): EventDefinition | undefined {
    const read = definitions.flatMap((each) => this.#one(each) ?? []);
    if (read.length < definitions.length) return undefined;
    return read.length === 1 ? read[0] : { kind: 'MULTIPLE', definitions: read, parallel };
  }

  #one(definition: XmlElement): EventDefinition | undefined {
    const kind = EVENT_DEFINITIONS.get(definition.name);
    return kind === undefined || kind === 'MULTIPLE' ? undefined : this.#readers[kind](definition);
  }

  readonly #readers: { readonly [K in Exclude<EventKind, 'MULTIPLE'>]: Reader } = {
    TIMER: (definition) => {
      const timer = this.#timer(definition);
      return timer && { kind: 'TIMER', timer };
    },
    MESSAGE: (definition) => this.message(definition),
    SIGNAL: (definition) => {
      const name = this.#named(definition, 'signal', 'name');
      return name === false ? undefined : { kind: 'SIGNAL', name };
    },
    ERROR: (definition) => this.#code(definition, 'ERROR', 'error'),
    ESCALATION: (definition) => this.#code(definition, 'ESCALATION', 'escalation'),
    CONDITIONAL: (definition) => {
      const condition = childOf(definition, 'condition');
      if (condition === undefined) return this.#invalid(definition, 'has no condition', 'give a FEEL condition');
      const expression = this.#expression(condition, 'the condition');
      return expression && { kind: 'CONDITIONAL', condition: expression };
    },
    LINK: (definition) => {
      const name = attribute(definition, 'name') ?? '';
      if (name === '') return this.#invalid(definition, 'has no name', 'name the link');
      return { kind: 'LINK', name };
    },
    COMPENSATION: (definition) => {
      const activity = attribute(definition, 'activityRef') || undefined;
      const wait = attribute(definition, 'waitForCompletion');
      return { kind: 'COMPENSATION', activity, waits: wait === undefined || isTrue(wait) };
    },
    CANCEL: () => ({ kind: 'CANCEL' }),
    TERMINATE: () => ({ kind: 'TERMINATE' }),
  };

  #timer(definition: XmlElement): TimerText | undefined {
    const given = Object.entries(TIMERS).flatMap(([name, type]) => {
      const child = childOf(definition, name);
      return child === undefined ? [] : [{ child, type }];
    });
    const [first, second] = given;
    const catchUp = readCatchUp(this.#event, this.#id, this.#file.problems);
    if (first === undefined) return { type: 'DATE', text: '', catchUp };
    if (second !== undefined) {
      return this.#invalid(definition, 'has more than one time', 'give one of timeDate, timeDuration and timeCycle');
    }
    const { child, type } = first;
    const text = child.text.trim();
    if (text === '') return this.#invalid(child, 'has no time', 'give a time, a duration or a cycle');
    const read = text.startsWith('=') ? this.#expression(child, 'the timer') : text;
    const problem = typeof read === 'string' ? timerProblem(type, read) : undefined;
    if (problem !== undefined) this.#file.problems.add('TIMER_INVALID', child, this.#id, problem, TIMER_HELP);
    return read === undefined ? undefined : { type, text: read, catchUp };
  }

  message(definition: XmlElement): EventDefinition | undefined {
    const message = this.#referred(definition, 'message');
    if (message === false) return undefined;
    const published = publicationIn(this.#event, definition);
    if (message === undefined) {
      const name = 'give messageRef a bpmn:message with a name';
      if (published !== undefined) return this.#invalid(definition, 'publishes a message that it does not name', name);
      return { kind: 'MESSAGE', name: undefined, correlationKey: undefined };
    }
    const name = this.#text(message, 'name', 'the message name');
    const subscription = readExtensions(message, 'MESSAGE', this.#id, this.#file.problems).elements.get(
      'zeebe:subscription',
    );
    const key = subscription && attribute(subscription, 'correlationKey');
    const correlationKey = key === undefined ? undefined : this.#compile(key, 'the correlation key', message);
    const publication = published && readPublication(published, this.#id, this.#file.problems);
    return { kind: 'MESSAGE', name, correlationKey, ...publication };
  }

  /** What catches an error is settled by the model, so its code is no expression. */
  #code(definition: XmlElement, kind: 'ERROR' | 'ESCALATION', word: string): EventDefinition | undefined {
    const code = this.#named(definition, word, `${word}Code`);
    if (code === false) return undefined;
    if (typeof code === 'object' && this.#position !== 'THROW' && this.#position !== 'END') {
      const help = 'give the code as text; without a code it catches all';
      return this.#invalid(definition, `catches a code that is an expression: ${code.text}`, help);
    }
    return { kind, code };
  }

  /** An attribute of the root element that the definition names; false when that is no such element. */
  #named(definition: XmlElement, word: string, name: string): Text | undefined | false {
    const root = this.#referred(definition, word);
    return root === undefined || root === false ? root : this.#text(root, name, `the ${name} of the ${word}`);
  }

  #referred(definition: XmlElement, word: string): XmlElement | undefined | false {
    const name = attribute(definition, `${word}Ref`) ?? '';
    if (name === '') return undefined;
    const root = referred(this.#file.roots, name);
    if (root?.name === word) return root;
    this.#invalid(definition, `names the ${word} "${name}", which does not exist`, `add a bpmn:${word} of this id`);
    return false;
  }

  #text(element: XmlElement, name: string, what: string): Text | undefined {
    const text = attribute(element, name) ?? '';
    if (text === '') return undefined;
    return text.startsWith('=') ? this.#compile(text, what, element) : text;
  }

  #expression(element: XmlElement, what: string): Expression | undefined {
    const { problems, language } = this.#file;
    return readExpressionElement(element, what, this.#id, problems, 'expressions', language);
  }

  #compile(text: string, what: string, place: Place): Expression | undefined {
    return readExpression(text, what, place, this.#id, this.#file.problems);
  }

  #invalid(place: Place, what: string, help: string): undefined {
    this.#file.problems.add('EVENT_INVALID', place, this.#id, `the event definition ${what}`, help);
  }
}

const TIMERS: Readonly<Record<string, TimerText['type']>> = {
  timeDate: 'DATE',
  timeDuration: 'DURATION',
  timeCycle: 'CYCLE',
};

const TIMER_HELP = 'correct it, or write a FEEL expression behind an equals sign';

function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((each) => each.namespace === BPMN && each.name === name);
}
