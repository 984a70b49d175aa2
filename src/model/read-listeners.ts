/** Execution listeners (`zeebe:executionListeners`), as jobs: before an element begins, and before it leaves. */
import type { DraftNode } from './draft.js';
import { ZEEBE } from './namespaces.js';
import type { Problems } from './problems.js';
import type { JobDefinition, Listeners } from './process.js';
import { readHeaders, readJobType, readRetryLimit } from './read-job.js';
import { attribute, type XmlElement } from './xml.js';

export type ListenerEvent = keyof Listeners;

export function readListeners(node: DraftNode, problems: Problems): { readonly listeners?: Listeners } {
  const listeners = listenersOf(node).map((xml) => ({ event: eventOf(xml), job: readOne(xml, node, problems) }));
  if (listeners.length === 0) return {};
  const jobs = (event: ListenerEvent) => listeners.filter((each) => each.event === event).map(({ job }) => job);
  return { listeners: { start: jobs('start'), end: jobs('end') } };
}

/** In the order in which their jobs are done. */
export function listenersOf({ extensions }: DraftNode): readonly XmlElement[] {
  return extensions.elements.get('zeebe:executionListeners')?.children ?? [];
}

/** Undefined for an event that is none of a listener. */
export function eventOf(xml: XmlElement): ListenerEvent | undefined {
  const event = attribute(xml, 'eventType');
  const isListener = xml.namespace === ZEEBE && xml.name === 'executionListener';
  return isListener && (event === 'start' || event === 'end') ? event : undefined;
}

function readOne(xml: XmlElement, node: DraftNode, problems: Problems): JobDefinition {
  const headers = xml.children.find((each) => each.namespace === ZEEBE && each.name === 'taskHeaders');
  return {
    topic: readJobType(attribute(xml, 'type') ?? '', xml, node, problems),
    retryLimit: readRetryLimit(node, xml, problems),
    headers: readHeaders(headers, node, problems),
    priority: 0,
  };
}
