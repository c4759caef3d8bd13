import { createHash } from 'node:crypto';
import type { Message, Step } from './program.js';
import type { Socket } from './libraries.js';

/** Calls of which the other end hears. */
const SENDING = new Set<Step['do']>(['send', 'fragments', 'ping', 'pong']);

/** All that one end of a connection has said about a program. */
export interface Account {
  /** Messages, pings, and pongs the program sent, in order. */
  readonly received: readonly string[];
  /** Pongs that answer pings, in order. */
  readonly answers: readonly string[];
  readonly close: readonly unknown[];
  readonly errors: readonly string[];
  /** What calls threw. */
  readonly thrown: readonly string[];
  /** By call: how often its callback was called, and with an error or without. */
  readonly callbacks: readonly string[];
  readonly bufferedAmount: number;
  readonly readyState: number;
}

/** One end, watched: what it was told to do and what it says. */
export class WatchedEnd {
  /** What the other end has to receive of it. */
  sent = 0;
  readonly received: string[] = [];
  paused = false;
  private readonly answers: string[] = [];
  private readonly close: unknown[] = [];
  private readonly errors: string[] = [];
  private readonly thrown: string[] = [];
  private readonly callbacks: string[][] = [];
  private wake: () => void = () => {};

  /** @param echoes messages that it answers from within its listener */
  constructor(
    private readonly socket: Socket,
    private echoes = 0,
  ) {
    socket.on('open', () => this.note(this.errors, 'open'));
    socket.on('message', (data, isBinary) => {
      const bytes = Buffer.from(data as Buffer);
      if (this.isOpen && this.echoes-- > 0) {
        this.sent++;
        socket.send(data as Buffer, { binary: isBinary }, this.callback());
      }
      const hash = createHash('md5').update(bytes).digest('hex');
      this.note(
        this.received,
        `${isBinary ? 'binary' : 'text'} ${data.constructor.name} ${bytes.length} ${hash}`,
      );
    });
    socket.on('ping', (data) => this.note(this.received, data.toString()));
    socket.on('pong', (data) => {
      const text = data.toString();
      this.note(text.startsWith('pong') ? this.received : this.answers, text);
    });
    socket.on('error', (error) => this.note(this.errors, error.message));
    socket.on('close', (code, reason) => this.note(this.close, [code, reason.toString()]));
  }

  get isOpen(): boolean {
    return this.socket.readyState === 1;
  }

  get isClosed(): boolean {
    return this.close.length > 0;
  }

  get unanswered(): number {
    return this.callbacks.filter(({ length }) => length === 0).length;
  }

  /** Resolves with the next thing it says. */
  async change(): Promise<void> {
    await new Promise<void>((resolve) => (this.wake = resolve));
  }

  do(step: Step): void {
    const { isOpen } = this;
    try {
      this.call(step);
      if (isOpen && SENDING.has(step.do)) this.sent++;
    } catch (error) {
      this.thrown.push((error as Error).message);
      // Who is told by an exception is not told by a callback.
      if (SENDING.has(step.do)) this.callbacks.at(-1)?.push('thrown');
    }
  }

  account(): Account {
    const { received, answers, close, errors, thrown, socket } = this;
    const callbacks = this.callbacks.map((calls) => calls.join());
    const { bufferedAmount, readyState } = socket;
    return { received, answers, close, errors, thrown, callbacks, bufferedAmount, readyState };
  }

  private call(step: Step): void {
    const { socket } = this;
    switch (step.do) {
      case 'send':
        this.send(step.message, true);
        break;
      case 'fragments':
        for (const [index, piece] of step.pieces.entries()) {
          this.send(piece, index === step.pieces.length - 1);
        }
        break;
      case 'ping':
        socket.ping(step.payload, undefined, this.callback());
        break;
      case 'pong':
        socket.pong(step.payload, undefined, this.callback());
        break;
      case 'pause':
        socket.pause();
        this.paused = socket.isPaused;
        break;
      case 'resume':
        socket.resume();
        this.paused = socket.isPaused;
        break;
      case 'close':
        socket.close(step.code, step.reason);
        break;
      case 'terminate':
        socket.terminate();
        break;
    }
  }

  private send(message: Message, fin: boolean): void {
    const { binary, compress } = message;
    const options = {
      fin,
      ...(binary === undefined ? {} : { binary }),
      ...(compress === undefined ? {} : { compress }),
    };
    this.socket.send(dataOf(message), options, this.callback());
  }

  private callback(): (error?: Error | null) => void {
    const calls: string[] = [];
    this.callbacks.push(calls);
    return (error) => {
      calls.push(error ? 'error' : 'sent');
      this.wake();
    };
  }

  private note<Item>(list: Item[], item: Item): void {
    list.push(item);
    this.wake();
  }
}

/** UTF-8 of its length, so that it may be text as well; no two messages are alike. */
function dataOf({ kind, mark, length }: Message): string | Buffer | Uint8Array | ArrayBuffer {
  const text = `${mark} äöü ${'x'.repeat(mark % 7)} `
    .repeat(Math.ceil(length / 8))
    .slice(0, length);
  if (kind === 'text') return text;
  const bytes = Buffer.from(text);
  if (kind === 'buffer') return bytes;
  const copy = new Uint8Array(bytes);
  return kind === 'array' ? copy : copy.buffer;
}
