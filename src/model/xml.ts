/**
 * Reads XML into a tree with the place of every element. One pass, linear in the length of the text; documents that
 * try to cost more (entities, absurd nesting) are refused before they can.
 */
import sax, { type SAXOptions, type SAXParser } from 'sax';
import { MAX_XML_ATTRIBUTES, MAX_XML_CHARACTERS, MAX_XML_DEPTH, MAX_XML_ELEMENTS } from './limits.js';
import type { ModelProblem, Place, ProblemRule } from './problems.js';

export interface XmlElement extends Place {
  /** The namespace's URI; '' when there is none. */
  readonly namespace: string;
  /** Without prefix. */
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlElement[];
  /** All direct text, CDATA included. */
  readonly text: string;
}

export interface XmlAttribute {
  /** '' for an attribute without prefix, as XML has it. */
  readonly namespace: string;
  readonly name: string;
  readonly value: string;
}

export type XmlReading =
  | { readonly root: XmlElement; readonly events: number }
  | { readonly problem: ModelProblem; readonly events: number };

/** Value of an attribute without prefix, blanks around it removed; undefined when it is absent. */
export function attribute(element: XmlElement, name: string): string | undefined {
  return element.attributes.find((each) => each.namespace === '' && each.name === name)?.value.trim();
}

/** As XML Schema writes a boolean. */
export function isTrue(value: string | undefined): boolean {
  return value === 'true' || value === '1';
}

export function readXml(xml: string): XmlReading {
  return new XmlReader(xml).read();
}

/** What XML allows: tab, line ends, and everything from the blank on but lone surrogates and two non-characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/u;

/** Characters given to the parser at once; between two pieces its state is checked for what only grows. */
const PIECE = 4 * 1024;

/** `DOCTYPE` or `[CDATA[`: what is longer is neither. */
const LONGEST_DECLARATION = 7;

/**
 * What the parser has but does not declare. It looks for each attribute among those of the same element, and compares
 * each character of a declaration with all before it: both are kept short, else reading is quadratic. Its check of
 * buffer lengths is put off for ever, since the whole text is in memory and limited anyway.
 */
interface ParserState {
  readonly attribList: readonly unknown[];
  readonly doctype: unknown;
  readonly sgmlDecl: string;
  bufferCheckPosition: number;
}

interface OpenElement extends XmlElement {
  readonly attributes: XmlAttribute[];
  readonly children: XmlElement[];
  text: string;
}

/** An attribute as the parser reports it. */
interface Attribute {
  readonly prefix: string;
  readonly local: string;
  readonly uri: unknown;
}

/** Thrown by the handlers to leave the parser at the first problem; never leaves this file. */
class Refusal {
  readonly problem: ModelProblem;

  constructor(problem: ModelProblem) {
    this.problem = problem;
  }
}

class XmlReader {
  readonly #xml: string;
  readonly #open: OpenElement[] = [];
  #attributes: XmlAttribute[] = [];
  readonly #attributeNames = new Set<string>();
  #root: XmlElement | undefined;
  #events = 0;
  #elements = 0;
  // The line of the last asked-for offset: offsets only grow, so each character is looked at once.
  #line = 1;
  #lineStart = 0;
  #lineEnd: number;

  constructor(xml: string) {
    this.#xml = xml.startsWith('\uFEFF') ? xml.slice(1) : xml;
    this.#lineEnd = this.#endOfLine(0);
  }

  read(): XmlReading {
    try {
      this.#checkText();
      this.#parse();
      return { root: this.#root ?? this.#refuseEmpty(), events: this.#events };
    } catch (thrown) {
      if (thrown instanceof Refusal) {
        return { problem: thrown.problem, events: this.#events };
      }
      throw thrown;
    }
  }

  #checkText(): void {
    if (this.#xml.length > MAX_XML_CHARACTERS) {
      this.#refuse(
        'XML_TOO_LARGE',
        0,
        `the file has ${this.#xml.length} characters, more than the limit of ${MAX_XML_CHARACTERS}`,
        'split the model into several files',
      );
    }
    const found = FORBIDDEN.exec(this.#xml);
    if (found !== null) {
      this.#refuseCharacter(found[0], found.index);
    }
  }

  #parse(): void {
    const options: SAXOptions & { strictEntities: boolean } = { xmlns: true, position: true, strictEntities: true };
    const parser = sax.parser(true, options);
    parser.onerror = (error) => {
      const [first = ''] = error.message.split('\n');
      const reason = first.charAt(0).toLowerCase() + first.slice(1);
      const help = 'repair the XML; a BPMN editor writes it well-formed';
      this.#refuse(
        'XML_NOT_WELL_FORMED',
        Math.max(parser.position - 1, 0),
        `the file is not well-formed XML: ${reason}`,
        help,
      );
    };
    parser.onprocessinginstruction = (node) => this.#instruction(node.name, node.body);
    parser.onsgmldeclaration = () => this.#refuseDoctype(parser);
    parser.ondoctype = () => this.#refuseDoctype(parser);
    parser.onattribute = (each) => this.#attribute(parser, each);
    parser.onopentag = (tag) => this.#openTag(parser, tag);
    parser.onclosetag = () => this.#closeTag();
    parser.ontext = (text) => this.#text(parser, text);
    parser.oncdata = (text) => this.#text(parser, text);
    const state = parser as SAXParser & ParserState;
    state.bufferCheckPosition = Number.POSITIVE_INFINITY;
    for (let start = 0; start < this.#xml.length; start += PIECE) {
      parser.write(this.#xml.slice(start, start + PIECE));
      this.#checkAttributes(parser, state.attribList.length);
      if (state.doctype || state.sgmlDecl.length > LONGEST_DECLARATION) {
        this.#refuseDoctype(parser);
      }
    }
    parser.close();
  }

  #checkAttributes(parser: SAXParser, count: number): void {
    if (count > MAX_XML_ATTRIBUTES) {
      const message = `an element has more than ${MAX_XML_ATTRIBUTES} attributes`;
      this.#refuse('XML_TOO_LARGE', parser.startTagPosition - 1, message, 'no BPMN element needs so many; remove them');
    }
  }

  #instruction(name: string, body: string): void {
    this.#events += 1;
    const encoding = name === 'xml' ? /encoding\s*=\s*["']([^"']*)["']/.exec(body)?.[1] : undefined;
    if (encoding !== undefined && encoding.toUpperCase() !== 'UTF-8') {
      this.#refuse('XML_ENCODING', 0, `the file declares the encoding ${encoding}`, 'save the file as UTF-8');
    }
  }

  #attribute(parser: SAXParser, each: { name: string; value: string } & Partial<Attribute>): void {
    this.#events += 1;
    // With `xmlns: true` an attribute event carries the resolved name too.
    const { prefix, local, uri } = each as Attribute;
    if (prefix === 'xmlns' || each.name === 'xmlns') {
      return;
    }
    const namespace = this.#namespaceOf(uri, each.name, parser.startTagPosition - 1);
    const key = `${namespace} ${local}`;
    if (this.#attributeNames.has(key)) {
      const message = `the file is not well-formed XML: attribute ${each.name} is given twice`;
      this.#refuse('XML_NOT_WELL_FORMED', parser.startTagPosition - 1, message, 'leave one of the two');
    }
    this.#checkDecoded(each.value, parser.startTagPosition - 1);
    this.#attributeNames.add(key);
    this.#attributes.push({ namespace, name: local, value: each.value });
  }

  #openTag(parser: SAXParser, tag: object): void {
    this.#events += 1;
    const offset = parser.startTagPosition - 1;
    this.#elements += 1;
    if (this.#elements > MAX_XML_ELEMENTS) {
      const message = `the file has more than ${MAX_XML_ELEMENTS} XML elements`;
      this.#refuse('XML_TOO_LARGE', offset, message, 'split the model into several files');
    }
    if (this.#open.length >= MAX_XML_DEPTH) {
      const message = `elements are nested deeper than the limit of ${MAX_XML_DEPTH} levels`;
      this.#refuse('XML_TOO_DEEP', offset, message, 'nest fewer sub-processes');
    }
    if (this.#root !== undefined && this.#open.length === 0) {
      this.#refuse('XML_NOT_WELL_FORMED', offset, 'the file is not well-formed XML: it has two roots', 'leave one');
    }
    const { name, local, uri } = tag as { name: string; local: string; uri: unknown };
    const element: OpenElement = {
      namespace: this.#namespaceOf(uri, name, offset),
      name: local,
      attributes: this.#attributes,
      children: [],
      text: '',
      ...this.#place(offset),
    };
    this.#checkAttributes(parser, element.attributes.length);
    this.#attributes = [];
    this.#attributeNames.clear();
    this.#open.at(-1)?.children.push(element);
    this.#open.push(element);
  }

  /** The parser finds prefixes like `constructor` among the members of every object. */
  #namespaceOf(uri: unknown, name: string, offset: number): string {
    if (typeof uri !== 'string') {
      const message = `the file is not well-formed XML: unbound namespace prefix: "${name}"`;
      this.#refuse('XML_NOT_WELL_FORMED', offset, message, 'declare the prefix with xmlns');
    }
    return uri;
  }

  #closeTag(): void {
    this.#events += 1;
    const closed = this.#open.pop();
    if (this.#open.length === 0) {
      this.#root = closed;
    }
  }

  #text(parser: SAXParser, text: string): void {
    this.#events += 1;
    const element = this.#open.at(-1);
    if (element !== undefined) {
      this.#checkDecoded(text, Math.max(parser.position - 1, 0));
      element.text += text;
    }
  }

  /** A character that is forbidden as such is forbidden as `&#0;` too. */
  #checkDecoded(text: string, offset: number): void {
    const found = FORBIDDEN.exec(text);
    if (found !== null) {
      this.#refuseCharacter(found[0], offset);
    }
  }

  #place(offset: number): Place {
    while (this.#lineEnd < offset) {
      this.#line += 1;
      this.#lineStart = this.#lineEnd + 1;
      this.#lineEnd = this.#endOfLine(this.#lineStart);
    }
    return { line: this.#line, column: offset - this.#lineStart + 1 };
  }

  #endOfLine(start: number): number {
    const end = this.#xml.indexOf('\n', start);
    return end === -1 ? this.#xml.length : end;
  }

  #refuseCharacter(character: string, offset: number): never {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const message = `the file contains the character U+${code}, which XML does not allow`;
    this.#refuse('XML_CHARACTER', offset, message, 'remove the character');
  }

  #refuseDoctype(parser: SAXParser): never {
    this.#refuse(
      'XML_DOCTYPE',
      Math.max(parser.startTagPosition - 1, 0),
      'the file has a document type declaration; entities are never expanded here',
      'remove the <!DOCTYPE ...> part; BPMN needs none',
    );
  }

  #refuseEmpty(): never {
    this.#refuse('XML_NOT_WELL_FORMED', 0, 'the file has no XML element', 'deploy a BPMN file');
  }

  #refuse(rule: ProblemRule, offset: number, message: string, help: string): never {
    throw new Refusal({ rule, message, elementId: undefined, help, ...this.#place(offset) });
  }
}
