// The same application on the adapter of @nestjs/platform-ws and on this one: what it has right, clients
// and gateways cannot tell apart.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { NestwireAdapter, type MessageParser } from 'nestwire';
import { WebSocket } from 'ws';
import { BoardGateway, Diary } from './support/board.gateways.js';
import { closeStandard, startStandard } from './support/standard-app.js';

afterEach(closeStandard);

const adapters = {
  standard: (parser?: MessageParser) => (app: INestApplication) =>
    new WsAdapter(app, parser ? { messageParser: parser as never } : {}),
  nestwire: (parser?: MessageParser) => (app: INestApplication) =>
    new NestwireAdapter(app, parser ? { messageParser: parser } : {}),
};

/** A wire format of the application's own: `[event, data]`. */
const parseArray: MessageParser = (data) => {
  const [event, payload] = JSON.parse(data as string) as [string, unknown];
  return event === 'drop' ? undefined : { event, data: payload };
};

interface Exchange {
  /** Sent when all answers to what was sent before have come. */
  send: string | Buffer;
  answers: number;
}

const say = (event: string, data: unknown, answers = 1): Exchange => ({
  send: JSON.stringify({ event, data }),
  answers,
});

/** Everything a client sees, in order, the close included. */
async function transcript(url: string, script: readonly Exchange[]): Promise<string[]> {
  const lines: string[] = [];
  const socket = new WebSocket(url, ['one', 'two'], { headers: { 'x-name': 'Ada' } });
  let wake: (() => void) | undefined;
  socket.on('open', () => lines.push(`open ${socket.protocol}`));
  socket.on('message', (data: Buffer, isBinary) => {
    lines.push(`${isBinary ? 'binary' : 'text'} ${data.toString()}`);
    wake?.();
  });
  const closed = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', (code, reason) => {
      lines.push(`close ${code} ${String(reason)}`);
      resolve();
    });
  });
  let expected = 2; // open, welcome
  const arrived = async (): Promise<void> => {
    while (lines.length < expected) await new Promise<void>((resolve) => (wake = resolve));
  };
  for (const { send, answers } of script) {
    await arrived();
    lines.push(`sent ${String(send)}`);
    socket.send(send);
    expected += 1 + answers;
  }
  await arrived();
  await closed;
  return lines;
}

const script: Exchange[] = [
  say('value', { a: [1, null, 'ü'] }),
  { send: Buffer.from('{"event":"value","data":"in bytes"}'), answers: 1 },
  say('raw', { text: 'plain' }),
  say('nothing', {}, 0),
  say('zero', undefined),
  say('later', 1),
  say('stream', 3, 3),
  say('broken-stream', 'x'),
  say('fail', { why: 1 }),
  say('fail-object', {}),
  say('fail-plain', {}),
  say('fail-range', {}),
  say('enter', { age: 17 }),
  say('enter', { age: 18 }),
  say('shout', 'hey'),
  say('double', { n: '21' }),
  say('double', { n: 'x' }),
  say('parse', '7'),
  say('direct', {}),
  say('count', {}),
  say('value', 'x'.repeat(200_000)),
  say('leave', {}, 0),
];

describe('an application of @nestjs/platform-ws on NestwireAdapter', () => {
  it('says the same to its clients and is told the same of them', async () => {
    const seen: unknown[] = [];
    for (const adapter of [adapters.standard(), adapters.nestwire()]) {
      const { app, url } = await startStandard([BoardGateway, Diary], { adapter });
      const lines = await transcript(`${url}/board`, script);
      await app.close();
      seen.push({ lines, diary: app.get(Diary).lines });
    }
    expect(seen[1]).toEqual(seen[0]);
    expect((seen[0] as { diary: string[] }).diary).toEqual([
      'init true',
      'connected /board 1',
      'nothing',
      'disconnected 4001',
    ]);
  });

  it('parses with the same parser, which may drop messages by returning nothing', async () => {
    const seen: unknown[] = [];
    for (const adapter of [adapters.standard(parseArray), adapters.nestwire(parseArray)]) {
      const { url } = await startStandard([BoardGateway, Diary], { adapter });
      seen.push(
        await transcript(`${url}/board`, [
          { send: '["drop",1]', answers: 0 },
          { send: '["value",2]', answers: 1 },
          { send: '["leave"]', answers: 0 },
        ]),
      );
    }
    expect(seen[1]).toEqual(seen[0]);
  });

  it('refuses a namespace with an error at start', async () => {
    @WebSocketGateway({ namespace: 'rooms' })
    class NamespaceGateway {
      @SubscribeMessage('x')
      x(): void {}
    }
    for (const adapter of [adapters.standard(), adapters.nestwire()]) {
      await expect(startStandard([NamespaceGateway], { adapter })).rejects.toThrow(/namespaces/);
    }
  });

  it('takes verifyClient, handleProtocols and maxPayload from the options of a gateway', async () => {
    @WebSocketGateway({
      path: '/board',
      verifyClient: ({ req }: { req: { headers: Record<string, string> } }) =>
        req.headers['x-name'] === 'Ada',
      handleProtocols: (offered: Set<string>) => [...offered].at(-1),
      maxPayload: 32,
    } as object)
    class StrictGateway {
      handleConnection(client: WebSocket): void {
        client.send('"welcome"');
      }
      @SubscribeMessage('x')
      x(): void {}
    }
    const seen: unknown[] = [];
    for (const adapter of [adapters.standard(), adapters.nestwire()]) {
      const { url } = await startStandard([StrictGateway], { adapter });
      const stranger = new WebSocket(`${url}/board`);
      const refusal = await new Promise<unknown>((resolve) => {
        stranger.on('error', () => {});
        stranger.once('unexpected-response', (request, response) => {
          request.destroy();
          resolve(response.statusCode);
        });
      });
      const lines = await transcript(`${url}/board`, [
        { send: JSON.stringify({ event: 'x', data: 'y'.repeat(32) }), answers: 0 },
      ]);
      // The reason of a close is the engine's own wording.
      seen.push({ refusal, lines: lines.map((line) => line.replace(/^(close \d+).*/, '$1')) });
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]).toMatchObject({ refusal: 401, lines: expect.arrayContaining(['open two']) });
  });
});
