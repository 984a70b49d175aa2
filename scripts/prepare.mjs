// Generates code from the contract and builds the client and the server, each only when its sources changed.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { must, mustNode, root } from './process.mjs';

const client = 'clients/typescript';

/** What `baton serve --ephemeral` begins with. */
const image = 'dist/image';

const settings = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', `${client}/tsconfig.json`];

/** buf works offline: its plugin and google/rpc come from node_modules. */
export async function generate() {
  const folders = ['src/gen', `${client}/src/gen`];
  await whenChanged('src/gen/.stamp', ['proto', 'buf.yaml', 'package-lock.json'], async () => {
    console.error('Generating code from proto ...');
    for (const folder of folders) rmSync(join(root, folder), { recursive: true, force: true });
    await must('buf', ['generate', '--template', 'proto/buf.gen.yaml']);
    await must('buf', ['build', 'proto', '--output', 'src/gen/api.binpb']);
  });
}

export async function build() {
  await generate();
  if (existsSync(join(root, client, 'tsconfig.json'))) {
    await whenChanged(`${client}/dist/.stamp`, [`${client}/src`, ...settings], async () => {
      console.error('Building the client ...');
      await compile(`${client}/tsconfig.json`, `${client}/dist`);
    });
  }
  await whenChanged('dist/.stamp', ['src', `${client}/src`, ...settings], async () => {
    console.error('Building the server ...');
    await compile('tsconfig.build.json', 'dist', copyData);
  });
  const schema = ['src/store/migrations', 'src/store/make-image.ts', 'package-lock.json'];
  await whenChanged(`${image}/.stamp`, schema, async () => {
    console.error('Preparing the database for tests ...');
    await mustNode(['dist/store/make-image.js', `${image}/database.tar.gz`]);
  });
}

/** What is read at run time beside the code: the API's descriptors and the migrations; and the image, which stays as it is. */
function copyData(target) {
  const made = join(root, image);
  if (existsSync(made)) cpSync(made, join(target, 'image'), { recursive: true });
  for (const path of filesOf(join(root, 'src')).filter((file) => /\.(binpb|sql)$/.test(file))) {
    const copy = join(target, relative(join(root, 'src'), path));
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(path, copy);
  }
}

/** Compiles beside the old output and then swaps: a failed build leaves the old one as it was. */
async function compile(project, output, addTo = () => undefined) {
  const fresh = join(root, `${output}.${process.pid}`);
  try {
    await mustNode(['node_modules/typescript/bin/tsc', '--project', project, '--outDir', fresh]);
    addTo(fresh);
    rmSync(join(root, output), { recursive: true, force: true });
    renameSync(fresh, join(root, output));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** A stamp lives in the folder that it vouches for, and goes with it. */
async function whenChanged(stamp, sources, work) {
  const path = join(root, stamp);
  const current = hashOf(sources);
  if (existsSync(path) && readFileSync(path, 'utf8') === current) return;
  await work();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, current);
}

function hashOf(sources) {
  const hash = createHash('sha256');
  for (const path of sources.flatMap((source) => filesOf(join(root, source)))) {
    hash
      .update(`${relative(root, path)}\0`)
      .update(readFileSync(path))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesOf(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return path.endsWith('.stamp') ? [] : [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name)));
}
