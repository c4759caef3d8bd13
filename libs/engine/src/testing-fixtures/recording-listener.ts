import type { TransportListener } from '../transport/transport.js';

type ListenerCall =
  | { readonly name: 'text'; readonly text: string }
  | { readonly name: 'binary' | 'ping' | 'pong'; readonly payload: Buffer }
  | { readonly name: 'drain' }
  | { readonly name: 'error'; readonly error: Error }
  | {
      readonly name: 'close';
      readonly code: number;
      readonly reason: string;
      readonly wasClean: boolean;
    };

/** Writes down what a transport reports, and can be awaited. */
export class RecordingListener implements TransportListener {
  readonly calls: ListenerCall[] = [];
  /** Called with each call after it was written down; may use the transport, or throw. */
  react: (call: ListenerCall) => void = () => {};
  private waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  onText(payload: Buffer): void {
    this.record({ name: 'text', text: payload.toString() });
  }

  onBinary(payload: Buffer): void {
    this.record({ name: 'binary', payload });
  }

  onPing(payload: Buffer): void {
    this.record({ name: 'ping', payload });
  }

  onPong(payload: Buffer): void {
    this.record({ name: 'pong', payload });
  }

  onDrain(): void {
    this.record({ name: 'drain' });
  }

  onError(error: Error): void {
    this.record({ name: 'error', error });
  }

  onClose(code: number, reason: string, wasClean: boolean): void {
    this.record({ name: 'close', code, reason, wasClean });
  }

  /** Texts received so far. */
  get texts(): string[] {
    return this.calls.flatMap((call) => (call.name === 'text' ? [call.text] : []));
  }

  get names(): string[] {
    return this.calls.map((call) => call.name);
  }

  /** The errors reported, by their stable code. */
  get errorCodes(): unknown[] {
    return this.calls.flatMap((call) =>
      call.name === 'error' && 'code' in call.error ? [call.error.code] : [],
    );
  }

  /** Resolves as soon as `holds()`; it is asked after each call. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => this.waiting.push({ holds, resolve }));
  }

  /** Resolves with what `onClose` was told. */
  async closed(): Promise<{ code: number; reason: string; wasClean: boolean }> {
    await this.until(() => this.names.includes('close'));
    const call = this.calls.find((one) => one.name === 'close');
    if (call?.name !== 'close') throw new Error('No close was recorded');
    return { code: call.code, reason: call.reason, wasClean: call.wasClean };
  }

  private record(call: ListenerCall): void {
    this.calls.push(call);
    const due = this.waiting.filter(({ holds }) => holds());
    this.waiting = this.waiting.filter((one) => !due.includes(one));
    for (const { resolve } of due) resolve();
    this.react(call);
  }
}
