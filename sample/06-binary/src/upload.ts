import { createHash } from 'node:crypto';
import { PayloadTooLargeException } from '@nestjs/common';

/** What is known of a file when all of it has arrived. */
export interface Received {
  readonly name: string;
  readonly size: number;
  /** Of the content, in hexadecimal. */
  readonly sha256: string;
}

/** A file on its way in. The bytes are counted and hashed, and kept nowhere. */
export class Upload {
  private readonly hash = createHash('sha256');
  private arrived = 0;

  constructor(
    readonly name: string,
    readonly size: number,
  ) {}

  get received(): number {
    return this.arrived;
  }

  get complete(): boolean {
    return this.arrived === this.size;
  }

  /** @throws {PayloadTooLargeException} for more bytes than were announced. */
  write(bytes: Uint8Array): void {
    if (this.arrived + bytes.length > this.size) {
      throw new PayloadTooLargeException('The file is longer than announced');
    }
    this.hash.update(bytes);
    this.arrived += bytes.length;
  }

  /** To be asked for once. */
  finish(): Received {
    return { name: this.name, size: this.size, sha256: this.hash.digest('hex') };
  }
}
