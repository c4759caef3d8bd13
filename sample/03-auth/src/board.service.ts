import { Injectable, NotFoundException } from '@nestjs/common';

/** One notice, as it goes over the wire. */
export interface Notice {
  readonly id: number;
  readonly by: string;
  readonly text: string;
}

/** More than a screenful of notices is of no use to this sample. */
const CAPACITY = 20;

@Injectable()
export class Board {
  private notices: readonly Notice[] = [];
  private lastId = 0;

  get all(): readonly Notice[] {
    return this.notices;
  }

  add(by: string, text: string): void {
    this.notices = [{ id: ++this.lastId, by, text }, ...this.notices].slice(0, CAPACITY);
  }

  /** @throws {NotFoundException} when there is no such notice. */
  remove(id: number): void {
    const rest = this.notices.filter((notice) => notice.id !== id);
    if (rest.length === this.notices.length) throw new NotFoundException('The notice is gone');
    this.notices = rest;
  }
}
