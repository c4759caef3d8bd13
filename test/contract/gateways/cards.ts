/** Types of all kinds, as answers and data hold them. */
export enum Colour {
  Red = 'red',
  Green = 'green',
}

export enum Level {
  Low,
  High = 10,
}

export type Order = 'up' | 'down' | null;

export type CardId = string & { readonly __brand: 'CardId' };

export interface Page<Item> {
  readonly items: readonly Item[];
  next?: number;
}

export class Author {
  readonly name!: string;
  password!: string;
  private secret = 1;
  #hidden = 2;

  get shout(): string {
    return this.name.toUpperCase() + this.secret + this.#hidden;
  }

  greet(): string {
    return `I am ${this.name}`;
  }
}

export class Card {
  id!: CardId;
  colour!: Colour;
  level?: Level;
  created!: Date;
  picture!: Buffer;
  author!: Author | null;
  'two words'!: [x: number, y?: number];
  tags!: Record<string, boolean>;
  parent?: Card;
  unset!: undefined;
  pairs!: (string | undefined)[];
}

export type Tree = { readonly name: string; readonly children: readonly Tree[] };

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
