/** The trace that a message belongs to, as W3C Trace Context writes it. */
export interface TraceContext {
  /** `00-<32 hex digits>-<16 hex digits>-<2 hex digits>` */
  readonly traceparent: string;
  /** What the tracing systems on the way have added; at most 512 characters. */
  readonly tracestate?: string | undefined;
}

/** Version, trace, parent and flags; version `ff` and ids of zeros are forbidden. */
const TRACEPARENT =
  /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-[\x21-\x7e]*)?$/;
/** Of version 0; a later one may have more behind it, which nobody here needs. */
const TRACEPARENT_LENGTH = 55;
const MAX_TRACEPARENT = 128;
/** W3C Trace Context 3.3.1.5: what has to be carried at least. */
const MAX_TRACESTATE = 512;
/** Printable ASCII, as in a header. */
const TRACESTATE = /^[\x20-\x7e]+$/;

/**
 * What a stranger says of a trace. Whatever is not by the rules is left out, as the recommendation has
 * it: a trace that cannot be continued begins anew.
 */
export function readTraceContext(
  traceparent: unknown,
  tracestate?: unknown,
): TraceContext | undefined {
  if (typeof traceparent !== 'string' || traceparent.length < TRACEPARENT_LENGTH) return undefined;
  if (traceparent.length > MAX_TRACEPARENT || !TRACEPARENT.test(traceparent)) return undefined;
  // Version 0 has nothing behind the flags.
  if (traceparent.startsWith('00') && traceparent.length > TRACEPARENT_LENGTH) return undefined;
  const isState =
    typeof tracestate === 'string' &&
    tracestate.length <= MAX_TRACESTATE &&
    TRACESTATE.test(tracestate);
  return isState ? { traceparent, tracestate } : { traceparent };
}
