// Preloaded into a server under test, in each of its threads: tells how much memory it has after a forced collection, and
// records profiles. It listens on a socket in the folder that BENCH_PROBES names, and does nothing until it is asked.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { threadId } from 'node:worker_threads';

const name = `${process.pid}-${threadId}`;
const session = new Session();

const post = (method, parameters) =>
  new Promise((resolve, reject) => {
    session.post(method, parameters, (error, result) => (error ? reject(error) : resolve(result)));
  });

/** Bytes between samples of what is allocated. */
const ALLOCATION_INTERVAL = 32_768;

const kinds = {
  cpu: {
    begin: async () => {
      await post('Profiler.enable');
      await post('Profiler.start');
    },
    end: () => post('Profiler.stop'),
  },
  heap: {
    begin: () =>
      post('HeapProfiler.startSampling', {
        samplingInterval: ALLOCATION_INTERVAL,
        includeObjectsCollectedByMajorGC: true,
        includeObjectsCollectedByMinorGC: true,
      }),
    end: () => post('HeapProfiler.stopSampling'),
  },
};

const commands = {
  memory: async () => {
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    const { heapUsed, rss } = process.memoryUsage();
    return { pid: process.pid, heap: heapUsed, rss };
  },
  begin: async (kind) => {
    session.connect();
    await kinds[kind].begin();
    return {};
  },
  end: async (kind, folder) => {
    const { profile } = await kinds[kind].end();
    session.disconnect();
    writeFileSync(join(folder, `server-${name}.${kind}profile`), JSON.stringify(profile));
    return {};
  },
};

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  createInterface({ input: socket }).once('line', (line) => {
    const [command, ...words] = JSON.parse(line);
    commands[command](...words).then(
      (answer) => socket.end(JSON.stringify(answer)),
      (error) => socket.end(JSON.stringify({ error: String(error) })),
    );
  });
});
server.listen(join(process.env.BENCH_PROBES, name));
server.unref();
