import type TS from 'typescript';
import type { HandlerSource } from './handler-source.js';

/** Where a gateway is served, as far as its sources say. */
export interface Address {
  /** With one slash at the beginning and none at the end; `undefined` when it is known at start only. */
  readonly path: string | undefined;
  /** `''` for none, and for `VERSION_NEUTRAL`. */
  readonly version: string;
}

/** A gateway as its sources describe it. */
export interface GatewaySource {
  readonly name: string;
  readonly node: TS.ClassLikeDeclaration;
  readonly addresses: readonly Address[];
  readonly handlers: readonly HandlerSource[];
}
