/** What the plain process costs the database, counted on the wire and in its own books. */
import { PostgresProxy } from '../../test/support/postgres-proxy.js';
import { sleep } from '../context.js';
import { count, deploy, verify } from '../counting.js';
import { Load } from '../load.js';
import { oneTask } from '../models.js';
import { atMost, type Part, rounded } from '../part.js';

/** Connections with fewer commits than this share of the busiest one's are no lanes. */
const LANE_SHARE = 0.1;

export const costs: Part = {
  name: 'costs',
  about: 'waits of a commit group for the database, statements, write-ahead log and disk of one plain instance',
  keys: ['waits_per_group', 'statements_per_instance', 'wal_bytes_per_instance', 'disk_bytes_per_instance'],
  targets: { waits_per_group: atMost(6) },
  async run(context) {
    const { scale } = context;
    const database = await context.database();
    const proxy = await PostgresProxy.start(database.url);
    context.atEnd(() => proxy.stop());
    const server = await context.server({ url: proxy.url });
    await deploy(server.address, oneTask);
    const ask = (text: string) => count(database.client, `select ${text} as count`);
    const written = () => ask("pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')");
    const size = () => ask('pg_database_size(current_database())');
    const before = { wal: await written(), disk: await size(), wire: counted(proxy), statements: proxy.statements };
    const began = new Date();
    const load = await Load.start(context, [server], oneTask);
    await sleep(scale.warmUpSeconds + scale.seconds);
    const started = await load.finish();
    const after = { wal: await written(), disk: await size(), wire: counted(proxy), statements: proxy.statements };
    await verify(database.client, began, started);
    const { groups, waits } = lanes(before.wire, after.wire);
    return {
      waits_per_group: rounded(waits / groups),
      instances_per_group: rounded(started / groups),
      statements_per_instance: rounded((after.statements - before.statements) / started),
      wal_bytes_per_instance: Math.round((after.wal - before.wal) / started),
      disk_bytes_per_instance: Math.round((after.disk - before.disk) / started),
    };
  },
};

type Wire = readonly Readonly<PostgresProxy['connections'][number]>[];

/** By connection. */
function counted(proxy: PostgresProxy): Wire {
  return proxy.connections.map((counts) => ({ ...counts }));
}

/** Both transactions of an instance are a part of a group each. */
function lanes(before: Wire, after: Wire): { readonly groups: number; readonly waits: number } {
  const used = after.map(({ waits, commits }, index) => ({
    waits: waits - (before[index]?.waits ?? 0),
    groups: commits - (before[index]?.commits ?? 0),
  }));
  const busiest = Math.max(...used.map(({ groups }) => groups));
  const all = used.filter(({ groups }) => groups > LANE_SHARE * busiest);
  const total = (of: 'waits' | 'groups') => all.reduce((sum, lane) => sum + lane[of], 0);
  return { groups: total('groups'), waits: total('waits') };
}
