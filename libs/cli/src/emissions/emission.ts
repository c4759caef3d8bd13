import type TS from 'typescript';

/** Something that the server sends by itself. */
export interface Emission {
  /** The part of a contract that it belongs to. */
  readonly part: 'events' | 'mail';
  readonly event: string;
  /** Where it is sent. */
  readonly node: TS.CallExpression;
  /** `undefined` where it is sent without data. */
  readonly data: TS.Type | undefined;
}
