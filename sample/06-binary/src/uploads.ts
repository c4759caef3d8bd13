import { BadRequestException, PayloadTooLargeException } from '@nestjs/common';
import { Upload } from './upload.js';

const MIB = 1024 * 1024;
/** Bytes of the largest file taken. */
export const MAX_FILE = 8 * MIB;
/** Files of one connection at a time: each holds a hash and a place in this map. */
export const MAX_AT_ONCE = 4;

/** The files one connection is sending. */
export class Uploads {
  private readonly running = new Map<number, Upload>();
  private lastId = 0;

  /**
   * @returns the id that each chunk begins with
   * @throws {PayloadTooLargeException} for a file beyond the limit: before its first byte is sent
   */
  start(name: string, size: number): number {
    if (size > MAX_FILE) {
      throw new PayloadTooLargeException(`The file is larger than ${MAX_FILE / MIB} MiB`);
    }
    if (this.running.size >= MAX_AT_ONCE) {
      throw new BadRequestException(`${MAX_AT_ONCE} files are on their way already`);
    }
    const id = ++this.lastId;
    this.running.set(id, new Upload(name, size));
    return id;
  }

  /** @throws {BadRequestException} for an id that is not on its way. */
  get(id: number): Upload {
    const upload = this.running.get(id);
    if (upload === undefined) throw new BadRequestException('No such upload');
    return upload;
  }

  end(id: number): void {
    this.running.delete(id);
  }
}
