// nestwire/client where it lives: in a page and in a dedicated worker of Chromium, against a real gateway. Each
// function that is given to `run` runs over there, where the module has left itself in `nestwire`.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Header, UnauthorizedException } from '@nestjs/common';
import {
  CanJoin,
  ConnectedSocket,
  Connection,
  ConnectionRegistry,
  History,
  MessageBody,
  OnMessage,
  VerifyClient,
  WsGateway,
  tokenFromProtocol,
  type HandshakeSnapshot,
  type RoomGrant,
} from 'nestwire';
import type { Browser, Page } from 'playwright-core';
import { closeApps, startApp, type TestApp } from '../e2e/support/app.js';
import { launchChromium } from '../support/chromium.js';
import { bundleForBrowser } from '../support/client-bundle.js';

/** Over there. */
declare const nestwire: typeof import('nestwire/client') & typeof import('nestwire/client/msgpack');

/** Installing a browser, when there is none, takes minutes. */
const INSTALL_TIMEOUT = 300_000;

let script: string;

@Controller()
class PageController {
  @Get()
  @Header('content-type', 'text/html')
  page(): string {
    return '<!doctype html><title>client</title><script type="module" src="client.js"></script>';
  }

  @Get('client.js')
  @Header('content-type', 'text/javascript')
  script(): string {
    return script;
  }
}

@WsGateway('/board')
class BoardGateway {
  released = 0;

  constructor(readonly history: History) {}

  @CanJoin()
  mayJoin(): RoomGrant {
    return {};
  }

  @OnMessage('add')
  add(@MessageBody() [a, b]: [number, number]): number {
    return a + b;
  }

  @OnMessage('echo')
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }

  @OnMessage('say')
  async say(@MessageBody() text: string): Promise<void> {
    await this.history.publish('lobby', 'said', text);
  }

  /** Ends the connection without a word, and goes on talking. */
  @OnMessage('cut')
  async cut(
    @ConnectedSocket() connection: Connection,
    @MessageBody() texts: string[],
  ): Promise<void> {
    connection.terminate();
    await connection.closed;
    for (const text of texts) await this.say(text);
  }

  @OnMessage('ticks')
  async *ticks(@MessageBody('from') from: number): AsyncGenerator<number> {
    try {
      for (let tick = from; ; tick += 1) yield tick;
    } finally {
      this.released += 1;
    }
  }

  @OnMessage('released')
  howMany(): number {
    return this.released;
  }
}

/** Those who know a token; the first is good for a few seconds only. */
@WsGateway('/members')
class MembersGateway {
  @VerifyClient()
  verify(handshake: HandshakeSnapshot): object {
    const token = tokenFromProtocol()(handshake);
    if (token !== 'first' && token !== 'second') throw new UnauthorizedException('Who are you?');
    return { id: 'ada', token, exp: Date.now() / 1_000 + (token === 'first' ? 20 : 3_600) };
  }

  @OnMessage('token')
  token({ user }: Connection): unknown {
    return (user as { token: string }).token;
  }
}

@WsGateway('/closed')
class ClosedGateway {
  @VerifyClient()
  verify(): boolean {
    return false;
  }
}

let browser: Browser | undefined;
let testApp: TestApp;
let page: Page;
let faults: string[] = [];

beforeAll(async () => {
  script = await bundleForBrowser(`
    import * as client from 'nestwire/client';
    import { msgpack } from 'nestwire/client/msgpack';
    Object.assign(globalThis, { nestwire: { ...client, msgpack } });
    if (!('document' in globalThis)) postMessage('ready');
  `);
  browser = await launchChromium();
}, INSTALL_TIMEOUT);

afterAll(async () => {
  await browser?.close();
});

beforeEach(async () => {
  faults = [];
  testApp = await startApp({
    controllers: [PageController],
    providers: [BoardGateway, MembersGateway, ClosedGateway],
    options: { history: { maxMessages: 100 } },
  });
  if (browser === undefined) throw new Error('There is no browser');
  page = await browser.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(`http://127.0.0.1:${testApp.port}/`);
});

afterEach(async () => {
  await page.close();
  await closeApps();
  expect(faults).toEqual([]);
});

type Run = <Arg, Result>(run: (arg: Arg) => Promise<Result>, arg: Arg) => Promise<Result>;

const inPage: Run = (run, arg) => page.evaluate(run as never, arg) as Promise<never>;

const inWorker: Run = async (run, arg) => {
  const made = page.waitForEvent('worker');
  // As text: what types a page has is not known here.
  await page.evaluate(`new Promise((resolve, reject) => {
    const worker = new Worker('client.js', { type: 'module' });
    worker.onmessage = resolve;
    worker.onerror = ({ message }) => reject(new Error(message));
  })`);
  return (await made).evaluate(run as never, arg) as Promise<never>;
};

describe.each([
  ['a page', inPage],
  ['a dedicated worker', inWorker],
])('the client in %s', (_, run) => {
  it('connects to an address of the page, calls and is closed', async () => {
    const told = await run(async () => {
      const client = nestwire.connect('/board');
      const states = [client.state.name as string];
      client.onState(({ name }) => states.push(name));
      const frames: string[] = [];
      client.onFrame(({ event }, direction) => frames.push(`${direction} ${event}`));
      const sum: unknown = await client.call('add', [1, 2]);
      const error: unknown = await client
        .call('unknown')
        .catch(({ code }: { code: string }) => code);
      client.close(4001, 'enough');
      return { sum, error, states, frames, last: client.state };
    }, null);
    expect(told).toEqual({
      sum: 3,
      error: 'UNKNOWN_EVENT',
      states: ['connecting', 'open', 'closed'],
      frames: ['out $ping', 'in $ping', 'out add', 'in add', 'out unknown', 'in exception'],
      last: { name: 'closed', by: 'client', code: 4001, reason: 'enough' },
    });
    const registry = testApp.app.get(ConnectionRegistry);
    while (registry.size > 0) await [...registry][0]?.closed;
  });

  it('carries bytes and dates with MessagePack', async () => {
    const told = await run(async () => {
      const client = nestwire.connect('/board', { codec: nestwire.msgpack });
      const data = { bytes: new Uint8Array([0, 127, 255]), at: new Date(5), text: 'é' };
      const { bytes, at, text } = (await client.call('echo', data)) as typeof data;
      client.close();
      return [bytes instanceof Uint8Array, [...bytes], at.getTime(), text];
    }, null);
    expect(told).toEqual([true, [0, 127, 255], 5, 'é']);
  });

  it('comes back into its room when the server has cut the line, and misses nothing', async () => {
    const told = await run(async () => {
      const client = nestwire.connect('/board', { backoff: { first: 50, most: 200 } });
      const room = client.room('lobby');
      const heard: unknown[] = [];
      const all = new Promise<void>((resolve) => {
        room.on('said', (text) => {
          heard.push(text);
          if (text === 'last') resolve();
        });
      });
      room.onRecovered(({ recovered, count }) => heard.push({ recovered, some: count > 0 }));
      const states: string[] = [];
      client.onState(({ name }) => states.push(name));
      await room.join();
      await client.call('say', 'first');
      const back = new Promise<void>((resolve) => {
        client.onState(({ name }) => {
          if (name === 'open') resolve();
        });
      });
      await client.send('cut', ['second', 'third', 'fourth']);
      await back;
      await client.call('say', 'last');
      await all;
      client.close();
      return { heard, states };
    }, null);
    expect(told.heard.filter((each) => typeof each === 'string')).toEqual([
      'first',
      'second',
      'third',
      'fourth',
      'last',
    ]);
    expect(told.heard).toContainEqual(expect.objectContaining({ recovered: true }));
    expect(told.heard).not.toContainEqual(expect.objectContaining({ recovered: false }));
    expect(told.states.slice(-5)).toEqual(['open', 'waiting', 'connecting', 'open', 'closed']);
  });

  it('reads a stream, and the server ends it for who leaves', async () => {
    const told = await run(async () => {
      const client = nestwire.connectLean('/board');
      const ticks: unknown[] = [];
      for await (const tick of nestwire.stream(client, 'ticks', { from: 5 })) {
        ticks.push(tick);
        if (ticks.length === 100) break;
      }
      let released: unknown = 0;
      for (let turn = 0; turn < 100 && released === 0; turn += 1) {
        // Behind all that was sent before the server heard of the end.
        released = await client.call('released', undefined, { timeout: 30_000 });
      }
      client.close();
      return { ticks, released };
    }, null);
    expect(told).toEqual({ ticks: Array.from({ length: 100 }, (__, at) => at + 5), released: 1 });
  });

  it.each([
    ['/closed', { name: 'refused', status: 403, code: 'FORBIDDEN' }],
    ['/nowhere', { name: 'refused', status: 404, code: 'NOT_FOUND' }],
    ['/members', { name: 'signed-out', code: 'UNAUTHORIZED', message: 'Who are you?' }],
  ])('can read why it is refused at %s', async (path, state) => {
    const told = await run(async (url) => {
      const client = nestwire.connect(url);
      const error = await client.opened().then(
        () => 'opened',
        ({ code }: { code: string }) => code,
      );
      return { state: client.state, error };
    }, path);
    expect(told.state).toMatchObject(state);
    expect(told.error).toBe(state.name === 'refused' ? 'REFUSED' : 'SIGNED_OUT');
  });

  it('asks for another token when one is refused, and renews it on the same connection', async () => {
    const told = await run(async () => {
      const asked: boolean[] = [];
      const tokens = ['wrong', 'first', 'second'];
      const client = nestwire.connect('/members', {
        token({ refused }) {
          asked.push(refused);
          return tokens.shift() ?? null;
        },
      });
      const states: string[] = [];
      client.onState(({ name }) => states.push(name));
      const renewed = new Promise<void>((resolve) => {
        client.onFrame(({ event }, direction) => {
          if (event === 'reauthenticate' && direction === 'in') resolve();
        });
      });
      await renewed;
      const token: unknown = await client.call('token');
      client.close();
      return { asked, token, states };
    }, null);
    expect(told).toEqual({
      asked: [false, true, false],
      token: 'second',
      states: ['connecting', 'open', 'closed'],
    });
  });
});
