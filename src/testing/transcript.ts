import type { Received } from './ws-frame.js';

/** Longest line, and how many are kept: a test that floods must not drown its own error. */
const MAX_LINE = 200;
const MAX_LINES = 50;

/** What happened on one connection, line by line, for the errors of a test. */
export class Transcript {
  readonly #lines: string[] = [];
  #forgotten = 0;
  readonly #start = Date.now();

  sent(message: string | Uint8Array): void {
    this.add(`-> ${typeof message === 'string' ? message : describeBytes(message)}`);
  }

  received(message: Received): void {
    this.add(`<- ${describe(message)}`);
  }

  add(line: string): void {
    this.#lines.push(`  ${String(Date.now() - this.#start).padStart(5)} ms  ${cut(line)}`);
    if (this.#lines.length <= MAX_LINES) return;
    this.#lines.shift();
    this.#forgotten++;
  }

  toString(): string {
    const before = this.#forgotten > 0 ? [`  (${this.#forgotten} lines before)`] : [];
    return ['What happened:', ...before, ...this.#lines].join('\n');
  }
}

/** A received message in one line. */
export function describe(message: Received): string {
  if (message.kind === 'frame') return cut(JSON.stringify(message.frame));
  if (message.kind === 'text') return cut(`text ${JSON.stringify(message.text)}`);
  return describeBytes(message.bytes);
}

function describeBytes(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('hex');
  return `binary of ${bytes.length} bytes ${start}${bytes.length > 16 ? '…' : ''}`;
}

function cut(line: string): string {
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}… (${line.length} characters)` : line;
}
