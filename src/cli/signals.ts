/** Commands about signals. */
import { clientCommand } from './command.js';
import { parseVariables, variablesOption } from './variables-in.js';

export const signal = clientCommand({
  name: 'signal',
  about: 'Send a signal to all that wait for it.',
  arguments: [{ name: 'name', about: 'Name of the signal' }],
  options: {
    ...variablesOption,
    requestId: { kind: 'text', value: 'id', about: 'The same id again sends nothing again.' },
  },
  examples: ['baton signal shop-closed --variables \'{"until": "2026-12-27"}\''],
  async call(context, [name = ''], { variables: text, requestId }) {
    const variables = parseVariables(text);
    const sent = await context.client.signals.send({
      ...{ name, requestId },
      ...(variables === undefined ? {} : { variables }),
    });
    const { subscriberCount = 0 } = sent;
    context.print(sent, subscriberCount === 1 ? '1 receiver' : `${subscriberCount} receivers`);
  },
});
