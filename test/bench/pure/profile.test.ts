import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { summaryOf, tableOf } from '../../../bench/profile-summary.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const root = pathToFileURL(join(import.meta.dirname, '../../..')).href;
const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 9 });

test('CPU time is summed up by file, package and function, without waiting, over all threads', () => {
  const file = join(temporaryFolder('baton-profile-'), 'a.cpuprofile');
  const nodes = [
    { id: 1, callFrame: frame('(root)'), children: [2, 3, 6] },
    { id: 2, callFrame: frame('(idle)') },
    { id: 3, callFrame: frame('run', `${root}/dist/engine/lane.js`), children: [4, 5] },
    { id: 4, callFrame: frame('query', `${root}/node_modules/pg/lib/client.js`) },
    { id: 5, callFrame: frame('take', `${root}/dist/engine/lane.js`) },
    { id: 6, callFrame: frame('dispatch') },
  ];
  writeFileSync(file, JSON.stringify({ nodes, samples: [2, 3, 4, 5, 6], timeDeltas: [500, 10, 60, 30, 900] }));
  const { total, areas, places, functions } = summaryOf([file, file]);
  expect(total).toBe(200);
  expect(Object.fromEntries(areas)).toMatchObject({
    'src/engine': { self: 80, total: 200 },
    pg: { self: 120, total: 120 },
  });
  expect(places.get('src/engine/lane.ts')).toEqual({ self: 80, total: 200 });
  expect(functions.get('take src/engine/lane.ts:10')).toEqual({ self: 60, total: 60 });
  expect(tableOf(areas, total, (cost) => `${cost / 10} us`, 1).split('\n')).toEqual([
    '| place | itself | per instance | with what it calls |',
    '| --- | ---: | ---: | ---: |',
    '| pg | 60.0 % | 12 us | 60.0 % |',
  ]);
});

test('what was allocated is summed up the same way', () => {
  const file = join(temporaryFolder('baton-profile-'), 'a.heapprofile');
  const leaf = {
    callFrame: frame('make', `${root}/node_modules/@grpc/grpc-js/build/call.js`),
    selfSize: 64,
    children: [],
  };
  const head = { callFrame: frame('(root)'), selfSize: 0, children: [leaf] };
  writeFileSync(file, JSON.stringify({ head, samples: [] }));
  expect(summaryOf([file]).places.get('@grpc/grpc-js')).toEqual({ self: 64, total: 64 });
});
