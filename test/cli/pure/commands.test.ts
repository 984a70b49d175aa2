// The commands without a server: help, usage, and what is told when there is none.
import { expect, test } from 'vitest';
import { commands } from '../../../src/cli/commands.js';
import { toJson } from '../../../src/cli/json.js';
import { parseKey } from '../../../src/cli/keys.js';
import { baton } from '../support.js';

test('the help lists each command, and goes to stdout', async () => {
  const { code, out, error } = await baton('--help');
  expect({ code, error }).toEqual({ code: 0, error: '' });
  for (const { name } of commands) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
});

test.each(commands.map((command) => [command.name, command] as const))(
  'the help of %s has its options',
  async (name, { options, examples }) => {
    const { code, out } = await baton(name, '--help');
    expect(code).toBe(0);
    for (const { about } of Object.values(options)) expect(out.replace(/\s+/g, ' ')).toContain(about);
    for (const example of examples) expect(out).toContain(`  $ ${example}`);
    expect(out).toContain('--json');
  },
);

test('the help of serve has each setting with its default', async () => {
  const { out } = await baton('serve', '--help');
  expect(out).toContain('[BATON_LISTEN_PORT] (default: 22866)');
  expect(out).toContain('--config <file>');
});

test.each([
  [['fly'], "USAGE: unknown command 'fly'\n"],
  [['start'], "USAGE: missing required argument 'process'\n"],
  [['show', '1', '2'], "USAGE: too many arguments for 'show'. Expected 1 argument but got 2.\n"],
  [['jobs', '--colour', 'red'], "USAGE: unknown option '--colour'\n"],
  [
    ['jobs', '--state', 'gone'],
    "USAGE: option '--state <word>' argument 'gone' is invalid. It is one of CREATED, LOCKED, DONE, CAUSED_RETRY, CAUSED_INCIDENT, CANCELED.\n",
  ],
  [
    ['jobs', '--limit', '0'],
    "USAGE: option '--limit <number>' argument '0' is invalid. It is a whole number from 1 to 100000.\n",
  ],
  [['show', '17'], 'USAGE: instance "17" is not written like 2026-11-21/17: its day, a slash, its id\n'],
  [['start', 'p', '--tag', 'red'], 'USAGE: --tag "red" is not written like name=value\n'],
  [
    ['start', 'p', '--variables', '[1]'],
    'VARIABLES_INVALID: --variables is not a JSON object, such as {"amount": 12}\n',
  ],
  [['start', 'p', '--variables', '@/nowhere'], "FILE_UNREADABLE: ENOENT: no such file or directory, open '/nowhere'\n"],
  [['deploy', '/nowhere'], "FILE_UNREADABLE: ENOENT: no such file or directory, open '/nowhere'\n"],
  [['explain', 'JOB_HELD'], /^REASON_UNKNOWN: there is no reason JOB_HELD\n- near it: JOB_NOT_HELD\n$/],
  [
    ['serve', '--port', 'x', '--lanes', '0'],
    'SETTINGS_INVALID: 2 settings are not usable\n- listenPort (from --port) "x" is not allowed; allowed: a whole number from 0 to 65535\n- lanes (from --lanes) "0" is not allowed; allowed: a whole number from 1 to 64\n',
  ],
] as const)('baton %j is refused', async (args, message) => {
  const { code, out, error } = await baton(...args);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  if (typeof message === 'string') expect(error).toBe(message);
  else expect(error).toMatch(message);
});

test('for programs, a refused command line is JSON', async () => {
  const { code, error } = await baton('jobs', '--limit', 'x', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(error)).toMatchObject({ error: { reason: 'USAGE', message: expect.stringContaining('--limit') } });
});

test('without a server, it says where it looked', async () => {
  const { code, error } = await baton('instances', '--address', '127.0.0.1:1');
  expect({ code, error }).toEqual({
    code: 1,
    error: 'UNAVAILABLE: there is no server at 127.0.0.1:1; `baton serve` starts one\n',
  });
});

test('explain prints the page of a reason, however it is written', async () => {
  const { code, out } = await baton('explain', 'job-not-held');
  expect(code).toBe(0);
  expect(out).toMatch(/^# JOB_NOT_HELD\n/);
});

test('keys are a day and an id', () => {
  expect(parseKey('job', '2026-11-21/17')).toEqual({ partition: '2026-11-21', id: 17 });
  for (const bad of [
    '',
    '17',
    '2026-11-21/',
    '2026-11-21/0',
    '2026-11-21/x',
    '2026-11-21/99999999999999999',
    ' 2026-11-21/17',
  ]) {
    expect(() => parseKey('job', bad)).toThrow(`job "${bad}" is not written like 2026-11-21/17`);
  }
});

test('answers are JSON without prefixes of enums; what users stored is left as it is', () => {
  const job = { partition: '2026-11-21', id: 17, state: 'JOB_STATE_LOCKED', type: 'JOB_TYPE_EXECUTE' };
  const variables = { state: 'JOB_STATE_LOCKED', partition: 'x', id: 1 };
  expect(toJson([{ ...job, variables, headers: variables }])).toEqual([
    { key: '2026-11-21/17', ...job, state: 'LOCKED', type: 'EXECUTE', variables, headers: variables },
  ]);
});
