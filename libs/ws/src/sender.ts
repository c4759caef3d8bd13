import { randomFillSync } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { applyMask, FIN, headerLength, Opcode, RSV1, writeFrame, type SendCallback } from '#engine';
import { readCloseArguments, toBytes } from '#ws';
import { SendOrder } from './send-order.js';
import { PerMessageDeflate } from './per-message-deflate.js';

type GenerateMask = (mask: Buffer) => void;

/** How `Sender.frame` frames. */
interface FrameOptions {
  opcode: number;
  /** Whether it is the last fragment of its message; default false. */
  fin?: boolean;
  /** Whether the message is compressed; default false. */
  rsv1?: boolean;
  /** Whether to mask, as a client must (RFC 6455 5.3); default false. */
  mask?: boolean;
  /** Fills in the masking key; default random. */
  generateMask?: GenerateMask | undefined;
  /** Where the masking key is put; default a buffer of its own. */
  maskBuffer?: Buffer | undefined;
  /** Whether the bytes of `data` must stay as they are; default false. */
  readOnly?: boolean;
}

/** How `Sender.send` sends. */
interface SenderOptions {
  binary?: boolean;
  compress?: boolean;
  fin?: boolean;
  mask?: boolean;
}

/** Frames messages and writes them to a socket, for programs that have no WebSocket around it. */
export class Sender {
  readonly #order: SendOrder;
  readonly #socket: Duplex;
  readonly #deflate: PerMessageDeflate | undefined;
  readonly #generateMask: GenerateMask | undefined;
  #inMessage = false;
  #compressing = false;

  /** @param extensions agreed on: `PerMessageDeflate` by its name, or none */
  constructor(
    socket: Duplex,
    extensions: Readonly<Record<string, unknown>> = {},
    generateMask?: GenerateMask,
  ) {
    this.#socket = socket;
    this.#generateMask = generateMask;
    const deflate = extensions[PerMessageDeflate.extensionName];
    this.#deflate = deflate instanceof PerMessageDeflate ? deflate : undefined;
    this.#order = new SendOrder();
  }

  /**
   * Makes the bytes of one frame.
   * @returns what to write, in order: the header, and the payload where it is not joined to it
   */
  static frame(data: Uint8Array | string, options: FrameOptions): [Buffer] | [Buffer, Buffer] {
    const { opcode, fin, rsv1, mask, maskBuffer, readOnly } = options;
    const payload = typeof data === 'string' ? Buffer.from(data) : toBytes(data);
    const first = (fin ? FIN : 0) | (rsv1 ? RSV1 : 0) | opcode;
    if (!mask) {
      const head = Buffer.allocUnsafe(headerLength(payload.length, false));
      return [withLength(head, first, payload.length), payload];
    }
    const key = maskBuffer ?? Buffer.alloc(4);
    if (options.generateMask) options.generateMask(key);
    else randomFillSync(key, 0, 4);
    if (readOnly || typeof data === 'string') {
      const frame = Buffer.allocUnsafe(headerLength(payload.length, true) + payload.length);
      writeFrame(frame, 0, first, payload, key.readInt32LE(0));
      return [frame];
    }
    const head = Buffer.allocUnsafe(headerLength(payload.length, true));
    withLength(head, first, payload.length);
    head[1]! |= 0x80;
    key.copy(head, head.length - 4, 0, 4);
    applyMask(payload, 0, payload.length, key.readInt32LE(0));
    return [head, payload];
  }

  /** Sends a Close frame. */
  close(code?: number, data?: string | Buffer, mask?: boolean, callback?: SendCallback): void {
    const reason = readCloseArguments(code, data);
    const payload = Buffer.alloc(code === undefined ? 0 : 2 + reason.length);
    if (code !== undefined) {
      payload.writeUInt16BE(code, 0);
      payload.set(reason, 2);
    }
    this.#control(Opcode.Close, payload, mask, callback);
  }

  ping(data: unknown, mask?: boolean, callback?: SendCallback): void {
    this.#control(Opcode.Ping, data, mask, callback);
  }

  pong(data: unknown, mask?: boolean, callback?: SendCallback): void {
    this.#control(Opcode.Pong, data, mask, callback);
  }

  /** Sends a message, or a fragment of one. */
  send(data: unknown, options: SenderOptions, callback?: SendCallback): void {
    const { fin = false, mask = false } = options;
    const continues = this.#inMessage;
    const opcode = continues ? Opcode.Continuation : options.binary ? Opcode.Binary : Opcode.Text;
    if (!continues) this.#compressing = options.compress === true && this.#deflate !== undefined;
    const compressing = this.#compressing;
    this.#inMessage = !fin;
    const write = (bytes: Buffer, rsv1: boolean): void =>
      this.#write(bytes, { opcode, fin, mask, rsv1, readOnly: true }, callback);
    this.#order.add(
      data,
      (bytes, next) => {
        if (!compressing) {
          write(bytes, false);
          next();
          return;
        }
        this.#deflate!.compress(bytes, fin, (_error, compressed) => {
          write(compressed!, !continues);
          next();
        });
      },
      callback,
    );
  }

  /** Writes bytes that are frames already. */
  sendFrame(list: readonly Uint8Array[], callback?: SendCallback): void {
    this.#socket.cork();
    list.forEach((bytes, index) => {
      if (index === list.length - 1)
        this.#socket.write(bytes, callback as (error?: Error | null) => void);
      else this.#socket.write(bytes);
    });
    this.#socket.uncork();
  }

  #control(opcode: number, data: unknown, mask = false, callback?: SendCallback): void {
    const size = data instanceof Blob ? data.size : toBytes(data).length;
    if (size > 125) throw new RangeError('The data size must not be greater than 125 bytes');
    this.#order.add(
      data,
      (bytes, next) => {
        this.#write(bytes, { opcode, fin: true, mask, rsv1: false, readOnly: true }, callback);
        next();
      },
      callback,
    );
  }

  #write(bytes: Buffer, options: FrameOptions, callback?: SendCallback): void {
    const generateMask = this.#generateMask;
    this.sendFrame(Sender.frame(bytes, { ...options, generateMask }), callback);
  }
}

/** A header for a payload that stands elsewhere. */
function withLength(head: Buffer, first: number, length: number): Buffer {
  head[0] = first;
  if (length < 126) {
    head[1] = length;
  } else if (length < 65_536) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeUInt16BE(0, 2);
    head.writeUIntBE(length, 4, 6);
  }
  return head;
}
