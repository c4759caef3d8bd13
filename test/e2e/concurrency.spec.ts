import { afterEach, describe, expect, it } from '@jest/globals';
import { UseInterceptors, type CallHandler, type NestInterceptor } from '@nestjs/common';
import { MessageBody, OnMessage, Signal, WsGateway } from 'nestwire';
import { NEVER, type Observable } from 'rxjs';
import { closeApps, startApp } from './support/app.js';
import { Client } from './support/client.js';
import { deferred, type Deferred } from './support/deferred.js';

afterEach(closeApps);

class PassInterceptor implements NestInterceptor {
  intercept(_context: unknown, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

let gates: Deferred<string>[] = [];
let aborted: Deferred<unknown> = deferred();

/** A handler's promise that settles when the test says so. */
function gate(): Promise<string> {
  const made = deferred<string>();
  gates.push(made);
  return made.promise;
}

@WsGateway({ path: '/', timeout: 60 })
class TimedGateway {
  @OnMessage('stuck')
  stuck(@Signal() signal: AbortSignal): Promise<string> {
    signal.addEventListener('abort', () => aborted.resolve(signal.reason));
    return gate();
  }

  @UseInterceptors(PassInterceptor)
  @OnMessage('intercepted')
  intercepted(): Promise<string> {
    return gate();
  }

  @OnMessage('patient', { timeout: 0, concurrency: 2 })
  patient(@MessageBody() _n: number): Promise<string> {
    return gate();
  }

  @OnMessage('stream')
  stream(): Observable<never> {
    return NEVER;
  }

  @OnMessage({ timeout: 20 })
  other(): Promise<string> {
    return gate();
  }

  @OnMessage('ping')
  ping(): string {
    return 'pong';
  }
}

async function connect(): Promise<Client> {
  gates = [];
  aborted = deferred();
  const { url } = await startApp({ providers: [TimedGateway] });
  return Client.connect(url);
}

const timedOut = (id: number): object => ({
  event: 'exception',
  id,
  data: { status: 'error', code: 'TIMEOUT' },
});

describe('a timeout', () => {
  it('answers TIMEOUT, fires the signal and lets the next message start', async () => {
    const client = await connect();
    client.send('stuck', null, 1);
    client.send('ping', null, 2);
    expect(await client.next()).toMatchObject(timedOut(1));
    expect(await client.next()).toEqual({ event: 'ping', data: 'pong', id: 2 });
    expect(await aborted.promise).toMatchObject({ code: 'TIMEOUT' });
    gates[0]?.resolve('late');
    expect(await client.ask('ping', null, 3)).toEqual({ event: 'ping', data: 'pong', id: 3 });
  });

  it('counts the interceptors in, and holds for the fallback with its own value', async () => {
    const client = await connect();
    expect(await client.ask('intercepted', null, 1)).toMatchObject(timedOut(1));
    expect(await client.ask('anything', null, 2)).toMatchObject(timedOut(2));
  });

  it('leaves a running stream alone', async () => {
    const client = await connect();
    client.send('stream', null, 1);
    expect(await client.ask('stuck', null, 2)).toMatchObject(timedOut(2));
    client.send('$cancel', undefined, 1);
    expect(await client.next()).toEqual({ event: 'stream', id: 1, complete: true });
  });
});

describe('a concurrency of its own', () => {
  it('lets a slow event run beside the others, which keep their order', async () => {
    const client = await connect();
    client.send('patient', 1, 1);
    client.send('patient', 2, 2);
    client.send('patient', 3, 3);
    expect(await client.ask('ping', null, 4)).toMatchObject({ id: 4 });
    expect(gates).toHaveLength(2);
    gates[1]?.resolve('second');
    expect(await client.next()).toMatchObject({ id: 2, data: 'second' });
    gates[0]?.resolve('first');
    expect(await client.next()).toMatchObject({ id: 1, data: 'first' });
    client.send('$cancel', undefined, 3);
    gates[2]?.resolve('third');
    expect(await client.next()).toMatchObject({ id: 3, data: 'third' });
  });

  it('and the timeout are checked when the class is read', () => {
    expect(() => OnMessage('a', { concurrency: 0 })).toThrow(
      'Cannot read option of @OnMessage: concurrency',
    );
    expect(() => OnMessage({ timout: 5 } as object)).toThrow('current value is timout');
    expect(() => OnMessage('$cancel')).toThrow('those that begin with $ are reserved');
  });
});
