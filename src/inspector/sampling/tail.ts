import type { TailFrame, TailFrames } from '../contract/inspector-contract.js';
import type { SampledConnection } from './sampled-connection.js';

/** Frames that are told at a time, and milliseconds between two times. */
const MAX_FRAMES = 100;
export const TAIL_INTERVAL = 250;
/** Characters of a payload that are shown, bytes of one that is no text. */
const MAX_PAYLOAD = 2_000;
const MAX_HEX = 64;
/** Characters of a text that is read to find its event. */
const MAX_READ = 64 * 1024;
const MAX_EVENT = 128;

/** What the engine says of a message. */
export interface PassedMessage {
  readonly transport: object;
  readonly byteLength: number;
  readonly isBinary: boolean;
  readonly payload?: string | Uint8Array;
}

/** The messages of one connection, for one inspector: so many as can be read, and how many more there were. */
export class Tail {
  #frames: TailFrame[] = [];
  #skipped = 0;
  #ended = false;

  /** @param payloads whether they are shown */
  constructor(
    readonly sampled: SampledConnection,
    readonly payloads: boolean,
  ) {}

  add(direction: TailFrame['direction'], message: PassedMessage): void {
    if (this.#frames.length >= MAX_FRAMES) {
      this.#skipped++;
      return;
    }
    const { byteLength: bytes, isBinary: binary, payload } = message;
    const text = binary || payload === undefined ? undefined : textOf(payload);
    this.#frames.push({
      at: Date.now(),
      direction,
      bytes,
      binary,
      event: text === undefined ? '' : eventOf(text),
      ...(this.payloads && payload !== undefined && { payload: shown(text, payload) }),
    });
  }

  end(): void {
    this.#ended = true;
  }

  /** @returns undefined where there is nothing to tell */
  take(): TailFrames | undefined {
    if (this.#frames.length === 0 && this.#skipped === 0 && !this.#ended) return undefined;
    const told = {
      connection: this.sampled.id,
      frames: this.#frames,
      skipped: this.#skipped,
      ended: this.#ended,
    };
    this.#frames = [];
    this.#skipped = 0;
    return told;
  }

  /** What was to be told was not: its inspector reads too slowly. */
  skip(): void {
    this.#skipped += this.#frames.length;
    this.#frames = [];
  }
}

function textOf(payload: string | Uint8Array): string {
  if (typeof payload === 'string') return payload;
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8');
}

function shown(text: string | undefined, payload: string | Uint8Array): string {
  if (text !== undefined) {
    return text.length <= MAX_PAYLOAD ? text : `${text.slice(0, MAX_PAYLOAD)}…`;
  }
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const hex = Buffer.from(bytes.subarray(0, MAX_HEX)).toString('hex');
  return (hex.match(/../g) ?? []).join(' ') + (bytes.length > MAX_HEX ? ' …' : '');
}

/** Of a message in JSON. */
function eventOf(text: string): string {
  if (text.length > MAX_READ) return '';
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message !== 'object' || message === null || !('event' in message)) return '';
    return typeof message.event === 'string' ? message.event.slice(0, MAX_EVENT) : '';
  } catch {
    return '';
  }
}
