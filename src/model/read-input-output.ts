/** `camunda:inputOutput`: where data goes in and out of an activity in the words of Camunda 7. */
import type { DraftNode } from './draft.js';
import type { Expression } from './expression.js';
import { constantExpression } from './feel.js';
import { quoted } from './juel/translate.js';
import { translateJuel } from './juel.js';
import type { Problems } from './problems.js';
import type { Mapping } from './process.js';
import { readExpression } from './read-expression.js';
import { attribute, type XmlElement } from './xml.js';

/** A name that FEEL can read without quotes. */
export const VARIABLE_NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

export interface Mappings {
  readonly inputs: readonly Mapping[];
  readonly outputs: readonly Mapping[];
}

export function readInputOutput(xml: XmlElement, node: DraftNode, problems: Problems): Mappings {
  if (node.extensions.elements.has('zeebe:ioMapping')) {
    const message = 'the element has both a camunda:inputOutput and a zeebe:ioMapping';
    problems.add('MAPPING_INVALID', xml, node.id, message, 'leave one of the two');
  }
  const mappings = { inputs: [] as Mapping[], outputs: [] as Mapping[] };
  for (const each of xml.children) {
    const list = LISTS.get(each.name);
    if (list === undefined) {
      const help = 'use camunda:inputParameter or camunda:outputParameter';
      problems.add('MAPPING_INVALID', each, node.id, `a parameter is called ${each.name}`, help);
      continue;
    }
    const mapping = new ParameterReader(node.id, problems).read(each);
    if (mapping !== undefined) mappings[list].push(mapping);
  }
  return mappings;
}

const LISTS: ReadonlyMap<string, 'inputs' | 'outputs'> = new Map([
  ['inputParameter', 'inputs'],
  ['outputParameter', 'outputs'],
]);

class ParameterReader {
  readonly #id: string;
  readonly #problems: Problems;

  constructor(id: string, problems: Problems) {
    this.#id = id;
    this.#problems = problems;
  }

  read(parameter: XmlElement): Mapping | undefined {
    const name = attribute(parameter, 'name') ?? '';
    if (!VARIABLE_NAME.test(name)) {
      const help = 'use letters, digits and _, not starting with a digit';
      return this.#refuse(parameter, `a parameter has the name "${name}", which is no variable name`, help);
    }
    const isText = parameter.children.length === 0 && !/[$#]\{/.test(parameter.text);
    if (isText && parameter.text.trim() !== '') return this.#mapping(name, constantExpression(parameter.text.trim()));
    const feel = this.#value(parameter);
    if (feel === undefined) return undefined;
    const source = readExpression(feel, `the parameter "${name}"`, parameter, this.#id, this.#problems);
    return source && this.#mapping(name, source);
  }

  #mapping(name: string, source: Expression): Mapping {
    return { source, target: [name] };
  }

  /** FEEL for what an element holds: a list, a map, a text that may hold JUEL, or nothing, which is null. */
  #value(holder: XmlElement): string | undefined {
    const [inner, second] = holder.children;
    if (second !== undefined) return this.#refuse(second, 'a parameter has two values', 'leave one of the two');
    if (inner === undefined) return this.#text(holder);
    if (inner.name === 'list') return this.#list(inner);
    if (inner.name === 'map') return this.#map(inner);
    const help = 'use an expression, camunda:list or camunda:map; what a script computes is the work of a worker';
    return this.#refuse(inner, `camunda:${inner.name} is not supported in a parameter`, help);
  }

  #text(holder: XmlElement): string | undefined {
    const text = holder.text.trim();
    if (text === '') return 'null';
    const translation = translateJuel(text);
    if (translation === undefined) return quoted(text);
    if ('feel' in translation) return translation.feel;
    const message = `a parameter holds JUEL that can not be translated: ${translation.problem}`;
    this.#problems.add('EXPRESSION_INVALID', holder, this.#id, message, translation.help);
    return undefined;
  }

  #list(list: XmlElement): string | undefined {
    const items = list.children.map((each) => this.#item(each));
    return items.includes(undefined) ? undefined : `[${items.join(', ')}]`;
  }

  /** Values of a list need nothing around them but `camunda:value`. */
  #item(item: XmlElement): string | undefined {
    if (item.name === 'value') return this.#text(item);
    return this.#value({ ...item, text: '', children: [item] });
  }

  /** FEEL's own way to write a context would read an entry where JUEL means the variable of that name. */
  #map(map: XmlElement): string | undefined {
    const keys = new Set<string>();
    const entries = map.children.map((entry) => {
      const key = attribute(entry, 'key') ?? '';
      if (entry.name !== 'entry' || key === '' || keys.has(key) || /[$#]\{/.test(key)) {
        return this.#refuse(entry, `a map has the entry "${key}"`, 'give each camunda:entry a key of its own, as text');
      }
      keys.add(key);
      const value = this.#value(entry);
      return value && `{value: ${value}, key: ${quoted(key)}}`;
    });
    return entries.includes(undefined) ? undefined : `context([${entries.join(', ')}])`;
  }

  #refuse(place: XmlElement, message: string, help: string): undefined {
    this.#problems.add('MAPPING_INVALID', place, this.#id, message, help);
  }
}
