/**
 * The thread that PGlite runs in: its statements would keep the server's own thread from everything else. It takes bytes
 * of the PostgreSQL protocol, one message for each batch of statements, and answers with bytes.
 */
import { fsyncSync, readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** A folder; or a database in memory, which begins as a copy of an image. */
export type WorkerInput = { readonly folder: string } | { readonly image: string | null };

export type ToWorker = { readonly type: 'bytes'; readonly bytes: Uint8Array } | { readonly type: 'close' };

export type FromWorker =
  | { readonly type: 'opened' }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'bytes'; readonly chunks: readonly Uint8Array[]; readonly syncs: number }
  | { readonly type: 'closed' };

let syncs = 0;

/**
 * PGlite's own file system never reaches the disk: its fsync does nothing. This one syncs the file of the host.
 *
 * It touches an internal name, so the version of PGlite is pinned, and a test counts the syncs of commits.
 */
class SyncingNodeFs extends NodeFS {
  override async init(...[pglite, options]: Parameters<NodeFS['init']>): Promise<Awaited<ReturnType<NodeFS['init']>>> {
    const prepared = await super.init(pglite, options);
    const run = prepared.emscriptenOpts.preRun ?? [];
    run.push((module) => {
      const nodeFs = (module as unknown as { NODEFS: { stream_ops: { fsync?: (stream: { nfd: number }) => number } } })
        .NODEFS;
      nodeFs.stream_ops.fsync = (stream) => {
        syncs += 1;
        fsyncSync(stream.nfd);
        return 0;
      };
    });
    return prepared;
  }
}

/** `-F` would switch fsync off; with the default fdatasync PGlite syncs nothing even then. */
const START = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  ...['-c', 'fsync=on', '-c', 'wal_sync_method=fsync', '-c', 'synchronous_commit=on'],
];

async function open(input: WorkerInput): Promise<PGlite> {
  if ('folder' in input) return PGlite.create({ fs: new SyncingNodeFs(input.folder), startParams: START });
  return PGlite.create(input.image === null ? {} : { loadDataDir: new Blob([readFileSync(input.image)]) });
}

async function main(port: NonNullable<typeof parentPort>, input: WorkerInput): Promise<void> {
  const send = (message: FromWorker) => port.postMessage(message);
  try {
    const database = await open(input);
    port.on('message', (message: ToWorker) => {
      if (message.type === 'bytes') answer(database, message.bytes, send);
      else void close(database, send);
    });
    send({ type: 'opened' });
  } catch (error) {
    send({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}

/** The promise is only of the host's file system, which has nothing to do here: the bytes are there at once. */
function answer(database: PGlite, bytes: Uint8Array, send: (message: FromWorker) => void): void {
  const chunks: Uint8Array[] = [];
  void database.execProtocolRawStream(bytes, { syncToFs: false, onRawData: (chunk) => chunks.push(chunk.slice()) });
  send({ type: 'bytes', chunks, syncs });
}

async function close(database: PGlite, send: (message: FromWorker) => void): Promise<void> {
  await database.close();
  send({ type: 'closed' });
}

if (parentPort !== null) void main(parentPort, workerData as WorkerInput);
