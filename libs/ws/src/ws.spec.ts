import { once } from 'node:events';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import * as api from './index.js';

const require = createRequire(import.meta.url);
const original = require('ws') as typeof api.WebSocket;

/** Enumerable, configurable, accessor, with a setter: what `for ... in` and mocks depend on. */
function shapesOf(of: object): Record<string, readonly boolean[]> {
  return Object.fromEntries(
    Object.entries(Object.getOwnPropertyDescriptors(of)).map(([name, descriptor]) => [
      name,
      [
        descriptor.enumerable === true,
        descriptor.configurable === true,
        'get' in descriptor,
        descriptor.set !== undefined,
      ],
    ]),
  );
}

describe('nestwire/ws', () => {
  it('hangs on its class what ws hangs there', () => {
    expect(Object.keys(api.WebSocket).toSorted()).toEqual(Object.keys(original).toSorted());
    expect(api.WebSocket.WebSocket).toBe(api.WebSocket);
    expect(api.WebSocket.Server).toBe(api.WebSocketServer);
    expect(api.default).toBe(api.WebSocket);
  });

  it('exports the names of its ES module', async () => {
    const names = Object.keys(await import('ws'));
    expect(Object.keys(api)).toEqual(expect.arrayContaining(names));
    expect(names.length).toBeGreaterThan(8);
  });

  it('has every public member in the same shape', () => {
    const ours = shapesOf(api.WebSocket.prototype);
    // Private in ws, and ours to leave out.
    const { emitClose: _private, ...theirs } = shapesOf(original.prototype);
    expect(ours).toMatchObject(theirs);
    for (const name of ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED']) {
      expect(Object.getOwnPropertyDescriptor(api.WebSocket, name)).toEqual(
        Object.getOwnPropertyDescriptor(original, name),
      );
    }
  });

  it('shows its attributes to for ... in', () => {
    const names: string[] = [];
    for (const name in new api.WebSocket(null)) names.push(name);
    expect(names).toEqual(
      expect.arrayContaining([
        'OPEN',
        'binaryType',
        'bufferedAmount',
        'onmessage',
        'readyState',
        'url',
      ]),
    );
  });

  it('names its errors as ws does', async () => {
    const ws = new api.WebSocket('ws://127.0.0.1:1');
    expect(() => ws.send('x')).toThrow(/^WebSocket is not open: readyState 0 \(CONNECTING\)$/);
    try {
      ws.ping();
    } catch (error) {
      expect(String(error)).toBe('Error: WebSocket is not open: readyState 0 (CONNECTING)');
    }
    ws.terminate();
    const [error] = (await once(ws, 'error').catch((thrown: unknown) => [thrown])) as [Error];
    expect(String(error)).toBe('Error: WebSocket was closed before the connection was established');
    expect(() => new api.WebSocketServer({})).toThrow(
      expect.objectContaining({ name: 'TypeError' }),
    );
  });
});
