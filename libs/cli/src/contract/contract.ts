import type { Member, WireType } from '../types/wire-type.js';

/** A name of a contract's `calls`, `streams` or `uploads`. */
export interface Call {
  readonly name: string;
  readonly data: Given | undefined;
  /** Of a stream what comes one after another. */
  readonly answer: WireType;
}

/** What is handed over with a name. */
export interface Given {
  readonly type: WireType;
  readonly isOptional: boolean;
}

/** What is written of a path. */
export interface Contract {
  readonly name: string;
  /** Where it is spoken, for people. */
  readonly place: string;
  /** Who speaks it, for people. */
  readonly gateways: string;
  /** Another contract that says the same, in the place of all parts. */
  readonly sameAs: string | undefined;
  readonly calls: readonly Call[];
  readonly streams: readonly Call[];
  readonly uploads: readonly Call[];
  readonly events: readonly Member[];
  readonly mail: readonly Member[];
}
