import { expect, test, vi } from 'vitest';
import { newRequestId } from '../../../clients/typescript/src/request-id.js';

test('request ids are UUIDs of version 7, in the order of their times', () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
  try {
    const ids = Array.from({ length: 50 }, () => {
      vi.advanceTimersByTime(1);
      return newRequestId();
    });
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect([...ids].sort()).toEqual(ids);
  } finally {
    vi.useRealTimers();
  }
});
