import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  MessageBody,
  OnBinary,
  OnMessage,
  Signal,
  Upload,
  WsGateway,
  type IncomingUpload,
} from 'nestwire';

export interface Taken {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What the gateway of these tests speaks. */
export interface UploadContract {
  calls: { add(data: [number, number]): number };
  uploads: {
    file(data: { name: string }): Taken;
    slow(data: { name: string; pause: number }): Taken;
    small(): number;
    never(): void;
    early(): string;
    broken(): void;
    first(): number;
  };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Takes files, and says what it took. */
@WsGateway('/upload')
export class UploadGateway {
  /** How often each was begun. */
  readonly begun: string[] = [];
  /** How reading came to an end, where it failed. */
  readonly failures: unknown[] = [];
  /** Most bytes that had come and were not read. */
  ahead = 0;
  readonly binary: Buffer[] = [];

  @OnMessage('file')
  file(@Upload() upload: IncomingUpload, @MessageBody('name') name: string): Promise<Taken> {
    return this.take(upload, name, 0);
  }

  @OnMessage('slow')
  slow(
    @MessageBody() { name, pause }: { name: string; pause: number },
    @Upload({ maxSize: 100_000_000 }) upload: IncomingUpload,
  ): Promise<Taken> {
    return this.take(upload, name, pause);
  }

  @OnMessage('small')
  async small(@Upload({ maxSize: 1_000 }) upload: IncomingUpload): Promise<number> {
    return (await upload.bytes()).length;
  }

  /** Reads nothing. */
  @OnMessage('never')
  async never(@Upload() upload: IncomingUpload, @Signal() signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
    this.failures.push(upload.signal.reason);
  }

  @OnMessage('early')
  early(@Upload() _upload: IncomingUpload): string {
    return 'I have it';
  }

  @OnMessage('broken')
  async broken(@Upload() upload: IncomingUpload): Promise<void> {
    for await (const part of upload) if (part.length > 0) throw new Error('The disk is full');
  }

  /** Is content with the first part. */
  @OnMessage('first')
  async first(@Upload() upload: IncomingUpload): Promise<number> {
    for await (const part of upload) return part.length;
    return 0;
  }

  @OnMessage('add')
  add(@MessageBody() [a, b]: [number, number]): number {
    return a + b;
  }

  @OnBinary()
  others(@MessageBody() bytes: Buffer): void {
    this.binary.push(bytes);
  }

  private async take(upload: IncomingUpload, name: string, pause: number): Promise<Taken> {
    this.begun.push(name);
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      for await (const part of upload) {
        hash.update(part);
        bytes += part.length;
        if (pause > 0) await sleep(pause);
        this.ahead = Math.max(this.ahead, upload.received - bytes);
      }
    } catch (error) {
      this.failures.push(error);
      throw error;
    }
    return { name, bytes, sha256: hash.digest('hex') };
  }
}
