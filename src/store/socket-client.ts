/** A client of PostgreSQL whose socket is known. */
import { Socket } from 'node:net';
import pg from 'pg';

export class SocketClient extends pg.Client {
  readonly socket: Socket;

  constructor(config: pg.ClientConfig) {
    const socket = new Socket();
    super({ ...config, stream: () => socket });
    this.socket = socket;
  }
}
