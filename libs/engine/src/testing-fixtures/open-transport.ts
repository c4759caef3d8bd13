import { DEFAULT_LIMITS, type TransportLimits } from '../protocol/limits.js';
import type { Role } from '../protocol/protocol.js';
import { SocketTransport } from '../transport/socket-transport.js';
import type { Duplex } from 'node:stream';
import { takeRawFrames, type RawFrame, type ReadFrame } from './raw-frame.js';
import { framesTo } from './receive.js';
import { RecordingListener } from './recording-listener.js';
import { SlowDuplex } from './slow-duplex.js';
import { ByteReader, countWrites, socketPair, type SocketPair } from './socket-pair.js';

interface Options extends Partial<TransportLimits> {
  role?: Role;
  /** What came in the same segment as the handshake. */
  head?: Buffer;
  /** Leaves it to the caller to start the transport. */
  start?: boolean;
}

interface OpenTransport {
  readonly transport: SocketTransport;
  readonly listener: RecordingListener;
}

/** A transport on this socket, without timers unless they are asked for. */
export function openOn(socket: Duplex, options: Options): OpenTransport {
  const { role = 'server', head = Buffer.alloc(0), start = true, ...limits } = options;
  const transport = new SocketTransport(socket, head, role, '', {
    ...DEFAULT_LIMITS,
    pingInterval: 0,
    idleTimeout: 0,
    ...limits,
  });
  const listener = new RecordingListener();
  transport.setListener(listener);
  if (start) transport.start();
  return { transport, listener };
}

/** A transport at one end of a TCP connection, and a raw peer at the other. */
export async function openTransport(
  options: Options = {},
): Promise<OpenTransport & SocketPair & { readonly peer: RawPeer; readonly writes: number[] }> {
  const pair = await socketPair();
  const { sizes: writes } = countWrites(pair.near);
  const peer = new RawPeer(new ByteReader(pair.far), options.role ?? 'server');
  return { ...pair, ...openOn(pair.near, options), peer, writes };
}

/** A transport on a socket that can be blocked at will. */
export function openOnSlowDuplex(options: Options = {}): OpenTransport & {
  readonly socket: SlowDuplex;
  /** Hands the transport these frames of its peer. */
  readonly receive: (...frames: RawFrame[]) => void;
  readonly sent: () => ReadFrame[];
} {
  const socket = new SlowDuplex();
  const role = options.role ?? 'server';
  const opened = openOn(socket, options);
  const receive = (...frames: RawFrame[]) => {
    const bytes = framesTo(role, ...frames);
    opened.transport.received(bytes, bytes.length);
  };
  return { ...opened, socket, receive, sent: () => takeRawFrames(socket.bytes).frames };
}

/** Speaks raw frames: what it sends need not be right. */
class RawPeer {
  constructor(
    private readonly reader: ByteReader,
    private readonly role: Role,
  ) {}

  send(...frames: RawFrame[]): void {
    this.reader.socket.write(framesTo(this.role, ...frames));
  }

  /** The first `count` frames it was sent. */
  async frames(count: number): Promise<ReadFrame[]> {
    for (let length = 2; ; length++) {
      const bytes = await this.reader.read(length);
      const { frames } = takeRawFrames(bytes);
      if (frames.length >= count) return frames;
      length = bytes.length;
    }
  }

  /** All frames up to the other side's FIN. */
  async framesToEnd(): Promise<ReadFrame[]> {
    return takeRawFrames(await this.reader.readToEnd()).frames;
  }

  /** Sends a FIN. */
  end(): void {
    this.reader.socket.end();
  }
}
