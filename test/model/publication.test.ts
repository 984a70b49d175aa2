// zeebe:publishMessage: how events and send tasks publish their messages, and what of it is refused.
import { expect, test } from 'vitest';
import { around, type Expected, expectProblems, graphOf, problemsOf } from './support.js';

const publish = (attributes: string) => `<zeebe:publishMessage ${attributes}/>`;
const extended = (content: string) => `<bpmn:extensionElements>${content}</bpmn:extensionElements>`;
const withMessage = (xml: string) => xml.replace('<bpmn:process', '<bpmn:message id="m" name="paid"/><bpmn:process');

function sending(content: string, attributes = ' messageRef="m"'): string {
  return withMessage(around(`<bpmn:sendTask id="t"${attributes}>${extended(content)}</bpmn:sendTask>`));
}

const elementOf = (xml: string) => graphOf(xml).elements.find(({ id }) => id === 't');

test('a send task and an event are sent by the engine, with key and time to live', () => {
  expect(elementOf(sending(publish('correlationKey="k" timeToLive="PT1H"')))).toMatchObject({
    event: { kind: 'MESSAGE', name: 'paid', correlationKey: 'k', timeToLive: 'PT1H' },
  });
  const content = extended(publish('correlationKey="=key"'));
  const definition = `<bpmn:messageEventDefinition messageRef="m">${content}</bpmn:messageEventDefinition>`;
  const event = `<bpmn:intermediateThrowEvent id="t">${definition}</bpmn:intermediateThrowEvent>`;
  const thrown = elementOf(withMessage(around(event)));
  expect(thrown).toMatchObject({ event: { name: 'paid', correlationKey: { text: 'key' } } });
  expect(thrown).not.toHaveProperty('job');
});

const REFUSED: readonly (readonly [name: string, xml: string, expected: Expected])[] = [
  [
    'a message id',
    sending(`§${publish('correlationKey="k" messageId="=id"')}`),
    ['EXTENSION_NOT_SUPPORTED', 't', 'the messageId of a zeebe:publishMessage is not supported by this version'],
  ],
  [
    'no key',
    sending(`§${publish('')}`),
    ['EVENT_INVALID', 't', 'the message that is published has no correlation key'],
  ],
  [
    'a worker beside it',
    sending(`${publish('correlationKey="k"')}<zeebe:taskDefinition type="x"/>`).replace('<bpmn:send', '§<bpmn:send'),
    ['JOB_INVALID', 't', 'the send task has both a zeebe:publishMessage and a zeebe:taskDefinition'],
  ],
  [
    'a task that names no message',
    sending(publish('correlationKey="k"'), '').replace('<bpmn:send', '§<bpmn:send'),
    ['EVENT_INVALID', 't', 'the event definition publishes a message that it does not name'],
  ],
  [
    'another task',
    around(`<bpmn:serviceTask id="t">${extended(`§${publish('correlationKey="k"')}`)}</bpmn:serviceTask>`),
    ['EXTENSION_NOT_SUPPORTED', 't', 'zeebe:publishMessage is not supported on a service task'],
  ],
];

for (const [name, xml, expected] of REFUSED) test(`is refused: ${name}`, () => expectProblems(xml, [expected]));

test('is refused: a time to live that is no duration', () => {
  const [problem] = problemsOf(sending(publish('correlationKey="k" timeToLive="soon"')));
  expect(problem).toMatchObject({ rule: 'TIMER_INVALID', elementId: 't' });
});
