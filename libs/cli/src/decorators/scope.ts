import type TS from 'typescript';

/** What the parameters of a function stand for, where it is called. */
export type Scope = ReadonlyMap<TS.Symbol, Argument>;

/** An expression, and what the parameters in it stand for. */
export interface Argument {
  readonly expression: TS.Expression;
  readonly scope: Scope;
}

export const NO_SCOPE: Scope = new Map();
