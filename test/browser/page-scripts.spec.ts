// The connections of the samples' pages in moments that no page can be brought into at will: each script
// runs here, with a WebSocket and a fetch that do what the test says.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

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

const unreadable = () => ({ arrayBuffer: () => Promise.reject(new Error('it has changed')) });

describe('the page of 06-binary', () => {
  type File = { name: string; size: number; slice(): { arrayBuffer(): Promise<ArrayBuffer> } };

  /** In an object, for a promise that is returned would be waited for. */
  async function started(
    file: Partial<File>,
    signal: AbortSignal,
  ): Promise<{ sending: Promise<unknown> }> {
    const { Uploader } = await script<{
      Uploader: new (on: object) => {
        send(file: Partial<File>, progress: () => void, signal: AbortSignal): Promise<unknown>;
      };
    }>('06-binary/public/uploader.js');
    const uploader = new Uploader({ state() {}, limits() {}, received() {} });
    FakeSocket.last.open();
    FakeSocket.last.say({ event: 'limits', data: { maxFile: 100, chunkSize: 10 } });
    return { sending: uploader.send(file, () => {}, signal) };
  }

  it('stops a file that was given up before the server had an id for it', async () => {
    const giveUp = new AbortController();
    const { sending } = await started({ name: 'a', size: 20 }, giveUp.signal);
    giveUp.abort();
    FakeSocket.last.say({ event: 'start', data: { upload: 7 }, id: 1 });
    await expect(sending).rejects.toThrow('Stopped');
    expect(FakeSocket.last.sent.at(-1)).toEqual({ event: 'stop', data: { upload: 7 } });
  });

  it('tells the server of a file that cannot be read to its end', async () => {
    const { sending } = await started(
      { name: 'a', size: 20, slice: unreadable },
      new AbortController().signal,
    );
    FakeSocket.last.say({ event: 'start', data: { upload: 7 }, id: 1 });
    await expect(sending).rejects.toThrow('it has changed');
    await settled();
    expect(FakeSocket.last.sent.slice(1)).toEqual([{ event: 'stop', data: { upload: 7 } }]);
  });
});
