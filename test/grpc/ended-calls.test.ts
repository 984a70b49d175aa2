// A call that the library ends, while the server still has something to say to a client that does not read.
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import { ProcessInstanceServiceService } from '../../src/gen/baton/v1/process_instances.js';
import { openApi } from '../support/api.js';
import { freshDatabase } from '../support/databases.js';

/** The head of a message that is larger than any server takes. */
const TOO_LARGE = Buffer.from([0, 255, 255, 255, 255]);

const READS_NOTHING = { initialWindowSize: 0 };
const READS = { initialWindowSize: 65_535 };

/** The server has done what came before. */
function roundTrip(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve) => session.ping(() => resolve()));
}

test('who sends too much is told so, whatever the server was about to say', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  const { serving } = await openApi(database.settings);
  const session = connect(`http://${serving.address}`, { settings: READS_NOTHING });
  onTestFinished(() => session.destroy());
  const { path } = ProcessInstanceServiceService.streamCreateProcessInstances;
  const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request(headers);
  const trailers = new Promise<IncomingHttpHeaders>((resolve) => stream.once('trailers', resolve));
  stream.resume();
  await new Promise((resolve) => stream.once('response', resolve));

  stream.write(TOO_LARGE);
  for (let turn = 0; turn < 3; turn++) await roundTrip(session);
  void serving.drain(60_000);
  await roundTrip(session);
  session.settings(READS);
  expect(await trailers).toMatchObject({ 'grpc-status': String(status.RESOURCE_EXHAUSTED) });
});
