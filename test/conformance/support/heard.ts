import type { WebSocket } from 'nestwire/engine';

/** One thing an end reported: what, and its text, bytes (as hexadecimal), code or reason. */
export type Word = readonly [what: string, ...details: (string | number)[]];

/** Writes down what one end of a connection reports, and can be awaited. */
export class Heard {
  readonly words: Word[] = [];
  private waiting: (() => void)[] = [];

  /** @param withOpen whether a client's `open` is a word, too */
  constructor(ws: WebSocket, withOpen = false) {
    if (withOpen) ws.on('open', () => this.note('open'));
    ws.on('message', (data, isBinary) => {
      const bytes = data as Buffer;
      this.note(isBinary ? 'binary' : 'text', isBinary ? bytes.toString('hex') : bytes.toString());
    });
    ws.on('ping', (data) => this.note('ping', data.toString()));
    ws.on('pong', (data) => this.note('pong', data.toString()));
    ws.on('error', (error) =>
      this.note('error', 'code' in error ? String(error.code) : error.name),
    );
    ws.on('close', (code, reason) => this.note('close', code, reason.toString()));
  }

  /** Resolves with all that was heard, once there are `count` words. */
  async atLeast(count: number): Promise<readonly Word[]> {
    while (this.words.length < count) await this.more();
    return this.words;
  }

  /** Resolves with the close that was heard. */
  async closed(): Promise<Word> {
    for (;;) {
      const close = this.words.find(([what]) => what === 'close');
      if (close) return close;
      await this.more();
    }
  }

  /** What was heard of one kind. */
  of(kind: string): Word[] {
    return this.words.filter(([what]) => what === kind);
  }

  private note(what: string, ...details: (string | number)[]): void {
    this.words.push([what, ...details]);
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  private async more(): Promise<void> {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}
