import type * as BrowserEntry from './browser.js';
import { afterEach, describe, expect, it, jest } from '@jest/globals';

class FakeNative {
  static readonly OPEN = 1;
  readonly given: unknown[];

  constructor(...given: unknown[]) {
    this.given = given;
  }
}

async function load(native: unknown): Promise<typeof BrowserEntry> {
  jest.resetModules();
  Reflect.set(globalThis, 'WebSocket', native);
  return import('./browser.js');
}

const before: unknown = Reflect.get(globalThis, 'WebSocket');

afterEach(() => {
  if (before === undefined) Reflect.deleteProperty(globalThis, 'WebSocket');
  else Reflect.set(globalThis, 'WebSocket', before);
});

describe('the entry for browsers', () => {
  it("has the browser's WebSocket as w3cwebsocket, and the version", async () => {
    const { w3cwebsocket: W3CWebSocket, version, default: api } = await load(FakeNative);
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(api).toEqual({ w3cwebsocket: W3CWebSocket, version });
    const ws = new W3CWebSocket!('ws://example', 'chat');
    expect(ws).toBeInstanceOf(FakeNative);
    expect(Reflect.get(W3CWebSocket!, 'OPEN')).toBe(1);
    expect((ws as FakeNative).given).toEqual(['ws://example', 'chat']);
  });

  it('passes on no more than a URL and protocols, and no protocol that is none', async () => {
    const { w3cwebsocket } = await load(FakeNative);
    const W3CWebSocket = w3cwebsocket as unknown as typeof FakeNative;
    expect(new W3CWebSocket('ws://example', null, 'origin', {}).given).toEqual(['ws://example']);
  });

  it('has null where there is no WebSocket', async () => {
    expect((await load(undefined)).w3cwebsocket).toBeNull();
  });
});
