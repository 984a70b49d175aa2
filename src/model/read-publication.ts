/** How an event or a send task publishes its message (`zeebe:publishMessage`): to whom, and for how long. */
import type { Text } from './events.js';
import { repeatedExtensions } from './extensions.js';
import type { Problems } from './problems.js';
import { readExpression } from './read-expression.js';
import { timerProblem } from './timers.js';
import { attribute, type XmlElement } from './xml.js';

export interface Publication {
  readonly correlationKey: Text | undefined;
  readonly timeToLive?: Text;
}

/** Modelers write it at the definition of an event, and at a send task itself. */
export function publicationIn(...places: readonly XmlElement[]): XmlElement | undefined {
  return places.flatMap((place) => repeatedExtensions(place, 'zeebe:publishMessage'))[0];
}

export function readPublication(xml: XmlElement, id: string, problems: Problems): Publication {
  if (attribute(xml, 'messageId')) {
    const message = 'the messageId of a zeebe:publishMessage is not supported by this version';
    problems.add('EXTENSION_NOT_SUPPORTED', xml, id, message, 'remove it; what a process throws is sent once');
  }
  const correlationKey = textOf(xml, 'correlationKey', 'the correlation key', id, problems);
  if (!attribute(xml, 'correlationKey')) {
    const help = 'give zeebe:publishMessage a correlationKey';
    problems.add('EVENT_INVALID', xml, id, 'the message that is published has no correlation key', help);
  }
  const timeToLive = textOf(xml, 'timeToLive', 'the time to live', id, problems);
  const problem = typeof timeToLive === 'string' ? timerProblem('DURATION', timeToLive) : undefined;
  if (problem !== undefined) {
    problems.add('TIMER_INVALID', xml, id, problem, 'write a duration such as PT1H, or FEEL behind an equals sign');
  }
  return timeToLive === undefined ? { correlationKey } : { correlationKey, timeToLive };
}

function textOf(xml: XmlElement, name: string, what: string, id: string, problems: Problems): Text | undefined {
  const text = attribute(xml, name) || undefined;
  return text?.startsWith('=') ? readExpression(text, what, xml, id, problems) : text;
}
