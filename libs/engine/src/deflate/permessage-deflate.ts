import { formatExtensions } from '../handshake/extension-header.js';
import type { Decompressor } from '../protocol/decompressor.js';
import type { Role } from '../protocol/protocol.js';
import {
  DEFAULT_CONCURRENCY_LIMIT,
  DEFAULT_MAX_COMPRESSED_SIZE,
  DEFAULT_THRESHOLD,
  type PerMessageDeflateOptions,
} from './deflate-options.js';
import { Deflater } from './deflater.js';
import { Inflater } from './inflater.js';
import type { DeflateAgreement } from './negotiation.js';
import { OneShotDeflater, OneShotInflater } from './one-shot.js';
import { hasSyncBinding } from './zlib-handle.js';

/** zlib's own, and what `ws` compresses with: for a small message no level is faster. */
const SMALL_LEVEL = 6;
/** Favours speed: on 16 KiB of JSON, level 3 takes less than half the time of 6 for 6 % more bytes. */
const LARGE_LEVEL = 3;
/** With context takeover: on 4 KiB of JSON 2 % more bytes than level 6 in three quarters of its time. */
const TAKEOVER_LEVEL = 5;
/** Bytes from which on a message is large. */
const LARGE_FROM = 2048;
const DEFAULT_MEM_LEVEL = 8;
/** What zlib makes of a window of 8 bits it deflates with; its search stays within 250 bytes. */
const LEAST_DEFLATE_BITS = 9;

const syncBinding = hasSyncBinding();

/** permessage-deflate as agreed on for one connection, both directions. */
export class PerMessageDeflate {
  readonly inflater: Decompressor;
  /** Connections whose large messages are inflated in one turn. */
  readonly concurrencyLimit: number;

  // One and the same where the level was chosen, or a context does not allow for two.
  private readonly small: Deflater | OneShotDeflater;
  private readonly large: Deflater | OneShotDeflater;
  private readonly threshold: number;
  private readonly maxSize: number;

  /**
   * @param maxPayload most bytes of one inflated message, 0 = no limit
   * @param useBinding whether to use Node's synchronous binding; default if it is there
   */
  constructor(
    role: Role,
    private readonly agreement: DeflateAgreement,
    options: PerMessageDeflateOptions,
    maxPayload: number,
    useBinding = syncBinding,
  ) {
    const isServer = role === 'server';
    const sendTakeover = isServer ? agreement.serverTakeover : agreement.clientTakeover;
    const sendBits = isServer ? agreement.serverWindowBits : agreement.clientWindowBits;
    const readTakeover = isServer ? agreement.clientTakeover : agreement.serverTakeover;
    const readBits = isServer ? agreement.clientWindowBits : agreement.serverWindowBits;
    // Only these: a preset dictionary, say, would make messages that no peer can read.
    const { level, memLevel, strategy } = options.zlibDeflateOptions ?? {};
    const settings = {
      level: level ?? (sendTakeover ? TAKEOVER_LEVEL : LARGE_LEVEL),
      memLevel: memLevel ?? DEFAULT_MEM_LEVEL,
      ...(strategy !== undefined && { strategy }),
      windowBits: Math.max(sendBits, LEAST_DEFLATE_BITS),
    };
    const Chosen = useBinding ? Deflater : OneShotDeflater;
    this.large = new Chosen(sendTakeover, settings);
    this.small =
      sendTakeover || level !== undefined
        ? this.large
        : new Chosen(false, { ...settings, level: SMALL_LEVEL });
    this.inflater = useBinding
      ? new Inflater(readTakeover, readBits)
      : new OneShotInflater(readTakeover, readBits, maxPayload);
    this.threshold = options.threshold ?? DEFAULT_THRESHOLD;
    this.maxSize = options.maxCompressedSize ?? DEFAULT_MAX_COMPRESSED_SIZE;
    this.concurrencyLimit = options.concurrencyLimit ?? DEFAULT_CONCURRENCY_LIMIT;
  }

  /** What was agreed on, as the value of a Sec-WebSocket-Extensions header. */
  get header(): string {
    return formatExtensions([this.agreement.element]);
  }

  /** See `Deflater.sharedKey`; for a message of `length` bytes. */
  sharedKey(length: number): string | null {
    return this.deflaterFor(length).sharedKey;
  }

  /** Whether a message of `length` bytes is worth compressing. */
  wants(length: number): boolean {
    return length >= this.threshold && length <= this.maxSize;
  }

  /** See `Deflater.compress`. */
  compress(payload: Uint8Array): Buffer {
    return this.deflaterFor(payload.length).compress(payload);
  }

  /** Lets go of both states. */
  end(): void {
    this.large.end();
    this.inflater.end();
  }

  private deflaterFor(length: number): Deflater | OneShotDeflater {
    return length < LARGE_FROM ? this.small : this.large;
  }
}
