/** What a timer does about times that were missed, given as an extension property `timerCatchUp` of its event. */
import type { CatchUp } from './events.js';
import { CAMUNDA, ZEEBE } from './namespaces.js';
import type { Problems } from './problems.js';
import { attribute, type XmlElement } from './xml.js';

const VALUES: ReadonlyMap<string, CatchUp> = new Map([
  ['all', 'ALL'],
  ['last', 'LAST'],
  ['none', 'NONE'],
]);

/** The last one alone is the default: who was away for a weekend wants one reminder, not sixty. */
export function readCatchUp(event: XmlElement, id: string, problems: Problems): CatchUp {
  const property = propertiesOf(event).find((each) => attribute(each, 'name') === 'timerCatchUp');
  if (property === undefined) return 'LAST';
  const value = attribute(property, 'value') ?? '';
  const catchUp = VALUES.get(value);
  if (catchUp !== undefined) return catchUp;
  problems.add('TIMER_INVALID', property, id, `timerCatchUp is "${value}"`, 'write all, last or none');
  return 'LAST';
}

function propertiesOf(event: XmlElement): readonly XmlElement[] {
  const extensions = event.children
    .filter(({ name }) => name === 'extensionElements')
    .flatMap(({ children }) => children);
  const lists = extensions.filter(
    ({ name, namespace }) => name === 'properties' && (namespace === ZEEBE || namespace === CAMUNDA),
  );
  return lists.flatMap(({ children }) => children).filter(({ name }) => name === 'property');
}
