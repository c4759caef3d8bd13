import { once } from 'node:events';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { Socket, type AddressInfo } from 'node:net';
import { Duplex, PassThrough, duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { TLSSocket, connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { acceptOffer } from '../deflate/negotiation.js';
import { PerMessageDeflate } from '../deflate/permessage-deflate.js';
import { parseExtensions } from '../handshake/extension-header.js';
import { DEFAULT_LIMITS } from '../protocol/limits.js';
import type { Role } from '../protocol/protocol.js';
import { PreparedMessage } from '../sending/prepared-message.js';
import { clientText } from '../testing-fixtures/raw-frame.js';
import { RecordingListener } from '../testing-fixtures/recording-listener.js';
import { SlowDuplex } from '../testing-fixtures/slow-duplex.js';
import { closeSocketPairs, socketPair } from '../testing-fixtures/socket-pair.js';
import { TEST_CERTIFICATE } from '../testing-fixtures/test-certificate.js';
import { SocketTransport } from './socket-transport.js';

const MIB = 1024 * 1024;
const SIZES = [1, 125, 126, 1000, 4096, 65_531, 65_536, 70_000, 300_000, 4 * MIB];
const NOTHING = Buffer.alloc(0);
const opened: { destroy(): unknown }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) one.destroy();
  await closeSocketPairs();
});

/** A socket, and what it was given, kept as it was handed over: looked at only in the end. */
interface Kept {
  readonly socket: Duplex;
  /** Begins to keep; for what is wrapped when the connection is open already. */
  readonly wrap?: () => void;
  readonly kept: () => Buffer[];
}

/** Calls back at once, and keeps the chunks. */
class Keeper extends Duplex {
  readonly kept: Buffer[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.kept.push(chunk);
    done();
  }
}

/** A TCP connection, read at its other end, of which `record` is to keep what `near` is given. */
async function tcp(record: (near: Socket, keep: (chunk: unknown) => void) => Duplex | void) {
  const { near, far } = await socketPair();
  far.resume();
  const chunks: Buffer[] = [];
  const keep = (chunk: unknown): void => {
    if (Array.isArray(chunk)) chunk.forEach((one: { chunk: Buffer }) => keep(one.chunk));
    else if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  };
  return { near, kept: () => chunks, record: () => record(near, keep) ?? near };
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Has `keep` see the argument `at` of a method of this very object. */
function wrapMethod(target: object, name: string, keep: (chunk: unknown) => void, at = 0): void {
  const before = Reflect.get(target, name) as Method;
  Reflect.set(target, name, function wrapped(this: unknown, ...args: unknown[]): unknown {
    keep(args[at]);
    return Reflect.apply(before, this, args);
  });
}

async function wrappedBefore(name: string, at = 0): Promise<Kept> {
  const { near, kept, record } = await tcp((socket, keep) => wrapMethod(socket, name, keep, at));
  record();
  return { socket: near, kept };
}

async function wrappedLater(name: string, at = 0): Promise<Kept> {
  const { near, kept, record } = await tcp((socket, keep) => wrapMethod(socket, name, keep, at));
  return { socket: near, wrap: () => void record(), kept };
}

/** What was given leaves by `far`, whose bytes are kept. */
function readAt(socket: Duplex, far: Duplex): Kept {
  const chunks: Buffer[] = [];
  far.on('data', (chunk: Buffer) => chunks.push(chunk));
  opened.push(socket, far);
  return { socket, kept: () => chunks };
}

const KINDS: readonly [string, () => Kept | Promise<Kept>][] = [
  [
    'PassThroughs nobody reads yet',
    () => {
      const writable = new PassThrough({ highWaterMark: 64 * MIB });
      const socket = Duplex.from({ readable: new PassThrough(), writable });
      opened.push(socket);
      const chunks: Buffer[] = [];
      return {
        socket,
        kept: () => {
          for (let chunk = writable.read() as Buffer | null; chunk !== null;) {
            chunks.push(chunk);
            chunk = writable.read() as Buffer | null;
          }
          return chunks;
        },
      };
    },
  ],
  [
    'a Duplex that keeps chunks after its callback',
    () => {
      const socket = new Keeper();
      opened.push(socket);
      return { socket, kept: () => socket.kept };
    },
  ],
  [
    'a subclass of Socket that overrides write',
    async () => {
      const { near, kept, record } = await tcp((socket, keep) => {
        class Recorder extends Socket {
          override write(...args: [never]): boolean {
            keep(args[0]);
            return super.write(...args);
          }
        }
        Object.setPrototypeOf(socket, Recorder.prototype);
      });
      record();
      return { socket: near, kept };
    },
  ],
  [
    'a subclass of Socket made one later',
    async () => {
      const { near, kept, record } = await tcp((socket, keep) => {
        class Recorder extends Socket {
          override _write(...args: [unknown, BufferEncoding, () => void]): void {
            keep(args[0]);
            super._write(...args);
          }
          override _writev(...args: [{ chunk: unknown; encoding: BufferEncoding }[], () => void]) {
            keep(args[0]);
            super._writev!(...args);
          }
        }
        Object.setPrototypeOf(socket, Recorder.prototype);
      });
      return { socket: near, wrap: () => void record(), kept };
    },
  ],
  ['a wrapped write', () => wrappedBefore('write')],
  ['a write that is wrapped later', () => wrappedLater('write')],
  ['a wrapped _writeGeneric', () => wrappedBefore('_writeGeneric', 1)],
  ['a _writeGeneric that is wrapped later', () => wrappedLater('_writeGeneric', 1)],
  [
    'a proxy of a socket',
    async () => {
      const { kept, record } = await tcp((socket, keep) => {
        return new Proxy(socket, {
          get(target, name) {
            const value: unknown = Reflect.get(target, name);
            if (typeof value !== 'function') return value;
            return (...args: unknown[]): unknown => {
              if (name === 'write') keep(args[0]);
              return Reflect.apply(value as Method, target, args);
            };
          },
        });
      });
      return { socket: record(), kept };
    },
  ],
  [
    'one end of a pair within the process',
    () => {
      const [near, far] = duplexPair({ highWaterMark: 64 * MIB });
      return readAt(near, far);
    },
  ],
  [
    'TLS over a Duplex',
    async () => {
      const [near, far] = duplexPair();
      const server = new TLSSocket(near, { isServer: true, ...TEST_CERTIFICATE });
      const client = connectTls({ socket: far, rejectUnauthorized: false });
      opened.push(near, far);
      const kept = readAt(server, client);
      await once(client, 'secureConnect');
      return kept;
    },
  ],
  [
    'a stream of HTTP/2',
    async () => {
      const server = createHttp2Server();
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      opened.push({ destroy: () => server.close() });
      const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      opened.push(session);
      const arrived = once(server, 'stream');
      const far = session.request({ ':method': 'POST' }, { endStream: false });
      const [near] = (await arrived) as [Duplex & { respond(): void }];
      near.respond();
      return readAt(near, far);
    },
  ],
];

function deflateOf(role: Role): PerMessageDeflate {
  const offer = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
  const agreement = acceptOffer(parseExtensions(offer)!, {})!;
  return new PerMessageDeflate(role, agreement, {}, 0);
}

function transportOn(socket: Duplex, role: Role, compressed: boolean) {
  const limits = { ...DEFAULT_LIMITS, pingInterval: 0, idleTimeout: 0, maxPayload: 0 };
  const free = { ...limits, sendHardLimit: 0, maxQueuedMessages: 0, sendStallTimeout: 0 };
  const deflate = compressed ? deflateOf(role) : null;
  const transport = new SocketTransport(socket, NOTHING, role, '', free, deflate);
  const listener = new RecordingListener();
  transport.setListener(listener);
  transport.start();
  return { transport, listener };
}

/** Sends one message of each kind and size. @returns what is to arrive */
async function sendAll(transport: SocketTransport, mark: string, wait: boolean) {
  const expected: string[] = [];
  for (const size of SIZES) {
    const text = mark.repeat(size);
    const bytes = Buffer.from(text);
    transport.sendText(text);
    if (wait) await turn();
    transport.sendBinary(bytes);
    if (wait) {
      await new Promise<void>((resolve) => transport.afterSent(() => resolve()));
      // It has left, so that its owner may use it again.
      bytes.fill(0);
    }
    transport.sendPrepared(PreparedMessage.text(text));
    transport.sendPrepared(PreparedMessage.binary(Buffer.from(text)));
    await turn();
    expected.push(...Array.from({ length: 4 }, () => `${mark} ${size}`));
  }
  return expected;
}

/** What an end of the other role makes of the bytes: for each message its one character and its length. */
async function messagesIn(bytes: Buffer, role: Role, compressed: boolean): Promise<string[]> {
  const socket = new SlowDuplex();
  opened.push(socket);
  const { transport, listener } = transportOn(socket, role, compressed);
  transport.received(bytes, bytes.length);
  for (let turns = 0; turns < 2000 && transport.bufferedAmount === 0; turns++) await turn();
  return listener.calls.map((call) => {
    if (call.name !== 'text' && call.name !== 'binary') return call.name;
    const text = call.name === 'text' ? call.text : call.payload.toString('latin1');
    const mark = text[0]!;
    return text === mark.repeat(text.length) ? `${mark} ${text.length}` : 'spoilt';
  });
}

describe.each(KINDS)('what is sent through %s', (_kind, open) => {
  it.each<[string, Role, boolean]>([
    ['a server', 'server', false],
    ['a client', 'client', false],
    ['a server that compresses', 'server', true],
  ])(
    'by %s is what its peer reads, whatever others send meanwhile',
    async (_name, role, small) => {
      const { socket, wrap, kept } = await open();
      const { near, far } = await socketPair();
      far.resume();
      const alice = transportOn(socket, role, small).transport;
      const bob = transportOn(near, role, small).transport;
      await turn();
      if (wrap !== undefined) {
        wrap();
        await turn();
      }
      const waits = !(socket instanceof PassThrough);
      const [expected] = await Promise.all([sendAll(alice, 'a', waits), sendAll(bob, 'b', true)]);
      await new Promise<void>((resolve) => alice.afterSent(() => resolve()));
      await sendAll(bob, 'b', true);
      const all = expected.length;
      const peer: Role = role === 'server' ? 'client' : 'server';
      let got: string[] = [];
      for (let tries = 0; tries < 20 && got.length < all; tries++) {
        await turn();
        got = await messagesIn(Buffer.concat(kept()), peer, small);
      }
      expect([...got].sort()).toEqual([...expected].sort());
    },
    30_000,
  );
});

describe('what a foreign stream hands out', () => {
  it('stays as it was, for others may have it, too', async () => {
    const [one, other] = [new Keeper(), new Keeper()];
    const listeners = [one, other].map((socket) => transportOn(socket, 'server', false).listener);
    await turn();
    const bytes = clientText('for both of you');
    const before = Buffer.from(bytes);
    one.push(bytes);
    other.push(bytes);
    await Promise.all(listeners.map((listener) => listener.until(() => listener.texts.length > 0)));
    expect(listeners.map(({ texts }) => texts)).toEqual([['for both of you'], ['for both of you']]);
    expect(bytes).toEqual(before);
  });

  it('waits its turn when it is the answer to what is sent while something is parsed', async () => {
    const [near, far] = duplexPair({ highWaterMark: MIB });
    opened.push(near, far);
    const { transport, listener } = transportOn(near, 'server', false);
    listener.react = (call) => {
      // Large enough to leave at once.
      if (call.name === 'text' && call.text === 'first') transport.sendText('x'.repeat(100_000));
    };
    let answered = false;
    far.on('data', () => {
      if (!answered) far.write(clientText('answer'));
      answered = true;
    });
    await turn();
    far.write(Buffer.concat([clientText('first'), clientText('second'), clientText('third')]));
    await listener.until(() => listener.texts.length === 4);
    expect(listener.texts).toEqual(['first', 'second', 'third', 'answer']);
  });
});
