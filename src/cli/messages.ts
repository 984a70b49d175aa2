/** Commands about messages. */
import { clientCommand } from './command.js';
import { formatKey } from './keys.js';
import { parseVariables, variablesOption } from './variables-in.js';

export const send = clientCommand({
  name: 'send',
  about: 'Send a message to what waits for it.',
  arguments: [
    { name: 'name', about: 'Name of the message' },
    { name: 'key', about: 'Correlation key' },
  ],
  options: {
    ...variablesOption,
    keepFor: { kind: 'text', value: 'duration', about: 'How long it waits for a receiver, such as PT1H.' },
    uniqueKey: { kind: 'text', value: 'key', about: 'Sent once only while a message with this key waits or works.' },
    uniqueStart: { kind: 'switch', about: 'Start an instance only if none with this correlation key runs.' },
    onePerProcess: { kind: 'switch', about: 'To one receiver of each process, not to one alone.' },
    requestId: { kind: 'text', value: 'id', about: 'The same id again sends nothing again.' },
  },
  examples: ['baton send paid 17 --variables \'{"amount": 12}\' --keep-for PT1H'],
  async call(context, [name = '', correlationKey = ''], options) {
    const { uniqueKey, uniqueStart, onePerProcess, requestId } = options;
    const variables = parseVariables(options.variables);
    const timer = options.keepFor;
    const sent = await context.client.messages.send({
      ...{ name, correlationKey, uniqueKey, uniqueStart, onePerProcess, requestId },
      ...(variables === undefined ? {} : { variables }),
      ...(timer === undefined ? {} : { expirationTimer: { kind: { $case: 'timeDuration', value: timer } } }),
    });
    const lines = (sent.message?.deliveries ?? []).map(
      ({ partition, processInstanceId, bpmnProcessId, started }) =>
        `${formatKey({ partition, id: processInstanceId })}  ${bpmnProcessId}  ${started ? 'started' : 'continued'}`,
    );
    const nobody = timer === undefined ? 'nobody received it' : 'nobody has received it yet';
    context.print(sent, lines.length === 0 ? nobody : lines.join('\n'));
  },
});
