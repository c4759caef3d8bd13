import { EventEmitter, once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ForbiddenException,
  Inject,
  Injectable,
  Param,
  Query,
  Scope,
  type Type,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import {
  ConnectedSocket,
  Connection,
  EventName,
  Handshake,
  MessageBody,
  MessageContext,
  OnConnect,
  OnDisconnect,
  OnDrain,
  OnError,
  OnMessage,
  OnPing,
  OnPong,
  WsGateway,
  type CloseInfo,
  type HandshakeSnapshot,
} from 'nestwire';
import { closeApps, startApp, type AppOptions, type TestApp } from './support/app.js';
import { Client } from './support/client.js';
import { deferred } from './support/deferred.js';

afterEach(closeApps);

const KIB = 1024;
const BLOB = 'x'.repeat(64 * KIB);

/** What has happened, in order; can be waited for. */
@Injectable()
class Journal {
  readonly lines: string[] = [];
  private readonly added = new EventEmitter();

  add(line: string): void {
    this.lines.push(line);
    this.added.emit('line');
  }

  async has(line: string): Promise<void> {
    while (!this.lines.includes(line)) await once(this.added, 'line');
  }
}

/** Sends until more waits than the soft mark: only the client can make room then. */
function fill(connection: Connection): void {
  while (connection.bufferedAmount < 128 * KIB) connection.send('blob', BLOB);
}

interface Started extends TestApp {
  readonly journal: Journal;
}

async function start(gateways: Type[], options: AppOptions['options'] = {}): Promise<Started> {
  const running = await startApp({ providers: [Journal, ...gateways], options });
  return { ...running, journal: running.app.get(Journal) };
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}

@WsGateway('/plain')
class PlainGateway {
  constructor(private readonly journal: Journal) {}

  @OnConnect()
  enter(): void {
    this.journal.add('connect');
  }

  @OnMessage('busy')
  async busy(connection: Connection): Promise<void> {
    this.journal.add('busy');
    await connection.closed;
  }

  @OnMessage('fill')
  fill(connection: Connection): void {
    fill(connection);
  }

  @OnMessage('ask')
  ask(): string {
    return 'answer';
  }

  @OnMessage('ping me')
  pingMe(connection: Connection): void {
    connection.ping('from here');
  }

  @OnPing()
  ping(connection: Connection, payload: Buffer, ...rest: unknown[]): void {
    this.journal.add(
      `ping ${connection instanceof Connection} ${payload.toString()} ${rest.length}`,
    );
  }

  @OnPong()
  pong(connection: Connection, payload: Buffer, ...rest: unknown[]): void {
    this.journal.add(
      `pong ${connection instanceof Connection} ${payload.toString()} ${rest.length}`,
    );
  }

  @OnDrain()
  drain(connection: Connection, ...rest: unknown[]): void {
    this.journal.add(`drain ${connection.bufferedAmount} ${rest.length}`);
  }

  @OnError()
  error(connection: Connection, error: Error, ...rest: unknown[]): void {
    this.journal.add(`error ${connection instanceof Connection} ${codeOf(error)} ${rest.length}`);
  }

  @OnDisconnect()
  leave(_connection: Connection, { code }: CloseInfo): void {
    this.journal.add(`disconnect ${code}`);
  }
}

describe('hooks without parameter decorators', () => {
  it('get the connection and the payload of a ping, which was answered', async () => {
    const { url, journal } = await start([PlainGateway]);
    const client = await Client.connect(`${url}/plain`);
    const answered = once(client.socket, 'pong');
    client.socket.ping('hi');
    await journal.has('ping true hi 0');
    expect(String((await answered)[0])).toBe('hi');
  });

  it('get the connection and the payload of the pong to a ping of their own', async () => {
    const { url, journal } = await start([PlainGateway]);
    const client = await Client.connect(`${url}/plain`);
    client.send('ping me');
    await journal.has('pong true from here 0');
  });

  it('get the connection alone when a slow reader has read on', async () => {
    const { url, journal } = await start([PlainGateway]);
    const slow = await Client.connect(`${url}/plain`);
    const other = await Client.connect(`${url}/plain`);
    slow.socket.pause();
    slow.send('fill');
    slow.socket.ping('behind');
    await journal.has('ping true behind 0');
    await other.ask('ask', undefined, 1);
    expect(journal.lines.filter((line) => line.startsWith('drain'))).toEqual([]);
    slow.socket.resume();
    await journal.has('drain 0 0');
  });

  it('get the connection and the error of a message that is too long, before the disconnect', async () => {
    const { url, journal } = await start([PlainGateway], { maxPayloadLength: 100 });
    const client = await Client.connect(`${url}/plain`);
    client.send('ask', 'x'.repeat(100));
    expect((await client.closed).code).toBe(1009);
    await journal.has('disconnect 1009');
    expect(journal.lines).toEqual([
      'connect',
      'error true WS_ERR_UNSUPPORTED_MESSAGE_LENGTH 0',
      'disconnect 1009',
    ]);
  });

  it('get the connection and the error of a TCP reset, before the disconnect', async () => {
    const { url, journal } = await start([PlainGateway]);
    const client = await Client.connect(`${url}/plain`);
    await client.ask('ask', undefined, 1);
    client.reset();
    await journal.has('disconnect 1006');
    expect(journal.lines).toEqual(['connect', 'error true ECONNRESET 0', 'disconnect 1006']);
  });

  it('do not run for what handlers throw, nor for a connection that ends well', async () => {
    const { url, journal } = await start([PlainGateway]);
    const client = await Client.connect(`${url}/plain`);
    await client.ask('nothing handles this');
    await client.close();
    await journal.has('disconnect 1005');
    expect(journal.lines).toEqual(['connect', 'disconnect 1005']);
  });
});

describe('hooks with parameter decorators', () => {
  @WsGateway('/rooms/:room')
  class RoomGateway {
    constructor(private readonly journal: Journal) {}

    @OnMessage('fill')
    fill(connection: Connection): void {
      fill(connection);
    }

    @OnPing()
    @OnPong()
    @OnDrain()
    @OnError()
    any(
      @EventName() hook: string,
      @Query('name') name: string,
      @Param('room') room: string,
      @Handshake() handshake: HandshakeSnapshot,
      @MessageBody() payload: unknown,
      @ConnectedSocket() connection: Connection,
    ): void {
      const same = connection.handshake === handshake;
      // By its code: the errors of sockets come from another realm than the test's classes.
      const what = hook === 'error' ? codeOf(payload as Error) : String(payload);
      this.journal.add(`${hook} ${room} ${name} ${same} ${what}`);
    }
  }

  it('get what these say, as in the disconnect hook', async () => {
    const { url, journal } = await start([RoomGateway]);
    const client = await Client.connect(`${url}/rooms/a%2Fb?name=Ada`);
    client.socket.ping('one');
    await journal.has('ping a/b Ada true one');
    client.socket.pong('two');
    await journal.has('pong a/b Ada true two');
    client.send('fill');
    await journal.has('drain a/b Ada true undefined');
    client.reset();
    await journal.has('error a/b Ada true ECONNRESET');
  });

  it('get one of their own in a request-scoped gateway', async () => {
    @WsGateway({ path: '/scoped' })
    @Injectable({ scope: Scope.REQUEST })
    class ScopedGateway {
      constructor(
        private readonly journal: Journal,
        @Inject(REQUEST) private readonly context: MessageContext,
      ) {}

      @OnPing()
      ping(@MessageBody() payload: Buffer): void {
        const { event, connection } = this.context;
        this.journal.add(`${event} ${connection.handshake.path} ${payload.toString()}`);
      }
    }
    const { url, journal } = await start([ScopedGateway]);
    const client = await Client.connect(`${url}/scoped`);
    client.socket.ping('one');
    await journal.has('ping /scoped one');
    client.socket.ping('two');
    await journal.has('ping /scoped two');
  });
});

describe('the order of hooks', () => {
  it('is connect, what happens on the open connection, error, disconnect', async () => {
    const { url, journal } = await start([PlainGateway]);
    const client = await Client.connect(`${url}/plain`);
    client.socket.ping('a');
    await journal.has('ping true a 0');
    client.socket.pong('b');
    await journal.has('pong true b 0');
    client.send('fill');
    await journal.has('drain 0 0');
    client.reset();
    await journal.has('disconnect 1006');
    expect(journal.lines).toEqual([
      'connect',
      'ping true a 0',
      'pong true b 0',
      'drain 0 0',
      'error true ECONNRESET 0',
      'disconnect 1006',
    ]);
  });

  it('does not make them wait for a handler that does not end', async () => {
    const { url, journal } = await start([PlainGateway]);
    const client = await Client.connect(`${url}/plain`);
    client.send('busy');
    client.send('busy');
    client.socket.ping('a');
    await journal.has('ping true a 0');
    expect(journal.lines).toEqual(['connect', 'busy', 'ping true a 0']);
    client.reset();
    await journal.has('disconnect 1006');
  });

  it('puts a ping behind the connect hook that was at work when it came, and a drain nowhere', async () => {
    const gate = deferred();
    @WsGateway('/slow')
    class SlowGateway {
      constructor(private readonly journal: Journal) {}

      @OnConnect()
      async enter(connection: Connection): Promise<void> {
        fill(connection);
        await connection.drained();
        await gate.promise;
        this.journal.add('connect');
      }

      @OnPing()
      ping(): void {
        this.journal.add('ping');
      }

      @OnDrain()
      drain(): void {
        this.journal.add('drain');
      }
    }
    const { url, journal } = await start([SlowGateway]);
    const client = await Client.connect(`${url}/slow`);
    client.socket.ping();
    await client.next();
    gate.resolve();
    await journal.has('ping');
    expect(journal.lines).toEqual(['connect', 'ping']);
  });

  it('leaves out the pings of a client that the connect hook refuses', async () => {
    const gate = deferred();
    @WsGateway('/refusing')
    class RefusingGateway {
      constructor(private readonly journal: Journal) {}

      @OnConnect()
      async enter(): Promise<void> {
        await gate.promise;
        throw new Error('nobody is let in');
      }

      @OnPing()
      ping(): void {
        this.journal.add('ping');
      }

      @OnDisconnect()
      leave(): void {
        this.journal.add('disconnect');
      }
    }
    const { url, journal } = await start([RefusingGateway]);
    const client = await Client.connect(`${url}/refusing`);
    client.socket.ping();
    gate.resolve();
    await journal.has('disconnect');
    expect(journal.lines).toEqual(['disconnect']);
  });
});

describe('two gateways on a path', () => {
  it('both run their hooks, also when the first fails or never ends', async () => {
    @WsGateway('/shared')
    class FirstGateway {
      constructor(private readonly journal: Journal) {}

      @OnPing()
      ping(): Promise<void> {
        this.journal.add('first ping');
        return new Promise(() => {});
      }

      @OnPong()
      pong(): never {
        throw new Error('broken pong');
      }

      @OnError()
      error(): Promise<never> {
        return Promise.reject(new Error('broken error'));
      }
    }
    @WsGateway('/shared')
    class SecondGateway {
      constructor(private readonly journal: Journal) {}

      @OnPing()
      ping(): void {
        this.journal.add('second ping');
      }

      @OnPong()
      pong(): void {
        this.journal.add('second pong');
      }

      @OnError()
      error(): void {
        this.journal.add('second error');
        throw new Error('broken too');
      }

      @OnDisconnect()
      leave(): void {
        this.journal.add('second disconnect');
      }
    }
    const { url, journal, log } = await start([FirstGateway, SecondGateway]);
    const client = await Client.connect(`${url}/shared`);
    client.socket.ping();
    await journal.has('second ping');
    client.socket.pong();
    await journal.has('second pong');
    client.reset();
    await journal.has('second disconnect');
    expect(journal.lines).toEqual([
      'first ping',
      'second ping',
      'second pong',
      'second error',
      'second disconnect',
    ]);
    expect(log.of('error')).toEqual([
      'Cannot finish pong: Error: broken pong',
      'Cannot finish error: Error: broken too',
      'Cannot finish error: Error: broken error',
    ]);
  });
});

describe('hooks that fail', () => {
  it.each([
    ['throw', Error],
    ['reject', Error],
    ['throw', ForbiddenException],
  ])('are logged and change nothing: %s %p', async (how, Failure) => {
    @WsGateway('/failing')
    class FailingGateway {
      constructor(private readonly journal: Journal) {}

      @OnMessage('fill')
      fill(connection: Connection): void {
        fill(connection);
      }

      @OnMessage('ask')
      ask(): string {
        return 'answer';
      }

      @OnPing()
      @OnPong()
      @OnDrain()
      @OnError()
      any(@EventName() hook: string): Promise<never> {
        this.journal.add(hook);
        const error = new Failure(`a bug in ${hook}`);
        if (how === 'throw') throw error;
        return Promise.reject(error);
      }

      @OnDisconnect()
      leave(): void {
        this.journal.add('disconnect');
      }
    }
    const { url, journal, log } = await start([FailingGateway]);
    const client = await Client.connect(`${url}/failing`);
    const other = await Client.connect(`${url}/failing`);
    client.socket.ping();
    await journal.has('ping');
    client.socket.pong();
    await journal.has('pong');
    client.send('fill');
    await journal.has('drain');
    client.reset();
    await journal.has('disconnect');
    expect(log.of('error')).toEqual(
      ['ping', 'pong', 'drain', 'error'].map(
        (hook) => `Cannot finish ${hook}: ${Failure.name}: a bug in ${hook}`,
      ),
    );
    expect((await other.ask('ask')).data).toBe('answer');
  });
});

describe('a flood of pings', () => {
  it('makes one call of a hook that never ends, and every ping is answered', async () => {
    @WsGateway('/flooded')
    class FloodedGateway {
      constructor(private readonly journal: Journal) {}

      @OnMessage('ask')
      ask(): string {
        return 'answer';
      }

      @OnPing()
      ping(connection: Connection): Promise<void> {
        this.journal.add(`ping ${String(connection.handshake.query['name'])}`);
        return new Promise(() => {});
      }
    }
    const { url, journal } = await start([FloodedGateway]);
    const client = await Client.connect(`${url}/flooded?name=hostile`);
    const other = await Client.connect(`${url}/flooded?name=other`);
    let pongs = 0;
    client.socket.on('pong', () => pongs++);
    for (let n = 0; n < 5_000; n++) client.socket.ping();
    // Behind the pings, on the same socket.
    expect((await client.ask('ask')).data).toBe('answer');
    expect(pongs).toBe(5_000);
    other.socket.ping();
    await journal.has('ping other');
    expect(journal.lines).toEqual(['ping hostile', 'ping other']);
  });
});

describe('a gateway that answers pings itself', () => {
  it('sends the pong, with a payload of its own', async () => {
    @WsGateway({ path: '/own', limits: { autoPong: false } })
    class OwnPongGateway {
      @OnPing()
      answer(connection: Connection, payload: Buffer): void {
        connection.pong(`had ${payload.toString()}`);
      }
    }
    const { url } = await start([OwnPongGateway]);
    const client = await Client.connect(`${url}/own`);
    const pong = once(client.socket, 'pong') as Promise<[Buffer]>;
    client.socket.ping('a question');
    expect((await pong)[0].toString()).toBe('had a question');
  });
});
