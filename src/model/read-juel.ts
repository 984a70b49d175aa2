/**
 * Where models made for Camunda 7 write JUEL: each such text becomes FEEL with a leading `=` before anything reads it,
 * so that the rest of the model knows one language.
 */
import { isReadAttribute } from './extensions.js';
import { translateJuel } from './juel.js';
import { declaredLanguage } from './languages.js';
import { BPMN, CAMUNDA, qualified, ZEEBE } from './namespaces.js';
import type { Problems } from './problems.js';
import { attribute, isTrue, type XmlAttribute, type XmlElement } from './xml.js';

/** Elements of BPMN whose text is an expression, or may be one. */
const TEXTS: ReadonlySet<string> = new Set([
  'conditionExpression',
  'condition',
  'completionCondition',
  'loopCardinality',
  'loopCondition',
  'activationCondition',
  'timeDate',
  'timeDuration',
  'timeCycle',
]);

/** Attributes of BPMN in which Camunda 7 reads expressions, by the element. */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['message', 'name'],
  ['signal', 'name'],
  ['callActivity', 'calledElement'],
]);

/** Extension elements whose `sourceExpression` says what goes into a called process, and what comes back. */
const PASSING: ReadonlySet<string> = new Set(['in', 'out']);

/** The definitions without JUEL; an element that holds none of it stays the same object. */
export function withoutJuel(definitions: XmlElement, problems: Problems): XmlElement {
  return new Rewriter(declaredLanguage(definitions), problems).rewrite(definitions, undefined);
}

class Rewriter {
  readonly #language: string | undefined;
  readonly #problems: Problems;

  constructor(language: string | undefined, problems: Problems) {
    this.#language = language;
    this.#problems = problems;
  }

  /** `owner`: the id of what the problems of parts are told of. */
  rewrite(xml: XmlElement, owner: string | undefined): XmlElement {
    if (xml.namespace !== BPMN)
      return this.#isPassing(xml) ? this.#withAttributes(xml, owner, ({ name }) => name === 'sourceExpression') : xml;
    // What does not run may say what it likes.
    if (xml.name === 'process' && !isTrue(attribute(xml, 'isExecutable'))) return xml;
    const id = PART.test(xml.name) ? owner : (attribute(xml, 'id') ?? owner);
    const own = this.#withText(
      this.#withAttributes(xml, id, (each) => holdsExpression(xml, each)),
      id,
    );
    const children = own.children.map((child) => this.rewrite(child, id));
    return children.some((child, index) => child !== own.children[index]) ? { ...own, children } : own;
  }

  #isPassing({ namespace, name }: XmlElement): boolean {
    return namespace !== ZEEBE && PASSING.has(name) && isVocabulary(namespace);
  }

  #withText(xml: XmlElement, id: string | undefined): XmlElement {
    const language = attribute(xml, 'language') ?? this.#language;
    if (!TEXTS.has(xml.name) || (language !== undefined && !isJuelName(language))) return xml;
    const feel = this.#translated(xml.text, qualified(xml.namespace, xml.name), xml, id);
    if (feel === undefined) return xml;
    const others = xml.attributes.filter((each) => each.namespace !== '' || each.name !== 'language');
    return { ...xml, text: feel, attributes: [...others, { namespace: '', name: 'language', value: 'feel' }] };
  }

  #withAttributes(xml: XmlElement, id: string | undefined, holds: (each: XmlAttribute) => boolean): XmlElement {
    if (!xml.attributes.some((each) => each.value.includes('{') && holds(each))) return xml;
    const attributes = xml.attributes.map((each) => {
      const what = each.namespace === '' ? each.name : qualified(each.namespace, each.name);
      const feel = holds(each) ? this.#translated(each.value, what, xml, id) : undefined;
      return feel === undefined ? each : { ...each, value: feel };
    });
    return { ...xml, attributes };
  }

  /** A problem is noted once: what stands in for the text is FEEL. */
  #translated(text: string, what: string, place: XmlElement, id: string | undefined): string | undefined {
    const translation = translateJuel(text);
    if (translation === undefined) return undefined;
    if ('feel' in translation) return `=${translation.feel}`;
    const message = `${what} holds JUEL that can not be translated: ${translation.problem}`;
    this.#problems.add('EXPRESSION_INVALID', place, id, message, translation.help);
    return '=null';
  }
}

/** Elements that belong to another one, whose id people know. */
const PART = /(?:EventDefinition|LoopCharacteristics)$|^(?:condition|time|completion|loop|activation)/;

function holdsExpression({ name }: XmlElement, each: XmlAttribute): boolean {
  return each.namespace === '' ? ATTRIBUTES.get(name) === each.name : isReadAttribute(each.namespace, each.name);
}

function isVocabulary(namespace: string): boolean {
  return isReadAttribute(namespace, 'assignee') || namespace === CAMUNDA;
}

/** The names that JUEL goes by. */
function isJuelName(language: string): boolean {
  return /juel|java\.sun\.com\/products\/el/i.test(language);
}
