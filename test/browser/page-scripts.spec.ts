// The connections of the samples' pages in moments that no page can be brought into at will: each script
// runs here, with a WebSocket and a fetch that do what the test says.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../e2e/support/deferred.js';

interface Sent {
  event: string;
  data?: unknown;
  id?: number;
}

/** What the page holds of a socket; the test is the server. */
class FakeSocket extends EventTarget {
  static readonly OPEN = 1;
  static made: FakeSocket[] = [];
  readyState = 0;
  readonly sent: (Sent | Uint8Array)[] = [];

  constructor(readonly url: URL) {
    super();
    FakeSocket.made.push(this);
  }
  static get last(): FakeSocket {
    return FakeSocket.made.at(-1)!;
  }
  send(message: string | Uint8Array): void {
    this.sent.push(typeof message === 'string' ? (JSON.parse(message) as Sent) : message);
  }
  close(): void {
    this.readyState = 3;
  }
  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }
  lose(): void {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event('close'), { code: 1006, reason: '' }));
  }
  say(message: object): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data: JSON.stringify(message) }));
  }
}

const page = globalThis as unknown as Record<string, unknown>;
const before = {
  WebSocket: page['WebSocket'],
  fetch: page['fetch'],
  setTimeout: page['setTimeout'],
};
let timers: number;

beforeEach(() => {
  FakeSocket.made = [];
  timers = 0;
  page['WebSocket'] = FakeSocket;
  page['document'] = { baseURI: 'http://localhost/' };
  page['setTimeout'] = () => ++timers;
});

afterEach(() => {
  Object.assign(page, before);
  delete page['document'];
});

async function script<T>(path: string): Promise<T> {
  return (await import(`../../sample/${path}`)) as T;
}

/** Lets the script take what its promises have given. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('the page of 02-chat', () => {
  it('keeps a connection made while it was asking why the one before was refused', async () => {
    const { RoomConnection } = await script<{
      RoomConnection: new (room: string, name: string, on: object) => { connect(): void };
    }>('02-chat/public/room-connection.js');
    const why = deferred<object>();
    page['fetch'] = () => why.promise;
    const states: string[] = [];
    const connection = new RoomConnection('lobby', 'Ada', {
      state: (state: string) => states.push(state),
    });
    connection.connect();
    FakeSocket.last.lose();
    connection.connect();
    FakeSocket.last.open();
    // The name is taken: by the connection that has just been opened.
    why.resolve({ status: 409, json: async () => ({ message: 'taken' }) });
    await settled();
    expect(states).toEqual(['connecting', 'connecting', 'open']);
    expect(FakeSocket.last.readyState).toBe(FakeSocket.OPEN);
  });
});

describe('the page of 03-auth', () => {
  it('stays signed out when it was fetching a token at that moment', async () => {
    const { Session } = await script<{
      Session: new (token: string, on: object) => { end(): void };
    }>('03-auth/public/session.js');
    const answer = deferred<object>();
    page['fetch'] = () => answer.promise;
    const session = new Session('token', { state() {}, end() {} });
    FakeSocket.last.lose();
    session.end();
    answer.resolve({ ok: true, json: async () => ({ token: 'another' }) });
    await settled();
    expect(timers).toBe(0);
    expect(FakeSocket.made).toHaveLength(1);
  });
});
