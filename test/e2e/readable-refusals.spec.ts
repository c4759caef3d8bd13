// What clients that offer nestwire.1 are told instead of an HTTP status.
import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { decode } from '@msgpack/msgpack';
import {
  BadRequestException,
  HttpException,
  UnauthorizedException,
  type CanActivate,
} from '@nestjs/common';
import {
  Hub,
  OnConnect,
  OnMessage,
  Protocol,
  VerifyClient,
  WsGateway,
  type HandshakeSnapshot,
} from 'nestwire';
import { WebSocket, type ClientOptions } from 'ws';
import { closeApps, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';

afterEach(closeApps);

const connected: unknown[] = [];

abstract class Silent {
  @OnConnect()
  entered(): void {
    connected.push(this.constructor.name);
  }

  @OnMessage('echo')
  echo(): string {
    return 'echo';
  }
}

class Never implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

const verdicts: Record<string, () => Error | Promise<never>> = {
  '401': () => new UnauthorizedException(),
  '400': () => new BadRequestException(['name is too long', 'age is missing']),
  '418': () => new HttpException({ message: 'é'.repeat(100), code: 'X' }, 418),
  '429': () => new HttpException('Slow down', 429),
  '500': () => new Error('secret'),
  '204': () => new HttpException('Fine', 204),
  '302': () => new HttpException('Elsewhere', 302),
  bigint: () => new HttpException({ message: { n: 7n }, error: 'Big' }, 409),
  never: () => new Promise<never>(() => {}),
};

@WsGateway('/verified/:verdict')
class Verified extends Silent {
  @VerifyClient()
  verify({ params }: HandshakeSnapshot): Error | Promise<never> | true {
    return verdicts[String(params['verdict'])]?.() ?? true;
  }
}

@VerifyClient(Never)
@Protocol('v1')
@WsGateway('/guarded')
class Guarded extends Silent {}

@WsGateway({ path: '/open', allowedOrigins: ['https://app.example'] })
class Open extends Silent {}

const providers = [Verified, Guarded, Open];

interface Refused {
  readonly data: Record<string, unknown>;
  readonly code: number;
  readonly reason: string;
  readonly protocol: string;
  readonly messages: number;
}

/** How a client is refused that connects and waits. */
async function refused(
  url: string,
  protocols: string[] = ['nestwire.1'],
  options: ClientOptions = {},
): Promise<Refused> {
  const socket = new WebSocket(url, protocols, options);
  const messages: Buffer[] = [];
  socket.on('message', (message: Buffer) => messages.push(message));
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  const { protocol } = socket;
  const frame = protocol.endsWith('msgpack')
    ? decode(messages[0]!)
    : JSON.parse(String(messages[0]));
  const { event, data } = frame as { event: string; data: Refused['data'] };
  expect([event, socket.extensions]).toEqual(['exception', '']);
  return { data, code, reason: String(reason), protocol, messages: messages.length };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

async function settled(hub: Hub): Promise<void> {
  while (!hub.limits.idle) await pause();
}

describe('a refusal that pages can read', () => {
  it('says what HTTP would: code, message and details of every exception', async () => {
    const { app, url } = await startApp({ providers });
    const expected: [string, number, object][] = [
      ['401', 4401, { code: 'UNAUTHORIZED', message: 'Unauthorized' }],
      ['429', 4429, { code: 'TOO_MANY_REQUESTS', message: 'Slow down' }],
      ['500', 4500, { code: 'INTERNAL_ERROR', message: 'Internal server error' }],
      ['bigint', 4409, { code: 'CONFLICT', message: 'Big' }],
      [
        '400',
        4400,
        {
          code: 'BAD_REQUEST',
          message: 'Bad Request',
          details: ['name is too long', 'age is missing'],
        },
      ],
      ['418', 4418, { code: 'I_AM_A_TEAPOT', message: 'é'.repeat(100) }],
      ['%zz', 4400, { code: 'BAD_REQUEST' }],
    ];
    for (const [verdict, code, data] of expected) {
      const told = await refused(`${url}/verified/${verdict}`, ['bearer.x', 'nestwire.1']);
      expect(told).toMatchObject({ code, protocol: 'nestwire.1', messages: 1 });
      expect(told.data).toEqual(expect.objectContaining({ status: 'error', ...data }));
      expect(told.reason).toBe(verdict === '418' ? 'é'.repeat(61) : String(told.data['message']));
    }
    expect(await refused(`${url}/verified/204`)).toMatchObject({
      code: 4500,
      data: { code: 'INTERNAL_ERROR' },
    });
    expect((await refusal(`${url}/verified/302`, { protocols: ['nestwire.1'] })).status).toBe(302);
    expect(connected).toEqual([]);
    await settled(app.get(Hub));
    expect(app.get(Hub).stats.connections).toMatchObject({ open: 0, accepted: 0 });
  });

  it('is told in MessagePack, with deflate offered, and where the gateway speaks another protocol', async () => {
    const { url } = await startApp({ providers, options: { compression: 'shared' } });
    const offers = [
      ['v1', 'nestwire.1.msgpack'],
      ['nestwire.1', 'v1'],
      ['nestwire.1.msgpack', 'nestwire.1'],
    ];
    for (const offered of offers) {
      const told = await refused(`${url}/guarded`, offered, { perMessageDeflate: true });
      expect(told).toMatchObject({ code: 4403, data: { code: 'FORBIDDEN' } });
      expect(told.protocol).toBe(offered.find((name) => name.startsWith('nestwire.')));
    }
  });

  it('is for those alone who offer it', async () => {
    const { url } = await startApp({ providers });
    for (const protocols of [[], ['v1'], ['nestwire.2'], ['Nestwire.1'], ['bearer.nestwire.1']]) {
      expect((await refusal(`${url}/guarded`, { protocols })).status).toBeGreaterThanOrEqual(400);
    }
  });

  it('comes from the gate, the origin, the clock and unknown paths, too', async () => {
    const { app, url } = await startApp({ providers, options: { handshakeTimeout: 100 } });
    expect(await refused(`${url}/nowhere`)).toMatchObject({
      code: 4404,
      reason: 'No WebSocket is served at this path',
      data: { code: 'NOT_FOUND' },
    });
    const page = { headers: { Origin: 'https://evil.example' } };
    expect(await refused(`${url}/open`, ['nestwire.1'], page)).toMatchObject({
      code: 4403,
      reason: 'Origin is not allowed (option allowedOrigins)',
    });
    expect(await refused(`${url}/verified/never`)).toMatchObject({
      code: 4503,
      data: { code: 'SERVICE_UNAVAILABLE' },
    });
    const staying = await Client.connect(`${url}/verified/yes`, { protocols: ['nestwire.1'] });
    const closing = app.close();
    await staying.closed;
    await closing;
  });

  it('is what waits is told when the application closes, with the time to come back', async () => {
    const { app, url } = await startApp({ providers });
    const waiting = refused(`${url}/verified/never`);
    while (app.get(Hub).stats.connections.pending === 0) {
      await pause();
    }
    const closing = app.close();
    expect(await waiting).toMatchObject({
      code: 4503,
      data: {
        code: 'SERVICE_UNAVAILABLE',
        message: 'The server is not accepting connections',
        details: { retryAfter: 1_000 },
      },
    });
    await closing;
  });

  it('tells of limits, and is HTTP when too many of an address are refused or wait', async () => {
    const { app, port, url } = await startApp({
      providers,
      options: { connections: { perIp: 1, pendingPerIp: 1 } },
    });
    const first = await Client.connect(`${url}/open`, { protocols: ['nestwire.1'] });
    for (const path of ['/open', '/verified/yes']) {
      expect(await refused(url + path)).toMatchObject({
        code: 4503,
        data: { details: { retryAfter: 5_000 } },
      });
      while (app.get(Hub).stats.connections.pending > 0) await pause();
    }
    await first.close();
    await settled(app.get(Hub));
    // Answers nothing, and so does not leave.
    const silent = request({
      port,
      host: '127.0.0.1',
      path: '/nowhere',
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Protocol': 'nestwire.1',
      },
    });
    silent.on('error', () => {});
    silent.end();
    await once(silent, 'upgrade');
    const { status } = await refusal(`${url}/nowhere`, { protocols: ['nestwire.1'] });
    expect(status).toBe(404);
    const others = await Client.connect(`${url}/verified/yes`);
    silent.destroy();
    await others.close();
    await settled(app.get(Hub));
    expect((await refused(`${url}/nowhere`)).code).toBe(4404);
  });
});
