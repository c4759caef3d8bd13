import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Attachment } from './board.contract.js';

interface StoredFile {
  readonly name: string;
  readonly bytes: Buffer;
}

const FOLDER = 'attachments/';

/** The files on cards: in memory, as the cards themselves. Whoever knows the address of one may fetch it. */
@Injectable()
export class Attachments {
  private readonly files = new Map<string, StoredFile>();

  keep(name: string, bytes: Buffer): Attachment {
    const id = randomUUID();
    this.files.set(id, { name, bytes });
    return { name, size: bytes.length, url: `${FOLDER}${id}` };
  }

  find(id: string): StoredFile | undefined {
    return this.files.get(id);
  }

  drop(attachment: Attachment | undefined): void {
    if (attachment !== undefined) this.files.delete(attachment.url.slice(FOLDER.length));
  }
}
