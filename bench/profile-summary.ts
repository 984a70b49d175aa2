/** What a profile of V8 says, by place: the own source file, the package, or the part of Node. */
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = pathToFileURL(fileURLToPath(new URL('..', import.meta.url))).href;

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** A node of either kind of profile, with what it cost itself: microseconds, or bytes. */
interface Node {
  readonly frame: CallFrame;
  readonly self: number;
  readonly children: readonly Node[];
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface HeapNode {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

export interface Cost {
  readonly self: number;
  /** With all that it called; 0 where nobody asks. */
  readonly total: number;
}

export interface Summary {
  /** All but waiting. */
  readonly total: number;
  readonly areas: ReadonlyMap<string, Cost>;
  readonly places: ReadonlyMap<string, Cost>;
  readonly functions: ReadonlyMap<string, Cost>;
}

/** Waiting, and the profiler's own beginning and end. */
const NOT_WORK: ReadonlySet<string> = new Set(['(idle)', '(profiler)']);

/** Of all threads together. */
export function summaryOf(files: readonly string[]): Summary {
  const areas = new Map<string, Cost>();
  const places = new Map<string, Cost>();
  const functions = new Map<string, Cost>();
  let total = 0;
  const visit = (node: Node, above: readonly ReadonlySet<string>[]): void => {
    const place = placeOf(node.frame);
    if (NOT_WORK.has(place)) return;
    total += node.self;
    const names = [
      areaOf(place),
      place,
      `${node.frame.functionName || '(anonymous)'} ${place}:${node.frame.lineNumber + 1}`,
    ];
    const within = [areas, places, functions].map((costs, index) => {
      const name = names[index] ?? '';
      add(costs, name, { self: node.self, total: 0 });
      const path = above[index] ?? new Set<string>();
      return path.has(name) ? path : new Set([...path, name]);
    });
    for (const [index, costs] of [areas, places, functions].entries()) {
      for (const name of within[index] ?? []) add(costs, name, { self: 0, total: node.self });
    }
    for (const child of node.children) visit(child, within);
  };
  for (const file of files) visit(read(file), []);
  return { total, areas, places, functions };
}

/** The most expensive ones, as a table. */
export function tableOf(
  costs: ReadonlyMap<string, Cost>,
  total: number,
  per: (cost: number) => string,
  most: number,
): string {
  const share = (cost: number) => `${((100 * cost) / total).toFixed(1)} %`;
  const rows = [...costs]
    .sort(([, one], [, other]) => other.self - one.self)
    .slice(0, most)
    .filter(([, { self }]) => self > 0)
    .map(([name, { self, total: all }]) => `| ${name} | ${share(self)} | ${per(self)} | ${share(all)} |`);
  return ['| place | itself | per instance | with what it calls |', '| --- | ---: | ---: | ---: |', ...rows].join('\n');
}

function add(costs: Map<string, Cost>, name: string, { self, total }: Cost): void {
  const before = costs.get(name) ?? { self: 0, total: 0 };
  costs.set(name, { self: before.self + self, total: before.total + total });
}

function read(file: string): Node {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile | { readonly head: HeapNode };
  return 'head' in profile ? heapNode(profile.head) : cpuTree(profile);
}

function heapNode({ callFrame, selfSize, children }: HeapNode): Node {
  return { frame: callFrame, self: selfSize, children: children.map(heapNode) };
}

function cpuTree({ nodes, samples, timeDeltas }: CpuProfile): Node {
  const self = new Map<number, number>();
  for (const [index, id] of samples.entries()) self.set(id, (self.get(id) ?? 0) + Math.max(0, timeDeltas[index] ?? 0));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const build = (id: number): Node => {
    const node = byId.get(id);
    if (node === undefined) throw new Error(`the profile has no node ${id}`);
    return { frame: node.callFrame, self: self.get(id) ?? 0, children: (node.children ?? []).map(build) };
  };
  return build(nodes[0]?.id ?? 1);
}

/** `src/engine/lane.ts`, `@grpc/grpc-js`, `node:http2`, `(garbage collector)`. */
function placeOf({ url, functionName }: CallFrame): string {
  if (url === '' && functionName === 'dispatch') return '(profiler)';
  if (url === '') return functionName.startsWith('(') ? functionName : '(built in)';
  const inPackages = url.split('/node_modules/').at(-1);
  if (url.includes('/node_modules/') && inPackages !== undefined) {
    return inPackages
      .split('/')
      .slice(0, inPackages.startsWith('@') ? 2 : 1)
      .join('/');
  }
  if (!url.startsWith(root)) return url.replace(/^node:internal\//, 'node:');
  return url
    .slice(root.length)
    .replace(/^dist\//, 'src/')
    .replace(/\.js$/, '.ts');
}

/** `src/engine`, packages, and Node as a whole. */
function areaOf(place: string): string {
  if (place.startsWith('node:')) return 'node';
  return place.startsWith('src/') ? place.split('/').slice(0, 2).join('/') : place;
}
