// The rules of the house that a compiler does not know. Each failure says where, and which invariant would die.
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { findCycles, type Import, importsOf, readSources, type Source, visit } from './support/sources.js';

const sources = readSources(['src'], ['.ts']);
const client = readSources(['clients/typescript/src'], ['.ts']);
const tests = readSources(['test'], ['.ts', '.mjs']);
const tools = readSources(['bench', 'scripts', 'examples'], ['.ts', '.mjs']);
const everything = readSources(
  ['.'],
  ['.ts', '.mjs', '.json', '.md', '.proto', '.sql', '.yaml', '.bpmn', '.txt', '.sh'],
);
const imports = sources.flatMap(importsOf);

const self = 'test/house.test.ts';

const invariants: Readonly<Record<string, string>> = {
  I1: 'nothing leaves before the commit',
  I2: 'the core decides without waiting; same state, command and facts give the same changes',
  I3: 'a tree is changed by one transaction at a time',
  I4: 'a commit group has the same outcome as its commands one by one',
  I5: 'a job is held by at most one worker at a time',
  I6: 'a refusal is a value with a reason, turned into a status at one door',
  I7: 'what was acknowledged is durable, and is seen by the next read on any server',
  I8: 'every queue has a size and every number a unit',
  I9: 'what the engine can not execute, it refuses at deployment',
  I10: 'a message has one receiver, and a send and a subscribe that race always find each other',
  I11: 'causes are kept from the first row on',
  I12: 'an idle server costs nearly nothing',
  I13: 'correctness does not depend on being alone, on notifications or on clocks',
  I14: 'every memory of a server is rebuilt from the database',
};

/** Who may import whom, by the start of the path below src. What is not listed is the root: server.ts knows all. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  model: [],
  core: ['model/'],
  engine: ['core/', 'model/'],
  store: ['engine/ports/', 'engine/reader.', 'core/', 'model/'],
  grpc: ['engine/face.', 'engine/ports/', 'engine/reader.', 'core/', 'gen/'],
  cli: ['server.', 'config.', 'model/read-model.'],
  'config.ts': [],
  'main.ts': ['cli/', 'server.', 'config.'],
  'server.ts': ['model/', 'core/', 'engine/', 'store/', 'grpc/', 'gen/', 'config.'],
};

/** Packages that one place alone may know; the server composes. */
const onlyIn: Readonly<Record<string, readonly string[]>> = {
  pg: ['store'],
  knex: ['store'],
  '@electric-sql/pglite': ['store'],
  '@grpc/grpc-js': ['grpc', 'server.ts'],
  '@grpc/reflection': ['grpc', 'server.ts'],
  'grpc-health-check': ['grpc', 'server.ts'],
  sax: ['model'],
  feelin: ['model'],
  re2js: ['model'],
  commander: ['cli'],
  '@clack/prompts': ['cli'],
  '@baton/client': ['cli'],
};

/** The place of a file: its folder below src, or its own name. */
const placeOf = (path: string) => path.split('/')[1] ?? path;

test('there is something to check', () => {
  expect(sources.length).toBeGreaterThan(10);
  expect(tests.length).toBeGreaterThan(3);
});

describe('who may import whom', () => {
  const wrong = ({ from, to, own }: Import) => {
    const place = placeOf(from);
    const inside = to.slice('src/'.length);
    if (own) return placeOf(to) !== place && !(mayImport[place] ?? []).some((start) => inside.startsWith(start));
    const name = to.startsWith('@') ? to.split('/').slice(0, 2).join('/') : to.split('/')[0];
    return !(onlyIn[name ?? ''] ?? [place]).includes(place);
  };

  test('each ring imports only what it may', () => {
    expect(imports.filter(wrong).map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  test('the core imports no package, and the model none that does I/O', () => {
    const outside = imports.filter(({ own, from, to }) => {
      const place = placeOf(from);
      return !own && (place === 'core' || (place === 'model' && to.startsWith('node:') && to !== 'node:vm'));
    });
    expect(outside.map(({ from, to }) => `${from} imports ${to}: I2 would die: ${invariants.I2}`)).toEqual([]);
  });

  test('there are no cycles', () => {
    expect(findCycles([...imports, ...client.flatMap(importsOf)])).toEqual([]);
  });
});

describe('the core and the model', () => {
  const waits = new Set([ts.SyntaxKind.AsyncKeyword, ts.SyntaxKind.AwaitExpression]);
  const names = new Set([
    'Promise',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'queueMicrotask',
    'performance',
    'crypto',
  ]);
  const members =
    /^(Date\.now|Math\.random|globalThis\..*|process\.(env|argv|exit|on|nextTick|hrtime|memoryUsage|uptime))$/;

  function forbidden(node: ts.Node): string | undefined {
    if (waits.has(node.kind)) return ts.SyntaxKind[node.kind];
    if (ts.isIdentifier(node) && names.has(node.text) && !isMember(node)) return node.text;
    if (ts.isPropertyAccessExpression(node) && members.test(node.getText())) return node.getText();
    if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length)
      return 'new Date()';
    return undefined;
  }

  const isMember = (node: ts.Identifier) => ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;

  test('never wait, and know no clock, no randomness and no process', () => {
    const found: string[] = [];
    for (const source of sources.filter(({ path }) => ['core', 'model'].includes(placeOf(path)))) {
      visit(source, (node, line) => {
        const what = forbidden(node);
        if (what) found.push(`${source.path}:${line} uses ${what}: I2 would die: ${invariants.I2}`);
      });
    }
    expect(found).toEqual([]);
  });
});

describe('files', () => {
  test('have at most 400 lines', () => {
    const long = [...sources, ...client].map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
    expect(long.filter(({ lines }) => lines > 400).map(({ path, lines }) => `${path} has ${lines} lines`)).toEqual([]);
  });

  test('open with a comment that says what they own', () => {
    const silent = [...sources, ...client, ...tools].filter(({ text }) => !/^(#!.*\n)?\s*(\/\/|\/\*)/.test(text));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  test('have named exports only', () => {
    const found: string[] = [];
    for (const source of [...sources, ...client, ...tests, ...tools]) {
      visit(source, (node, line) => {
        const named = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined;
        const isDefault = named?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
        if (ts.isExportAssignment(node) || isDefault) found.push(`${source.path}:${line}`);
      });
    }
    expect(found).toEqual([]);
  });

  test('only config.ts reads the environment, and only the command line prints', () => {
    const allowed = new Map([
      ['process.env', ['config.ts']],
      ['console', ['cli', 'main.ts']],
    ]);
    const found: string[] = [];
    for (const source of [...sources, ...client]) {
      visit(source, (node, line) => {
        const name = ts.isPropertyAccessExpression(node) ? node.getText() : ts.isIdentifier(node) ? node.text : '';
        const places = allowed.get(name);
        if (places && !places.includes(placeOf(source.path))) found.push(`${source.path}:${line} uses ${name}`);
      });
    }
    expect(found).toEqual([]);
  });

  test('leave nothing for later and switch no check off', () => {
    expect(mentions(/\b(TODO|FIXME|XXX)\b|@ts-(ignore|nocheck)/)).toEqual([]);
  });

  test('speak of the product only', () => {
    expect(mentions(/\b(AI|LLM|Claude|Copilot|ChatGPT|subagent|helper session)\b|\/work\/|\/tmp\/brief/)).toEqual([]);
  });

  function mentions(pattern: RegExp): string[] {
    return everything.filter(({ path }) => path !== self).flatMap((source) => linesWith(source, pattern));
  }

  function linesWith({ path, text }: Source, pattern: RegExp): string[] {
    return text
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : []));
  }
});

describe('invariants', () => {
  const texts = [...sources, ...tests.filter(({ path }) => path !== self)].map(({ text }) => text);

  test.each(Object.entries(invariants))('%s is named where it is kept or proved: %s', (name, meaning) => {
    const named = texts.some((text) => new RegExp(`\\b${name}\\b`).test(text));
    expect(named, `no source and no test names ${name}: nobody would notice it die: ${meaning}`).toBe(true);
  });
});
