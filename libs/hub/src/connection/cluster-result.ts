import { WireError } from '../wire/wire-error.js';
import { ErrorCode } from '../wire/error-code.js';

/** Why a node has not answered. */
export type MissingReason =
  | 'timeout'
  /** It said goodbye, or was silent for too long. */
  | 'left'
  /** This node has no link to the others. */
  | 'disconnected'
  | 'too large'
  /** It runs another version. */
  | 'unsupported'
  | 'busy'
  | 'failed';

/** A node that should have answered and has not. */
export interface MissingNode {
  /** Its id; '' for all there may be, when the link was never up. */
  readonly node: string;
  readonly reason: MissingReason;
}

/** How a query of all nodes is made. */
export interface QueryOptions {
  /** Milliseconds every node has to answer; default 2,000. */
  readonly timeout?: number | undefined;
  /** Gives up when it aborts; rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Resolves with a `PartialResult` instead of rejecting when a node is missing. Default false. */
  readonly partial?: boolean | undefined;
}

/** What came of a query that takes what there is. */
export interface PartialResult<Value> {
  readonly value: Value;
  /** Whether all nodes have answered. */
  readonly complete: boolean;
  readonly missing: readonly MissingNode[];
}

/** What a query resolves with: a `PartialResult` for who has asked for it. */
export type Answered<Value, Options> = Options extends { readonly partial: true }
  ? PartialResult<Value>
  : Value;

/** Not every node has answered: `value` is what the others said, this node included. */
export class PartialResultError<Value = unknown> extends WireError {
  constructor(
    readonly value: Value,
    readonly missing: readonly MissingNode[],
  ) {
    const [{ node, reason } = { node: '', reason: 'failed' }] = missing;
    const first = node === '' ? reason : `${node} (${reason})`;
    super(
      ErrorCode.Unavailable,
      `Cannot ask all nodes: ${missing.length} did not answer, the first is ${first}`,
    );
  }

  /** What a codec sends where the error stands in data; what the others said is not passed on. */
  toJSON(): { code: string; message: string } {
    return { code: this.code, message: this.message };
  }
}
