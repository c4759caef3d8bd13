import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';

export interface Frame {
  event: string;
  data?: unknown;
  id?: string | number;
  complete?: boolean;
}

export interface ClosedWith {
  code: number;
  reason: string;
}

/** A client made with the npm package `ws` that can be awaited. */
export class Client {
  readonly socket: WebSocket;
  readonly closed: Promise<ClosedWith>;
  private readonly frames: Frame[] = [];
  private readonly waiting: { resolve: (frame: Frame) => void; reject: (error: Error) => void }[] =
    [];
  private endedWith: number | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data, isBinary) => {
      if (isBinary) return;
      const frame = JSON.parse((data as Buffer).toString()) as Frame;
      const waiter = this.waiting.shift();
      if (waiter === undefined) this.frames.push(frame);
      else waiter.resolve(frame);
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.endedWith = code;
        for (const { reject } of this.waiting.splice(0)) reject(noFrame(code));
      });
    });
  }

  /** Rejects with a `Refused` when the server answers with another status than 101. */
  static connect(
    url: string,
    options: { headers?: Record<string, string>; protocols?: string[] } = {},
  ): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, options.protocols ?? [], {
        headers: options.headers ?? {},
        perMessageDeflate: false,
      });
      const client = new Client(socket);
      socket.once('open', () => resolve(client));
      socket.once('error', reject);
      socket.once('unexpected-response', (_request, response) => {
        void readRefusal(response).then(reject, reject);
      });
    });
  }

  send(event: string, data?: unknown, id?: string | number): void {
    this.socket.send(JSON.stringify({ event, data, id }));
  }

  /** The next frame, whether it has arrived already or not. Rejects when the connection ends first. */
  next(): Promise<Frame> {
    const frame = this.frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    if (this.endedWith !== undefined) return Promise.reject(noFrame(this.endedWith));
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  async take(count: number): Promise<Frame[]> {
    const frames: Frame[] = [];
    while (frames.length < count) frames.push(await this.next());
    return frames;
  }

  /** Sends a message and gives the next frame. */
  async ask(event: string, data?: unknown, id?: string | number): Promise<Frame> {
    this.send(event, data, id);
    return this.next();
  }

  /** Frames that have arrived and nobody took; after an answer to a later message this is all of them. */
  get unread(): readonly Frame[] {
    return this.frames;
  }

  /** Ends TCP with a reset in place of a FIN, without a closing handshake. */
  reset(): void {
    // `ws` keeps its socket to itself.
    const { _socket: tcp } = this.socket as unknown as { _socket: Socket };
    tcp.resetAndDestroy();
  }

  async close(): Promise<ClosedWith> {
    this.socket.close();
    return this.closed;
  }
}

function noFrame(code: number): Error {
  return new Error(`expected a frame, but the connection was closed with ${code}`);
}

/** The HTTP answer to a refused upgrade. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly headers: IncomingMessage['headers'],
    readonly body: string,
  ) {
    super(`refused with ${status}`);
  }
}

async function readRefusal(response: IncomingMessage): Promise<Refused> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return new Refused(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString());
}

/** The refusal of a connection that must not be accepted. */
export async function refusal(
  url: string,
  options?: Parameters<typeof Client.connect>[1],
): Promise<Refused> {
  try {
    await Client.connect(url, options);
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
  throw new Error(`expected ${url} to be refused`);
}
