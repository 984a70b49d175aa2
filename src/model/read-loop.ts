/** The loop markers of an activity: multi-instance, parallel and sequential, and the standard loop. */
import type { DraftNode, Extensions } from './draft.js';
import type { Expression } from './expression.js';
import { readExtensions } from './extensions.js';
import { BPMN, qualified } from './namespaces.js';
import type { Problems } from './problems.js';
import type { Loop, LoopOutput, MultiInstance, StandardLoop } from './process.js';
import { readExpression, readExpressionElement } from './read-expression.js';
import { isVariableName, NAME_HELP } from './read-mappings.js';
import { attribute, isTrue, type XmlElement } from './xml.js';

const MARKERS: ReadonlySet<string> = new Set(['multiInstanceLoopCharacteristics', 'standardLoopCharacteristics']);

const PARTS: ReadonlySet<string> = new Set([
  'documentation',
  'extensionElements',
  'loopCardinality',
  'loopDataInputRef',
  'loopDataOutputRef',
  'inputDataItem',
  'outputDataItem',
  'completionCondition',
  'loopCondition',
]);

export function readLoop(node: DraftNode, problems: Problems): Loop | undefined {
  const [xml, other] = node.xml.children.filter((each) => each.namespace === BPMN && MARKERS.has(each.name));
  if (xml === undefined) return undefined;
  const reader = new LoopReader(node, xml, problems);
  if (other !== undefined) reader.invalid('the activity has two loop markers', 'leave one of them', other);
  reader.checkParts();
  return xml.name === 'standardLoopCharacteristics' ? reader.standardLoop() : reader.multiInstance();
}

class LoopReader {
  readonly #node: DraftNode;
  readonly #xml: XmlElement;
  readonly #problems: Problems;
  readonly #extensions: Extensions;

  constructor(node: DraftNode, xml: XmlElement, problems: Problems) {
    this.#node = node;
    this.#xml = xml;
    this.#problems = problems;
    this.#extensions = readExtensions(xml, 'MULTI_INSTANCE_BODY', node.id, problems);
  }

  invalid(message: string, help: string, place: XmlElement = this.#xml): void {
    this.#problems.add('LOOP_INVALID', place, this.#node.id, message, help);
  }

  checkParts(): void {
    const behavior = attribute(this.#xml, 'behavior') ?? 'All';
    if (behavior !== 'All') {
      const message = `multi-instance with behavior="${behavior}" is not supported by this version`;
      this.#problems.add(
        'LOOP_NOT_SUPPORTED',
        this.#xml,
        this.#node.id,
        message,
        'remove it, and use a completion condition',
      );
    }
    for (const part of this.#xml.children) {
      if (part.namespace !== BPMN || PARTS.has(part.name)) continue;
      const message = `${qualified(BPMN, part.name)} is not supported in a loop marker by this version`;
      this.#problems.add('LOOP_NOT_SUPPORTED', part, this.#node.id, message, 'remove it');
    }
  }

  standardLoop(): StandardLoop {
    if (this.#extensions.elements.size + this.#extensions.attributes.size > 0) {
      this.invalid('a standard loop has no items', 'remove the extension, or use a multi-instance marker');
    }
    const maximum = attribute(this.#xml, 'loopMaximum');
    if (maximum !== undefined && !/^[1-9]\d{0,8}$/.test(maximum)) {
      this.invalid(`the loop maximum "${maximum}" is not a whole number from 1`, 'give the greatest number of rounds');
    }
    const condition = this.#expressionIn('loopCondition', 'the loop condition');
    if (this.#part('loopCondition') === undefined && maximum === undefined) {
      this.invalid('the loop has neither a condition nor a maximum', 'give it a bpmn:loopCondition, in FEEL');
    }
    const testBefore = isTrue(attribute(this.#xml, 'testBefore'));
    return { type: 'LOOP', condition, testBefore, maximum: maximum === undefined ? undefined : Number(maximum) };
  }

  multiInstance(): MultiInstance {
    const collection = this.#collection();
    const cardinality = this.#expressionIn('loopCardinality', 'the loop cardinality');
    const sources = this.#collectionSources().length + (this.#part('loopCardinality') === undefined ? 0 : 1);
    if (sources !== 1) {
      const message =
        sources === 0 ? 'nothing says how many instances there are' : 'several things say how many instances there are';
      this.invalid(message, 'give one inputCollection of zeebe:loopCharacteristics, or one bpmn:loopCardinality');
    }
    return {
      type: isTrue(attribute(this.#xml, 'isSequential')) ? 'SEQUENTIAL' : 'PARALLEL',
      collection,
      cardinality,
      inputElement: this.#name(this.#inputElement(), 'input element'),
      output: this.#output(),
      completionCondition: this.#expressionIn('completionCondition', 'the completion condition'),
    };
  }

  /** The three ways to name the list: Camunda 8, BPMN, Camunda 7. */
  #collectionSources(): readonly { readonly text: string; readonly place: XmlElement }[] {
    const reference = this.#part('loopDataInputRef');
    return [
      { text: this.#zeebe('inputCollection'), place: this.#zeebeElement ?? this.#xml },
      { text: reference?.text.trim(), place: reference ?? this.#xml },
      { text: withoutBraces(this.#extensions.attributes.get('camunda:collection')), place: this.#xml },
    ].flatMap(({ text, place }) => (text === undefined ? [] : [{ text, place }]));
  }

  #collection(): Expression | undefined {
    const [source] = this.#collectionSources();
    if (source === undefined) return undefined;
    return readExpression(source.text, 'the input collection', source.place, this.#node.id, this.#problems);
  }

  #inputElement(): string | undefined {
    const item = this.#part('inputDataItem');
    return (
      this.#zeebe('inputElement') ??
      this.#extensions.attributes.get('camunda:elementVariable') ??
      (item && attribute(item, 'name'))
    );
  }

  #output(): LoopOutput | undefined {
    const item = this.#part('outputDataItem');
    const collection = this.#zeebe('outputCollection') ?? this.#part('loopDataOutputRef')?.text.trim();
    const text = this.#zeebe('outputElement') ?? (item && attribute(item, 'name'));
    if ((collection === undefined) !== (text === undefined)) {
      const message = `the multi-instance has an output ${text === undefined ? 'collection' : 'element'} alone`;
      this.invalid(message, 'give both: what each instance adds, and the variable that gets the list');
    }
    if (collection === undefined || text === undefined) return undefined;
    const variable = this.#name(collection, 'output collection') ?? '';
    return readOutput(variable, text, this.#zeebeElement ?? this.#xml, this.#node.id, this.#problems);
  }

  #name(name: string | undefined, what: string): string | undefined {
    if (name !== undefined && !isVariableName(name)) {
      this.invalid(`the ${what} "${name}" is no variable name`, NAME_HELP);
    }
    return name;
  }

  get #zeebeElement(): XmlElement | undefined {
    return this.#extensions.elements.get('zeebe:loopCharacteristics');
  }

  #zeebe(name: string): string | undefined {
    const element = this.#zeebeElement;
    return (element && attribute(element, name)) || undefined;
  }

  #part(name: string): XmlElement | undefined {
    return this.#xml.children.find((each) => each.namespace === BPMN && each.name === name);
  }

  #expressionIn(name: string, what: string): Expression | undefined {
    const part = this.#part(name);
    return part && readExpressionElement(part, what, this.#node.id, this.#problems, 'expressions');
  }
}

/** Camunda 7 names a variable, with or without its braces. */
function withoutBraces(text: string | undefined): string | undefined {
  return text?.replace(/^[$#]\{\s*(\w+)\s*\}$/, '$1');
}

/** What is collected: the variable that gets the list, and what each adds to it. */
export function readOutput(
  collection: string,
  text: string,
  place: XmlElement,
  id: string,
  problems: Problems,
): LoopOutput | undefined {
  const element = readExpression(text, 'the output element', place, id, problems);
  return element && { collection, element, variable: variableIn(element.text) };
}

/** The variable that a plain name or path begins with. */
function variableIn(text: string): string | undefined {
  return /^\s*([\p{L}_][\p{L}\p{N}_]*)(\s*\.\s*[\p{L}_][\p{L}\p{N}_]*)*\s*$/u.exec(text)?.[1];
}
