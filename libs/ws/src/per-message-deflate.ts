import { constants, deflateRawSync } from 'node:zlib';
import type { ExtensionOffer, PerMessageDeflateOptions } from '#engine';
import {
  acceptOffer,
  PerMessageDeflate as AgreedDeflate,
  PERMESSAGE_DEFLATE,
  readAnswer,
  type DeflateAgreement,
} from '#ws';
import type { ExtensionParameters } from './extension.js';

type Params = Record<string, string | number | true>;
type Done = (error: Error | null, data?: Buffer) => void;

/** Options of `PerMessageDeflate`: those of compression, and which end it is. */
interface PerMessageDeflateSettings extends PerMessageDeflateOptions {
  isServer?: boolean;
  /** Most bytes of one inflated message; 0 = no limit. */
  maxPayload?: number;
}

/** Under which an instance gives what a connection compresses with. */
export const kAgreed = Symbol('nestwire:agreed');

/** What every flush of zlib ends with, and no message has on the wire (RFC 7692 7.2.1). */
const TAIL_LENGTH = 4;
const EMPTY = Buffer.alloc(0);
const DEFAULT_MEM_LEVEL = 8;
const LEAST_BITS = 9;

/**
 * permessage-deflate (RFC 7692) by itself, for programs that negotiate or compress without a connection.
 * What it sends it compresses message by message; what it reads may use the context of those before.
 */
export class PerMessageDeflate {
  static get extensionName(): string {
    return PERMESSAGE_DEFLATE;
  }

  /** What was agreed on; null before. */
  params: Params | null = null;

  readonly #options: PerMessageDeflateSettings;
  #agreement: DeflateAgreement | null = null;
  #deflate: AgreedDeflate | null = null;
  #length = 0;

  /** @param isServer as an argument of its own, like `maxPayload`, in `ws` up to 8.19 */
  constructor(options?: PerMessageDeflateSettings, isServer?: boolean, maxPayload?: number) {
    const given = options ?? {};
    this.#options = {
      ...given,
      isServer: isServer ?? given.isServer === true,
      maxPayload: maxPayload ?? given.maxPayload ?? 0,
    };
  }

  /** The parameters a client offers. */
  offer(): Params {
    const { serverMaxWindowBits, clientMaxWindowBits, ...options } = this.#options;
    return {
      ...(options.serverNoContextTakeover === true && { server_no_context_takeover: true }),
      ...(options.clientNoContextTakeover === true && { client_no_context_takeover: true }),
      ...(serverMaxWindowBits && { server_max_window_bits: serverMaxWindowBits }),
      ...(clientMaxWindowBits && { client_max_window_bits: clientMaxWindowBits }),
      ...(clientMaxWindowBits == null && { client_max_window_bits: true as const }),
    };
  }

  /**
   * Agrees to one of a client's offers, or to a server's answer.
   * @throws {Error} when there is none that can be agreed to
   */
  accept(configurations: readonly ExtensionParameters[]): Params {
    const options = this.#options;
    const offers = configurations.map(toOffer);
    const agreement = options.isServer ? acceptOffer(offers, options) : readAnswer(offers, options);
    if (agreement instanceof Error) throw agreement;
    if (agreement === null) throw new Error('None of the extension offers can be accepted');
    this.#agreement = agreement;
    this.params = Object.fromEntries(agreement.element.params.map(readParam));
    return this.params;
  }

  /** Lets go of zlib. */
  cleanup(): void {
    this.#deflate?.end();
    this.#deflate = null;
  }

  /** @param last whether `data` ends its message */
  compress(data: Uint8Array | string, last: boolean, done: Done): void {
    const {
      level,
      memLevel = DEFAULT_MEM_LEVEL,
      strategy,
    } = this.#options.zlibDeflateOptions ?? {};
    const { serverWindowBits, clientWindowBits } = this.#agreed;
    const bits = this.#options.isServer ? serverWindowBits : clientWindowBits;
    const whole = deflateRawSync(data, {
      ...(level !== undefined && { level }),
      ...(strategy !== undefined && { strategy }),
      memLevel,
      windowBits: Math.max(bits, LEAST_BITS),
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    const bytes = last ? whole.subarray(0, whole.length - TAIL_LENGTH) : whole;
    process.nextTick(done, null, bytes);
  }

  /** @param last whether `data` ends its message */
  decompress(data: Buffer, last: boolean, done: Done): void {
    const { maxPayload = 0 } = this.#options;
    const { inflater } = (this.#deflate ??= this.#open());
    inflater.feed(data, last);
    const parts: Buffer[] = [];
    for (;;) {
      const part = inflater.next();
      if (part === null) {
        process.nextTick(done, codeOf(new Error('Invalid compressed data'), 'Z_DATA_ERROR'));
        return;
      }
      if (part.length === 0) break;
      this.#length += part.length;
      if (maxPayload > 0 && this.#length > maxPayload) {
        const error = new RangeError('Max payload size exceeded');
        process.nextTick(done, codeOf(error, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'));
        return;
      }
      // A view that only lives until the next one.
      parts.push(Buffer.from(part));
    }
    if (last) this.#length = 0;
    process.nextTick(done, null, parts.length === 0 ? EMPTY : Buffer.concat(parts));
  }

  /** @internal What a connection is given that uses the agreement. */
  get [kAgreed](): AgreedDeflate {
    return this.#open();
  }

  get #agreed(): DeflateAgreement {
    if (this.#agreement === null) throw new Error('Cannot compress: nothing was accepted yet');
    return this.#agreement;
  }

  #open(): AgreedDeflate {
    const { isServer, maxPayload = 0, ...options } = this.#options;
    return new AgreedDeflate(isServer ? 'server' : 'client', this.#agreed, options, maxPayload);
  }
}

function toOffer(configuration: ExtensionParameters): ExtensionOffer {
  const params = Object.entries(configuration).flatMap(([name, values]) =>
    [values]
      .flat()
      .map((value): [string, string | true] => [name, value === true ? true : String(value)]),
  );
  return { name: PERMESSAGE_DEFLATE, params };
}

function readParam([name, value]: [string, string | true]): [string, number | true] {
  return [name, value === true ? true : Number(value)];
}

function codeOf<E extends Error>(error: E, code: string): E & { code: string } {
  return Object.assign(error, { code });
}
