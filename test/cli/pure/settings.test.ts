// Settings: where they come from, and what is told when they are wrong.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { settingsPage } from '../../../src/cli/settings-page.js';
import {
  describeProblem,
  flagOf,
  readClientSettings,
  readServerSettings,
  type Sources,
  serverSettings,
  variableOf,
} from '../../../src/config.js';
import { removeFolder, temporaryFolder } from '../../support/temporary-folder.js';

const folder = temporaryFolder('baton-settings-');

afterAll(() => removeFolder(folder));

function file(content: unknown, name = 'settings.json'): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function read(sources: Partial<Sources>) {
  return readServerSettings({ flags: {}, environment: {}, ...sources });
}

function settingsOf(sources: Partial<Sources>) {
  const reading = read(sources);
  if ('problems' in reading) throw new Error(reading.problems.map(describeProblem).join('\n'));
  return reading.settings;
}

function problemsOf(sources: Partial<Sources>): readonly string[] {
  const reading = read(sources);
  return 'problems' in reading ? reading.problems.map(describeProblem) : [];
}

describe('where a value comes from', () => {
  test('without anything, the defaults hold, and the data is kept in the embedded database', () => {
    expect(settingsOf({})).toEqual({
      databaseUrl: undefined,
      dataFolder: './baton-data',
      ephemeral: false,
      allowSetTime: false,
      listenHost: '127.0.0.1',
      listenPort: 22_866,
      lanes: 2,
      heartbeatInterval: 10_000,
      resumeWindow: 10_000,
      deadTime: 15_000,
      drainTimeout: 10_000,
      migrations: 'run',
      serverId: expect.stringMatching(/^.+-\d+-[0-9a-f]{6}$/),
      logLevel: 'info',
      logFormat: 'auto',
    });
  });

  test('a flag wins over a variable, a variable over the file, the file over the default', () => {
    const config = file({ lanes: 5, listenPort: 5, drainTimeout: '5s', logLevel: 'warn' });
    const environment = { BATON_CONFIG: config, BATON_LANES: '4', BATON_LISTEN_PORT: '4' };
    const { lanes, listenPort, drainTimeout, logLevel } = settingsOf({ flags: { lanes: '3' }, environment });
    expect({ lanes, listenPort, drainTimeout, logLevel }).toEqual({
      lanes: 3,
      listenPort: 4,
      drainTimeout: 5_000,
      logLevel: 'warn',
    });
  });

  test('the file that a flag names wins over the one that a variable names', () => {
    const flags = { config: file({ lanes: 7 }, 'flag.json') };
    expect(settingsOf({ flags, environment: { BATON_CONFIG: file({ lanes: 8 }) } }).lanes).toBe(7);
  });

  test('an empty variable is one that is not set', () => {
    expect(settingsOf({ environment: { BATON_DATABASE_URL: '', BATON_LANES: '' } }).lanes).toBe(2);
  });

  test('variables that Kubernetes sets for a service called baton change nothing, and are told', () => {
    const environment = { BATON_PORT: 'tcp://10.0.0.1:22866', BATON_SERVICE_HOST: '10.0.0.1', OTHER: '1' };
    const reading = read({ environment });
    expect(reading).toMatchObject({
      settings: { listenPort: 22_866 },
      unknownVariables: ['BATON_PORT', 'BATON_SERVICE_HOST'],
    });
  });

  test('durations have units', () => {
    const flags = { heartbeatInterval: '250ms', resumeWindow: '2m', deadTime: '1h', drainTimeout: '0s' };
    expect(settingsOf({ flags })).toMatchObject({
      heartbeatInterval: 250,
      resumeWindow: 120_000,
      deadTime: 3_600_000,
      drainTimeout: 0,
    });
  });

  test('each setting has a flag and a variable of its own', () => {
    const names = Object.entries(serverSettings).flatMap(([name, setting]) => [
      flagOf(name, setting),
      variableOf(name),
    ]);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('--dead-time');
    expect(names).toContain('BATON_DEAD_TIME');
  });
});

describe('what is wrong', () => {
  const duration = 'a number with a unit (ms, s, m, h)';

  test.each<[string, Partial<Sources>, string]>([
    [
      'a URL of another database',
      { flags: { databaseUrl: 'mysql://root:secret@db/x' } },
      'databaseUrl (from --database-url) the value (not shown: it can hold a password) is not allowed; allowed: a URL that starts with postgres:// or postgresql://',
    ],
    [
      'a port that is no number',
      { environment: { BATON_LISTEN_PORT: 'tcp' } },
      'listenPort (from BATON_LISTEN_PORT) "tcp" is not allowed; allowed: a whole number from 0 to 65535',
    ],
    [
      'a port beyond the last',
      { flags: { listenPort: '65536' } },
      'listenPort (from --port) "65536" is not allowed; allowed: a whole number from 0 to 65535',
    ],
    [
      'a host with a scheme',
      { flags: { listenHost: 'http://localhost' } },
      'listenHost (from --host) "http://localhost" is not allowed; allowed: a host name or an IP address',
    ],
    [
      'no lanes',
      { flags: { lanes: '0' } },
      'lanes (from --lanes) "0" is not allowed; allowed: a whole number from 1 to 64',
    ],
    [
      'half a lane',
      { flags: { lanes: '1.5' } },
      'lanes (from --lanes) "1.5" is not allowed; allowed: a whole number from 1 to 64',
    ],
    [
      'a duration without a unit',
      { flags: { heartbeatInterval: '10' } },
      `heartbeatInterval (from --heartbeat-interval) "10" is not allowed; allowed: ${duration}, from 100ms to 5m`,
    ],
    [
      'a duration that is too long',
      { flags: { drainTimeout: '61m' } },
      `drainTimeout (from --drain-timeout) "61m" is not allowed; allowed: ${duration}, from 0s to 1h`,
    ],
    [
      'a dead time below the resume window',
      { flags: { deadTime: '5s' } },
      'deadTime (from --dead-time) "5s" is less than resumeWindow, "10s"; allowed: at least that',
    ],
    [
      'a resume window above the dead time that nobody set',
      { flags: { resumeWindow: '1m' } },
      'deadTime (from the default) "15s" is less than resumeWindow, "1m"; allowed: at least that',
    ],
    [
      'a log level that there is not',
      { environment: { BATON_LOG_LEVEL: 'loud' } },
      'logLevel (from BATON_LOG_LEVEL) "loud" is not allowed; allowed: one of debug, info, warn, error, silent',
    ],
    [
      'an id with a space',
      { flags: { serverId: 'a b' } },
      'serverId (from --server-id) "a b" is not allowed; allowed: 1 to 100 letters, digits and . _ : -',
    ],
    [
      'two databases',
      { flags: { dataFolder: 'x' }, environment: { BATON_DATABASE_URL: 'postgres://localhost/x' } },
      'dataFolder (from --data-folder) is given beside databaseUrl; allowed: one of the two',
    ],
    [
      'a database in memory that is kept somewhere',
      { flags: { dataFolder: 'x', ephemeral: 'true' } },
      'dataFolder (from --data-folder) is given beside ephemeral; allowed: one of the two',
    ],
    [
      'a switch with another word',
      { environment: { BATON_ALLOW_SET_TIME: 'yes' } },
      'allowSetTime (from BATON_ALLOW_SET_TIME) "yes" is not allowed; allowed: true or false',
    ],
    [
      'a file that is not there',
      { flags: { config: '/nowhere/baton.json' } },
      `config (from --config) "/nowhere/baton.json" can not be read (ENOENT: no such file or directory, open '/nowhere/baton.json'); allowed: a JSON file of settings`,
    ],
  ])('%s', (_, sources, problem) => {
    expect(problemsOf(sources)).toEqual([problem]);
  });

  test('a file that is no object', () => {
    const config = file([1], 'list.json');
    const problem = `config (from BATON_CONFIG) ${config} does not hold what is allowed: one JSON object`;
    expect(problemsOf({ environment: { BATON_CONFIG: config } })).toEqual([problem]);
  });

  test('a file that is no JSON', () => {
    const [problem = ''] = problemsOf({ flags: { config: file('lanes: 3', 'broken.json') } });
    expect(problem).toMatch(
      /^config \(from --config\) ".*broken\.json" can not be read \(.*\); allowed: a JSON file of settings$/,
    );
  });

  test('names in a file that are no settings, also those that every object has', () => {
    const config = file({ lanez: 3, constructor: 1 }, 'unknown.json');
    const problems = problemsOf({ flags: { config } });
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(`lanez (from ${config}) is no setting; allowed: databaseUrl, dataFolder, ephemeral,`);
    expect(problems[1]).toMatch(`constructor (from ${config}) is no setting;`);
  });

  test('a value in a file has the type that it should have', () => {
    const config = file({ lanes: true, deadTime: 15, logLevel: null }, 'types.json');
    expect(problemsOf({ flags: { config } })).toEqual([
      `lanes (from ${config}) true is not allowed; allowed: a whole number from 1 to 64`,
      `deadTime (from ${config}) 15 is not allowed; allowed: ${duration}, from 1s to 1h`,
      `logLevel (from ${config}) null is not allowed; allowed: one of debug, info, warn, error, silent`,
    ]);
  });

  test('all of it is told at once', () => {
    const flags = { listenPort: 'x', lanes: '99', deadTime: '5s', config: file({ color: 'red' }, 'many.json') };
    const settings = problemsOf({ flags, environment: { BATON_LOG_FORMAT: 'xml' } }).map((line) => line.split(' ')[0]);
    expect(settings).toEqual(['color', 'listenPort', 'lanes', 'logFormat', 'deadTime']);
  });

  test('settings of the other commands are checked in the same way', () => {
    const reading = readClientSettings({ flags: { address: 'http://x:1' }, environment: { BATON_TENANT: 'a b' } });
    expect('problems' in reading && reading.problems.map(describeProblem)).toEqual([
      'address (from --address) "http://x:1" is not allowed; allowed: host:port',
      'tenant (from BATON_TENANT) "a b" is not allowed; allowed: up to 60 letters, digits and . _ -',
    ]);
  });
});

test('docs/settings.md is what `baton settings` prints', () => {
  expect(readFileSync('docs/settings.md', 'utf8')).toBe(settingsPage());
});
