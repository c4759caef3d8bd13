import { channel } from 'node:diagnostics_channel';
import { expect, it, jest } from '@jest/globals';
import { onDiagnostics } from './on-diagnostics.js';

const drained = channel('nestwire:hub:drain');

it('hears what is told until it stops', () => {
  const seen: unknown[] = [];
  const stop = onDiagnostics('nestwire:hub:drain', ({ stage }) => seen.push(stage));
  drained.publish({ stage: 'waiting' });
  stop();
  drained.publish({ stage: 'closed' });
  expect(seen).toEqual(['waiting']);
  expect(drained.hasSubscribers).toBe(false);
});

it('turns what a listener throws into one process warning', () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  let calls = 0;
  const stop = onDiagnostics('nestwire:hub:drain', () => {
    calls++;
    throw new Error('of the listener');
  });
  drained.publish({});
  drained.publish({});
  stop();
  expect(warn.mock.calls).toEqual([
    [
      'A listener of the channel nestwire:hub:drain has thrown',
      { code: 'NESTWIRE_LISTENER_FAILED', detail: expect.stringContaining('of the listener') },
    ],
  ]);
  warn.mockRestore();
  expect(calls).toBe(2);
});
