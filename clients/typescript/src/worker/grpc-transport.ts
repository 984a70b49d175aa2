// Owns worker streams over gRPC.
import type { Connection } from '../connection.js';
import { overGrpc } from '../duplex.js';
import { JobServiceService } from '../gen/baton/v1/jobs.js';
import type { OpenStream } from './transport.js';

export function grpcTransport(connection: Connection): OpenStream {
  const open = overGrpc(connection, JobServiceService.work);
  return (address, listener) => {
    const stream = open(address, {
      // A frame of a kind that is not known here is one of a newer server.
      message: ({ frame }) => frame && listener.frame(frame),
      writable: () => listener.writable(),
      ended: (error) => listener.ended(error),
    });
    return { send: (frame) => stream.send({ frame }), close: () => stream.close() };
  };
}
