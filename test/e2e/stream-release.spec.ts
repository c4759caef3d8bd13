// What an iterable holds on to is let go when nobody wants its values any more, whatever is around the handler.
import { EventEmitter, on, once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type NestInterceptor,
} from '@nestjs/common';
import { OnDisconnect, OnMessage, WsGateway } from 'nestwire';
import type { Observable } from 'rxjs';
import { closeApps, startApp } from './support/app.js';
import { Client } from './support/client.js';

afterEach(closeApps);

class YesGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

class PassInterceptor implements NestInterceptor {
  intercept(_context: unknown, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

const source = new EventEmitter();
const gone = new EventEmitter();
const started = new EventEmitter();

@WsGateway('/')
class TickGateway {
  @OnMessage('plain')
  plain(): AsyncIterable<unknown> {
    return on(source, 'tick');
  }

  @UseGuards(YesGuard)
  @OnMessage('guarded')
  guarded(): AsyncIterable<unknown> {
    return on(source, 'tick');
  }

  @UseInterceptors(PassInterceptor)
  @OnMessage('intercepted')
  intercepted(): AsyncIterable<unknown> {
    return on(source, 'tick');
  }

  @UseGuards(YesGuard)
  @OnMessage('late')
  async late(): Promise<AsyncIterable<unknown>> {
    started.emit('late');
    await once(gone, 'left');
    return on(source, 'tick');
  }

  @UseInterceptors(PassInterceptor)
  @OnMessage('late intercepted')
  lateIntercepted(): Promise<AsyncIterable<unknown>> {
    return this.late();
  }

  @OnMessage('mark')
  mark(): string {
    return 'here';
  }

  @OnDisconnect()
  left(): void {
    gone.emit('left');
  }
}

describe('an iterable that waits for its next value', () => {
  it.each(['plain', 'guarded', 'intercepted'])(
    'is told when its client cancels or leaves (%s handler)',
    async (event) => {
      const { url } = await startApp({ providers: [TickGateway] });
      const client = await Client.connect(url);
      client.send(event, undefined, 1);
      client.send(event, undefined, 2);
      // Waits for its turn behind them: then both of them stream.
      await client.ask('mark');
      await client.ask('$cancel', undefined, 1);
      expect(source.listenerCount('tick')).toBe(1);
      const left = once(gone, 'left');
      await client.close();
      await left;
      expect(source.listenerCount('tick')).toBe(0);
    },
  );
});

describe('an iterable that comes when its client has left', () => {
  it.each(['late', 'late intercepted'])('is released unread (%s handler)', async (event) => {
    const { url } = await startApp({ providers: [TickGateway] });
    const client = await Client.connect(url);
    client.send(event);
    await once(started, 'late');
    const made = once(source, 'newListener');
    const released = once(source, 'removeListener');
    await client.close();
    await made;
    await released;
    expect(source.listenerCount('tick')).toBe(0);
  });
});
