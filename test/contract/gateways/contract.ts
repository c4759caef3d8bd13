/* eslint-disable */
// Written by `npx nestwire contract` from the gateways: change them, not this file.

/** /: Somebody */
export interface RootContract {
  calls: {
    nobody(): void;
  };
}

/** /board/:id: BoardGateway */
export interface BoardContract {
  calls: {
    move(data: { id: string; colour: Colour }): Card;
    page(data?: { number?: number; size?: number }): PageOfCard;
    rename(data: { card: string; at: string }): void;
    both(data: { readonly text: string } & { extra: boolean }): void;
    tree(data?: Order): Tree;
    woods(data?: Order): Tree;
    hide(): void;
    'a/b.json'(data: Json): Json;
    plain(data?: unknown): Card | undefined;
    typed(data: number): string;
    reply(): Level | null;
  };
  streams: {
    gone(): number;
    replies(): Colour;
    watch(): Author;
    level(): 'unknown' | boolean;
    lines(): string;
  };
  uploads: {
    picture(data: { card: string }): { card: string; bytes: number };
    log(): void;
  };
}

/** /cards: OldGateway */
export interface CardsContract {
  calls: {
    old(data: { a: number }): void;
  };
}

/** /cards, version 1: CardsGateway */
export interface CardsV1Contract {
  calls: {
    own(): void;
    count(): number;
  };
}

/** /cards, version 2: CardsGateway, NewCardsGateway */
export interface CardsV2Contract {
  calls: {
    own(): void;
    count(): number;
    drop(data: number): boolean;
    read(data: { key: number }): PageOfCard;
    say(data: string): string;
  };
}

/** /wall: BoardGateway */
export type WallContract = BoardContract;

/** /ünï/日本/*\/ export const broken = 1; /*: OddGateway */
export interface Ünï日本ExportConstBroken1Contract {
  calls: {
    __proto__(data: { __proto__: string }): Item;
    constructor(data: Item): Item2;
    new: () => '\u2028"' | Record;
    "it's \\ 😀"(): -1 | `x-${number}`;
    '*/ export const broken = 1; /*'(data: 'a*/b'): void;
    日本(data: { été: boolean }): void;
    ''(): void;
  };
}

/** A path that is known at start: LateGateway */
export interface LateContract {
  calls: {
    late(data: {
      id?: string;
      colour?: Colour;
      level?: Level;
      created?: string;
      picture?: { type: 'Buffer'; data: number[] };
      author?: Author | null;
      'two words'?: [x: number, y?: number];
      tags?: { [key: string]: boolean };
      parent?: Card;
      pairs?: (string | null)[];
    }): void;
  };
}

export interface Author {
  readonly name: string;
  password: string;
}

export interface Card {
  id: string;
  colour: Colour;
  level?: Level;
  created: string;
  picture: { type: 'Buffer'; data: number[] };
  author: Author | null;
  'two words': [x: number, y?: number];
  tags: { [key: string]: boolean };
  parent?: Card;
  pairs: (string | null)[];
}

export type Colour = 'green' | 'red';

export interface Item {
  readonly "it's": string;
  'back\\slash\n': number;
  __proto__: string;
  constructor: string;
  größe: number;
  '1': boolean;
}

export interface Item2 {
  other: Record;
}

export type Json = Json[] | boolean | number | string | { [key: string]: Json } | null;

export type Level = 0 | 10;

export type Order = 'down' | 'up' | null;

export interface PageOfCard {
  readonly items: readonly Card[];
  next?: number;
}

export interface Record {
  of: Item2[];
}

export interface Tree {
  readonly name: string;
  readonly children: readonly Tree[];
}
