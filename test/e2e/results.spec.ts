import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Catch,
  Injectable,
  UseFilters,
  UseInterceptors,
  type CallHandler,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Connection, MessageBody, OnMessage, Signal, WsGateway } from 'nestwire';
import { concat, map, NEVER, Observable, of, throwError } from 'rxjs';
import { closeApps, startApp } from './support/app.js';
import { Client } from './support/client.js';
import { deferred } from './support/deferred.js';

afterEach(closeApps);

@Injectable()
class Double implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value: unknown) => Number(value) * 2));
  }
}

class Unlucky extends Error {}

@Catch(Unlucky)
class UnluckyFilter implements ExceptionFilter {
  catch(): unknown {
    return { code: 'UNLUCKY', message: 'better luck next time' };
  }
}

/** A source that tells when it is stopped. */
class Ticker {
  readonly source: Observable<number>;
  private readonly stop = deferred();
  readonly stopped = this.stop.promise;

  constructor(values: Observable<number>) {
    this.source = new Observable((subscriber) => {
      const inner = values.subscribe(subscriber);
      return () => {
        inner.unsubscribe();
        this.stop.resolve();
      };
    });
  }
}

let ticker = new Ticker(NEVER);

@WsGateway('/')
class ResultGateway {
  @OnMessage('none')
  none(): void {}

  @OnMessage('promise')
  async promise(): Promise<number> {
    return Promise.resolve(5);
  }

  @OnMessage('event')
  event(): unknown {
    return { event: 'other', data: 1 };
  }

  @OnMessage('observable')
  observable(): Observable<number> {
    return of(1, 2);
  }

  @OnMessage('generator')
  async *generator(): AsyncGenerator<number> {
    yield 1;
    await Promise.resolve();
    yield 2;
  }

  @UseInterceptors(Double)
  @OnMessage('doubled')
  doubled(@MessageBody('many') many: boolean): unknown {
    return many ? of(1, 2) : 3;
  }

  @UseInterceptors(Double)
  @OnMessage('async-doubled')
  async asyncDoubled(): Promise<Observable<number>> {
    return Promise.resolve(of(1, 2));
  }

  @OnMessage('ticker')
  ticker(): Observable<number> {
    return ticker.source;
  }

  @UseInterceptors(Double)
  @OnMessage('doubled-ticker')
  doubledTicker(): Observable<number> {
    return ticker.source;
  }

  @UseFilters(UnluckyFilter)
  @OnMessage('late')
  late(): Observable<number> {
    return concat(
      of(1),
      throwError(() => new Unlucky()),
    );
  }

  @UseFilters(UnluckyFilter)
  @OnMessage('late-generator')
  async *lateGenerator(): AsyncGenerator<number> {
    yield await Promise.resolve(1);
    throw new Unlucky();
  }

  @OnMessage('wait')
  wait(@Signal() signal: AbortSignal, @MessageBody() _body: unknown): Promise<string> {
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve('stopped'));
    });
  }

  @OnMessage('ping')
  ping(_connection: Connection): string {
    return 'pong';
  }
}

async function connect(): Promise<Client> {
  const { url } = await startApp({ providers: [ResultGateway] });
  return Client.connect(url);
}

describe('what a handler returns', () => {
  it('is not sent when it is undefined, unless the message has an id', async () => {
    const client = await connect();
    client.send('none');
    expect((await client.ask('none', null, 4)).id).toBe(4);
    expect(client.unread).toEqual([]);
  });

  it('is awaited when it is a promise and may name another event', async () => {
    const client = await connect();
    expect((await client.ask('promise')).data).toBe(5);
    expect(await client.ask('event', null, 'x')).toEqual({ event: 'other', data: 1, id: 'x' });
  });

  it.each(['observable', 'generator'])('is streamed when it is an %s', async (event) => {
    const client = await connect();
    client.send(event, null, 1);
    expect(await client.take(3)).toEqual([
      { event, data: 1, id: 1 },
      { event, data: 2, id: 1 },
      { event, id: 1, complete: true },
    ]);
  });

  it('is told apart behind an interceptor: one answer for a value, a stream for a stream', async () => {
    const client = await connect();
    expect(await client.ask('doubled', { many: false }, 1)).toEqual({
      event: 'doubled',
      data: 6,
      id: 1,
    });
    client.send('doubled', { many: true }, 2);
    expect((await client.take(3)).map(({ data, complete }) => complete ?? data)).toEqual([
      2,
      4,
      true,
    ]);
    client.send('async-doubled', null, 3);
    expect((await client.take(3)).map(({ data, complete }) => complete ?? data)).toEqual([
      2,
      4,
      true,
    ]);
  });

  it.each(['ticker', 'doubled-ticker'])(
    'stops when the client cancels it, also before its first value (%s)',
    async (event) => {
      ticker = new Ticker(NEVER);
      const client = await connect();
      client.send(event, null, 9);
      expect((await client.ask('ping')).data).toBe('pong');
      client.send('$cancel', undefined, 9);
      expect(await client.next()).toMatchObject({ id: 9, complete: true });
      await ticker.stopped;
    },
  );

  it.each(['ticker', 'doubled-ticker'])('stops when the connection closes (%s)', async (event) => {
    ticker = new Ticker(concat(of(1), NEVER));
    const client = await connect();
    await client.ask(event);
    client.socket.terminate();
    await ticker.stopped;
  });

  it.each(['late', 'late-generator'])(
    'goes to the filters when a stream fails late (%s)',
    async (event) => {
      const client = await connect();
      client.send(event, null, 1);
      const [first, second] = await client.take(2);
      expect(first).toEqual({ event, data: 1, id: 1 });
      expect(second).toMatchObject({ event: 'exception', id: 1, data: { code: 'UNLUCKY' } });
    },
  );

  it('may wait for the signal, which fires when the client cancels', async () => {
    const client = await connect();
    client.send('wait', null, 1);
    client.send('$cancel', undefined, 1);
    expect(await client.next()).toMatchObject({ id: 1 });
  });
});
