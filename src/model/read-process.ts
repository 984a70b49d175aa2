/** Reads one executable process of a file into a draft: its nodes and flows, and what is wrong with each by itself. */
import { BPMN_ELEMENTS, type Handling } from './bpmn-elements.js';
import type { DraftAssociation, DraftFlow, DraftKind, DraftNode, DraftProcess, OwnerKind } from './draft.js';
import { isScope, KIND_WORDS } from './draft.js';
import type { EventDefinition, EventPosition } from './events.js';
import { readExtensions } from './extensions.js';
import { MAX_ID_CHARACTERS } from './limits.js';
import { BPMN, qualified } from './namespaces.js';
import type { Problems } from './problems.js';
import { readCondition } from './read-condition.js';
import { type EventFile, readEvent, readTaskMessage } from './read-events.js';
import { attribute, isTrue, type XmlElement } from './xml.js';

export class ProcessReader {
  readonly #problems: Problems;
  /** Ids of all processes of the file: an id is unique among them all. */
  readonly #ids: Map<string, XmlElement>;
  readonly #file: EventFile;
  readonly #nodes: DraftNode[] = [];
  readonly #flows: DraftFlow[] = [];
  readonly #associations: DraftAssociation[] = [];

  constructor(file: EventFile, ids: Map<string, XmlElement>) {
    this.#file = file;
    this.#problems = file.problems;
    this.#ids = ids;
  }

  read(process: XmlElement): DraftProcess {
    const node = this.#addNode('PROCESS', process, -1);
    this.#readScope(node);
    return { nodes: this.#nodes, flows: this.#flows, associations: this.#associations };
  }

  #readScope(scope: DraftNode): void {
    for (const child of scope.xml.children) {
      const handling = this.#handling(child, scope.id);
      if (handling !== undefined) {
        this.#readMember(child, handling, scope);
      }
    }
  }

  #readMember(xml: XmlElement, handling: Handling, scope: DraftNode): void {
    if (handling.as === 'flow') {
      this.#readFlow(xml, scope.index);
    } else if (handling.as === 'association') {
      this.#associations.push({ source: attribute(xml, 'sourceRef') ?? '', target: attribute(xml, 'targetRef') ?? '' });
    } else if (handling.as === 'event') {
      this.#readEvent(xml, scope.index, handling.position);
    } else if (handling.as === 'node') {
      this.#readNode(xml, scope.index, handling.kind);
    } else if (handling.as === 'part') {
      this.#readPart(xml, scope.kind, scope.id);
    } else if (handling.as === 'refuse') {
      const { rule, what, help, node } = handling.refusal;
      const id = attribute(xml, 'id') ?? scope.id;
      this.#problems.add(rule, xml, id, `${what} are not supported by this version`, help);
      if (node) this.#addNode('REFUSED', xml, scope.index);
    }
  }

  /** I9: undefined only for what has no meaning here; an unknown name is a problem. */
  #handling(child: XmlElement, ownerId: string): Handling | undefined {
    if (child.namespace !== BPMN && child.namespace !== '') {
      return undefined;
    }
    const handling = child.namespace === BPMN ? BPMN_ELEMENTS.get(child.name) : undefined;
    if (handling === undefined) {
      const id = attribute(child, 'id') ?? ownerId;
      const message = `${qualified(child.namespace, child.name)} is not an element of BPMN 2.0`;
      const help = child.namespace === '' ? `put it into the namespace ${BPMN}` : 'remove it, or correct its name';
      this.#problems.add('ELEMENT_UNKNOWN', child, id, message, help);
    }
    return handling;
  }

  #readFlow(xml: XmlElement, scope: number): void {
    const id = this.#readId(xml, 'sequence flow');
    const { conditional, condition } = readCondition(xml, id, this.#file.language, this.#problems);
    readExtensions(xml, 'SEQUENCE_FLOW', id, this.#problems);
    for (const child of xml.children) {
      this.#readPart(child, 'SEQUENCE_FLOW', id);
    }
    this.#flows.push({ xml, index: this.#flows.length, id, scope, conditional, condition });
  }

  #readEvent(xml: XmlElement, scope: number, position: EventPosition): void {
    const reading = readEvent(xml, position, this.#file);
    if (reading === undefined) this.#addNode('REFUSED', xml, scope);
    else this.#addPlainNode(xml, scope, reading.type, reading.event);
  }

  #readNode(xml: XmlElement, scope: number, kind: DraftKind): void {
    const isEventSubProcess = kind === 'SUB_PROCESS' && isTrue(attribute(xml, 'triggeredByEvent'));
    const node = this.#addPlainNode(
      xml,
      scope,
      isEventSubProcess ? 'EVENT_SUB_PROCESS' : kind,
      this.#message(xml, kind),
    );
    this.#checkAttributes(node);
    if (isScope(node.kind)) {
      this.#readScope(node);
    }
  }

  #message(xml: XmlElement, kind: DraftKind): EventDefinition | undefined {
    if (kind === 'RECEIVE_TASK') return readTaskMessage(xml, 'CATCH', this.#file);
    return kind === 'SEND_TASK' ? readTaskMessage(xml, 'THROW', this.#file) : undefined;
  }

  /** A node whose parts are no members of a scope. */
  #addPlainNode(xml: XmlElement, scope: number, kind: DraftKind, event?: EventDefinition): DraftNode {
    const node = this.#addNode(kind, xml, scope, event);
    for (const child of isScope(kind) ? [] : xml.children) {
      this.#readPart(child, kind, node.id);
    }
    this.#checkAssociations(node);
    return node;
  }

  #readPart(child: XmlElement, owner: OwnerKind, ownerId: string): void {
    const handling = this.#handling(child, ownerId);
    const isFine =
      handling === undefined ||
      handling.as === 'skip' ||
      handling.as === 'association' ||
      (handling.as === 'part' && (handling.of === undefined || handling.of.has(owner)));
    if (isFine) {
      return;
    }
    if (handling.as === 'refuse' && !handling.refusal.node) {
      const { rule, what, help } = handling.refusal;
      this.#problems.add(rule, child, ownerId, `${what} are not supported by this version`, help);
      return;
    }
    const id = attribute(child, 'id') ?? ownerId;
    const message = `a ${KIND_WORDS[owner]} can not hold a ${qualified(BPMN, child.name)}`;
    this.#problems.add('ELEMENT_UNKNOWN', child, id, message, 'move it out, or remove it');
  }

  /** An association that only draws where data goes is fine; one that computes it would change data. */
  #checkAssociations(node: DraftNode): void {
    for (const association of node.xml.children) {
      if (association.namespace !== BPMN || !association.name.endsWith('Association')) {
        continue;
      }
      for (const part of association.children) {
        if (part.namespace === BPMN && (part.name === 'assignment' || part.name === 'transformation')) {
          const message = `data associations with bpmn:${part.name} are not supported by this version`;
          this.#problems.add(
            'ELEMENT_NOT_SUPPORTED',
            part,
            node.id,
            message,
            'use zeebe:ioMapping with FEEL expressions',
          );
        }
      }
    }
  }

  #checkAttributes(node: DraftNode): void {
    for (const name of ['startQuantity', 'completionQuantity']) {
      const value = attribute(node.xml, name);
      if (value !== undefined && value !== '1') {
        const message = `${name}="${value}" is not supported by this version`;
        const help = 'remove it; use a parallel gateway for several tokens';
        this.#problems.add('ATTRIBUTE_NOT_SUPPORTED', node.xml, node.id, message, help);
      }
    }
  }

  #addNode(kind: DraftKind, xml: XmlElement, scope: number, event?: EventDefinition): DraftNode {
    const id = this.#readId(xml, KIND_WORDS[kind]);
    const nothing = { elements: new Map(), attributes: new Map() };
    const node: DraftNode = {
      kind,
      xml,
      index: this.#nodes.length,
      id,
      name: attribute(xml, 'name') || undefined,
      scope,
      // What is refused as a whole needs no list of its extensions.
      extensions: kind === 'REFUSED' ? nothing : readExtensions(xml, kind, id, this.#problems),
      event,
      incoming: [],
      outgoing: [],
    };
    this.#nodes.push(node);
    return node;
  }

  #readId(xml: XmlElement, what: string): string {
    const id = attribute(xml, 'id') ?? '';
    const first = this.#ids.get(id);
    if (id === '') {
      this.#problems.add('ID_MISSING', xml, undefined, `the ${what} has no id`, 'give it an id');
    } else if (id.length > MAX_ID_CHARACTERS || /\s/.test(id)) {
      const message = `the id has blanks or more than ${MAX_ID_CHARACTERS} characters`;
      this.#problems.add('ID_INVALID', xml, id, message, 'use letters, digits, _, - and .');
    } else if (first !== undefined) {
      const message = `the id "${id}" is used twice; first in line ${first.line}`;
      this.#problems.add('ID_DUPLICATE', xml, id, message, 'give each element an id of its own');
    } else {
      this.#ids.set(id, xml);
    }
    return id;
  }
}
