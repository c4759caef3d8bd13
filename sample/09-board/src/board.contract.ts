/** The columns of the board, left to right. */
export type Column = 'todo' | 'doing' | 'done';

export interface Card {
  readonly id: string;
  readonly title: string;
  readonly column: Column;
  /** Who has written it. */
  readonly by: string;
  readonly attachment?: Attachment;
}

/** A file that somebody has put on a card. */
export interface Attachment {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Where it is fetched, relative to the page. */
  readonly url: string;
}

/** What `/board` speaks; the page and the gateway are checked against it. */
export interface BoardContract {
  calls: {
    /** The whole board; what happens later is told by `changed`. */
    cards(): readonly Card[];
    add(data: { title: string }): Card;
    move(data: { id: string; column: Column }): Card;
  };
  uploads: {
    /** Puts a file on a card, in the place of another one. */
    attach(data: { id: string; name: string }): Card;
  };
  events: { changed: Card };
  mail: { moved: { title: string; column: Column; by: string } };
  presence: { name: string };
  user: { sub: string };
}
