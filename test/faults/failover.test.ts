// A primary that dies and a replica that takes its place, behind an address that stays the same, as a proxy or a name in
// DNS is. BATON_FAILOVERS=20 is the long form: how often, each with servers of its own.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import {
  ProcessInstanceServiceService,
  QueryProcessInstancesRequest,
} from '../../src/gen/baton/v1/process_instances.js';
import { openApi, refusalOf } from '../support/api.js';
import { Callers, expectClearLog, healthOf, sql, until } from '../support/outage.js';
import { startPostgres } from '../support/postgres.js';

const FAILOVERS = Number(process.env.BATON_FAILOVERS ?? 1);

/** Goes to one server, and then to another: connections to the first one end. */
class Switch {
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => this.link(client));
  private port: number;

  constructor(port: number) {
    this.port = port;
  }

  async open(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  to(port: number): void {
    this.port = port;
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private link(client: Socket): void {
    const database = connect(this.port, '127.0.0.1');
    for (const [socket, other] of [
      [client, database],
      [database, client],
    ] as const) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
  }
}

test.each(Array.from({ length: FAILOVERS }, (_none, at) => at + 1))(
  'I7: failover %i: a replica that each COMMIT waits for takes over under load, and nothing acknowledged is lost',
  async () => {
    const primary = await startPostgres();
    onTestFinished(() => primary.remove());
    const standby = await primary.standby();
    onTestFinished(() => standby.remove());
    const synchronous = 'select sync_state from pg_stat_replication';
    await until(async () => (await sql(primary.url, synchronous))[0]?.[0] === 'sync');
    const gate = new Switch(primary.port);
    onTestFinished(() => gate.close());
    const url = primary.url.replace(String(primary.port), String(await gate.open()));
    const api = await openApi({ kind: 'postgres', url }, { databasePatienceMs: 200 });
    const callers = await Callers.start(api, 30);
    await callers.acknowledgedMore(200);
    await primary.stop('immediate');
    gate.to(standby.port);
    await until(async () => (await healthOf(api)) === 'NOT_SERVING');
    await until(() => callers.refused.length > 0);
    // I7: a replica that was not promoted yet is no place to read either: what it says may be old.
    const list = api.client.call(
      ProcessInstanceServiceService.queryProcessInstances,
      QueryProcessInstancesRequest.fromPartial({}),
    );
    expect((await refusalOf(list)).reason).toBe('DATABASE_UNAVAILABLE');
    await sql(standby.url, 'select pg_promote()');
    await until(async () => (await healthOf(api)) === 'SERVING');
    await callers.acknowledgedMore(200);
    await callers.check(standby.url);
    expectClearLog(api.log, 1);
    expect(api.log.lines.filter(({ message }) => /declared dead/.test(message))).toEqual([]);
  },
  180_000,
);
