import { afterEach, describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import {
  ClassSerializerInterceptor,
  UseInterceptors,
  type CallHandler,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Exclude } from 'class-transformer';
import { OnMessage, Signal, WsGateway } from 'nestwire';
import {
  catchError,
  filter,
  from,
  interval,
  map,
  merge,
  mergeMap,
  of,
  retry,
  take,
  timeout,
  toArray,
  type Observable,
} from 'rxjs';
import { closeApps, startApp } from './support/app.js';
import { Client, type Frame } from './support/client.js';

afterEach(closeApps);

class User {
  @Exclude()
  readonly password = 'secret';
  constructor(readonly name: string) {}
}

/** What became of the generators. */
const life: string[] = [];
afterEach(() => {
  life.length = 0;
});

async function* users(names: readonly string[]): AsyncGenerator<User> {
  try {
    for (const name of names) {
      life.push(`made ${name}`);
      yield new User(name);
      await turn();
    }
  } finally {
    life.push('returned');
  }
}

async function* endless(size = 0): AsyncGenerator {
  try {
    for (let n = 0; ; n++) {
      life.push('made');
      yield { n, text: 'x'.repeat(size) };
    }
  } finally {
    life.push('returned');
  }
}

/** An interceptor that is an operator. */
function through(operate: (values: Observable<unknown>) => Observable<unknown>): NestInterceptor {
  return { intercept: (_context: unknown, next: CallHandler) => operate(next.handle()) };
}

async function streamOf(client: Client, event: string): Promise<Frame[]> {
  const frames: Frame[] = [];
  client.send(event, null, 1);
  do frames.push(await client.next());
  while (frames.at(-1)?.complete !== true);
  return frames;
}

const dataOf = (frames: readonly Frame[]): unknown[] => frames.map(({ data }) => data);
const END = undefined;

const failing = { attempts: 0 };

@WsGateway('/')
class StreamGateway {
  @OnMessage('generator')
  generator(): AsyncIterable<User> {
    return users(['ada', 'bob']);
  }
  @OnMessage('promised')
  async promised(): Promise<AsyncIterable<User>> {
    await turn();
    return users(['ada', 'bob']);
  }
  @OnMessage('observable')
  observable(): Observable<User> {
    return from(users(['ada', 'bob']));
  }

  @UseInterceptors(through((values) => values.pipe(take(1))))
  @OnMessage('first')
  first(): AsyncIterable<unknown> {
    return endless();
  }
  @UseInterceptors(through((values) => values.pipe(toArray())))
  @OnMessage('all')
  all(): AsyncIterable<User> {
    return users(['ada', 'bob']);
  }
  @UseInterceptors(through((values) => values.pipe(mergeMap((value) => of(value, value)))))
  @OnMessage('twice')
  twice(): AsyncIterable<User> {
    return users(['ada', 'bob']);
  }
  @UseInterceptors(
    through((values) => values.pipe(take(1))),
    through((values) => values.pipe(filter((value) => (value as { n: number }).n === 300))),
  )
  @OnMessage('some')
  some(): AsyncIterable<unknown> {
    return endless();
  }
  @UseInterceptors(through((values) => values.pipe(catchError(() => of('caught')))))
  @OnMessage('caught')
  async *caught(): AsyncGenerator {
    yield 1;
    await turn();
    throw new Error('broken');
  }
  @UseInterceptors(through((values) => values.pipe(retry(2))))
  @OnMessage('retried')
  async *retried(): AsyncGenerator {
    yield ++failing.attempts;
    await turn();
    if (failing.attempts < 3) throw new Error('broken');
  }
  @UseInterceptors(through((values) => values.pipe(timeout(30))))
  @OnMessage('gap')
  async *gap(@Signal() signal: AbortSignal): AsyncGenerator {
    yield 1;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    life.push('returned');
  }
  @UseInterceptors(through((values) => values.pipe(map((value) => value))))
  @OnMessage('endless')
  endless(): AsyncIterable<unknown> {
    return endless(4_096);
  }
  @UseInterceptors(
    through((values) =>
      merge(values, interval(0).pipe(mergeMap(() => Array<string>(64).fill('x'.repeat(4_096))))),
    ),
  )
  @OnMessage('flood')
  flood(): AsyncIterable<unknown> {
    return endless(4_096);
  }
  @OnMessage('mark')
  mark(): string {
    return 'here';
  }
}

const providers = [StreamGateway];

describe('interceptors around a generator', () => {
  it.each(['generator', 'promised', 'observable'])(
    'see each of its values as those of an Observable: %s',
    async (event) => {
      const { url } = await startApp({
        providers,
        configure(app) {
          app.useGlobalInterceptors(
            new ClassSerializerInterceptor(app.get(Reflector)),
            through((values) => values.pipe(map((value) => ({ wrapped: value })))),
          );
        },
      });
      const client = await Client.connect(url);
      expect(dataOf(await streamOf(client, event))).toEqual([
        { wrapped: { name: 'ada' } },
        { wrapped: { name: 'bob' } },
        END,
      ]);
      expect(life).toEqual(['made ada', 'made bob', 'returned']);
    },
  );

  it.each([
    ['first', [{ n: 0, text: '' }, END]],
    ['all', [[new User('ada'), new User('bob')], END]],
    ['twice', [new User('ada'), new User('ada'), new User('bob'), new User('bob'), END]],
    ['some', [{ n: 300, text: '' }, END]],
    ['caught', [1, 'caught', END]],
    ['retried', [1, 2, 3, END]],
  ])('may take, gather, multiply, drop, replace and repeat: %s', async (event, expected) => {
    const { url, log } = await startApp({ providers });
    const client = await Client.connect(url);
    expect(JSON.parse(JSON.stringify(dataOf(await streamOf(client, event))))).toEqual(
      JSON.parse(JSON.stringify(expected)),
    );
    if (event === 'first' || event === 'some') expect(life.at(-1)).toBe('returned');
    expect(log.of('error')).toEqual([]);
  });

  it('see the gaps between values', async () => {
    const { url } = await startApp({ providers });
    const client = await Client.connect(url);
    const frames = await streamOf(client, 'gap');
    expect(frames).toMatchObject([{ data: 1 }, { event: 'exception', complete: true }]);
    await client.close();
  });

  it('leave it waiting for a slow client, and return it when that cancels or leaves', async () => {
    const { url, app } = await startApp({ providers });
    const client = await Client.connect(url);
    client.send('endless', null, 1);
    await client.next();
    client.socket.pause();
    let before: number;
    do {
      before = life.length;
      await new Promise((resolve) => setTimeout(resolve, 250));
    } while (life.length > before);
    client.socket.resume();
    client.send('$cancel', null, 1);
    let frame: Frame;
    do frame = await client.next();
    while (frame.complete !== true);
    expect(life.filter((line) => line === 'returned')).toHaveLength(1);
    client.send('endless', null, 2);
    await client.next();
    client.socket.terminate();
    await app.close();
    expect(life.filter((line) => line === 'returned')).toHaveLength(2);
  });

  it('may not add values without end for a client that does not read them', async () => {
    const { url } = await startApp({ providers });
    const client = await Client.connect(url);
    client.send('flood', null, 1);
    await client.next();
    client.socket.pause();
    while (life.at(-1) !== 'returned') await turn();
    client.socket.resume();
    let frame: Frame;
    do frame = await client.next();
    while (frame.complete !== true);
    expect(frame.data).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });
});
