import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import {
  Connection,
  Handshake,
  Hub,
  OnConnect,
  OnMessage,
  Protocol,
  VerifyClient,
  WsGateway,
  type HandshakeSnapshot,
} from 'nestwire';
import { GatewayPath } from '../../src/routes/gateway-path.js';
import { closeApps, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';
import { deferred } from './support/deferred.js';

afterEach(async () => {
  jest.restoreAllMocks();
  await closeApps();
});

const judged: HandshakeSnapshot[] = [];

class Guard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    judged.push(context.getArgByIndex<HandshakeSnapshot>(2));
    const request = context.switchToHttp().getRequest<{
      params: Record<string, string>;
      query: Record<string, string>;
    }>();
    request.params['room'] = 'changed';
    request.query['token'] = 'changed';
    return true;
  }
}

@WsGateway('/guarded/:room')
@VerifyClient(Guard)
@Protocol('v1')
class GuardedGateway {
  readonly connected = deferred<Connection>();

  @OnConnect()
  enter(connection: Connection): void {
    this.connected.resolve(connection);
  }

  @OnMessage('where')
  where(@Handshake() { params, query }: HandshakeSnapshot): unknown {
    return { room: params['room'], token: query['token'] };
  }
}

@WsGateway('/open/:room')
class OpenGateway {
  @OnMessage('where')
  where(@Handshake() { params }: HandshakeSnapshot): unknown {
    return params['room'];
  }
}

async function start() {
  const { app, url } = await startApp({ providers: [GuardedGateway, OpenGateway] });
  const hub = app.get(Hub);
  const counts = {
    matches: jest.spyOn(GatewayPath.prototype, 'match'),
    addresses: jest.spyOn(hub.addresses, 'of'),
    snapshots: jest.spyOn(hub, 'snapshot'),
  };
  return { app, url, counts };
}

type Counts = Awaited<ReturnType<typeof start>>['counts'];

const matched = ({ matches }: Counts): number =>
  matches.mock.results.filter(({ value }) => value !== null).length;
const madeOnce = (counts: Counts): number[] => [
  matched(counts),
  counts.addresses.mock.calls.length,
  counts.snapshots.mock.calls.length,
];

describe('an upgrade', () => {
  it('is looked at once, verified or not: its path, its address and its handshake', async () => {
    const { url, counts } = await start();
    const client = await Client.connect(`${url}/open/den`);
    expect((await client.ask('where')).data).toBe('den');
    expect(madeOnce(counts)).toEqual([1, 1, 1]);
    await Client.connect(`${url}/guarded/den?token=a`, { protocols: ['v1'] });
    expect(madeOnce(counts)).toEqual([2, 2, 2]);
  });

  it('has one handshake: what a guard is given is the connection’s', async () => {
    const { app, url, counts } = await start();
    judged.length = 0;
    const client = await Client.connect(`${url}/guarded/den?token=a`, { protocols: ['v1'] });
    const { handshake } = await app.get(GuardedGateway).connected.promise;
    expect(judged).toEqual([handshake]);
    expect(judged[0]).toBe(handshake);
    expect(counts.snapshots.mock.results[0]?.value).toBe(handshake);
    expect([handshake.protocol, handshake.ip]).toEqual(['v1', '127.0.0.1']);
    // What the guard wrote to its request is not what the client has asked for.
    expect((await client.ask('where')).data).toEqual({ room: 'den', token: 'a' });
  });

  it('that is refused before anyone decides costs no handshake', async () => {
    const { url, counts } = await start();
    expect((await refusal(`${url}/open/%zz`)).status).toBe(400);
    expect((await refusal(`${url}/guarded/den`, { protocols: ['v2'] })).status).toBe(400);
    expect(madeOnce(counts)).toEqual([2, 0, 0]);
  });
});
