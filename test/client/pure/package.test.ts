// What the package says about itself.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BatonError, fromStatus, toBatonError } from '../../../clients/typescript/src/errors.js';
import { ErrorReason } from '../../../clients/typescript/src/gen/baton/v1/error_reason.js';
import * as client from '../../../clients/typescript/src/index.js';
import { clientName } from '../../../clients/typescript/src/version.js';
import { serverSettings } from '../../../src/config.js';

const folder = new URL('../../../clients/typescript/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');

test('servers log the version that the package has', () => {
  const { version } = JSON.parse(read('package.json'));
  expect(clientName).toBe(`typescript ${version}`);
});

test('the package offers these names, and no others by accident', () => {
  expect(Object.keys(client).sort()).toEqual([
    'BatonClient',
    'BatonError',
    'BpmnError',
    'BpmnEscalation',
    'JobFailure',
    'JobResult',
    'Pages',
    'Worker',
    'contract',
  ]);
});

test('without an address, a client talks to where a server listens by default', () => {
  const { listenHost, listenPort } = serverSettings;
  expect(new client.BatonClient().connection.addresses).toEqual([`${listenHost.fallback}:${listenPort.fallback}`]);
});

test('the licence is that of the product', () => {
  expect(read('LICENSE')).toBe(readFileSync(new URL('../../LICENSE', folder), 'utf8'));
});

describe('errors', () => {
  test('are made of anything that is thrown', () => {
    const own = new BatonError({ code: 'NOT_FOUND', message: 'x' });
    expect(toBatonError(own)).toBe(own);
    expect(toBatonError(new Error('odd'))).toMatchObject({ code: 'UNKNOWN', message: 'UNKNOWN: odd' });
    expect(toBatonError('text').message).toBe('UNKNOWN: text');
  });

  test('survive details that can not be read, and codes that are not known', () => {
    const details = [{ typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: Buffer.from([0xff, 0xff]) }];
    const error = fromStatus({ code: 99, message: 'strange', details });
    expect(error).toMatchObject({ code: 'UNKNOWN', message: 'UNKNOWN: strange' });
    expect(error.metadata.unreadable).toContain('google.rpc.ErrorInfo');
  });

  test('have reasons without the prefix of the enum', () => {
    const reason: client.Reason = 'JOB_ENDED';
    expect(Object.keys(ErrorReason)).toContain(`ERROR_REASON_${reason}`);
  });
});
