import type { Context, SpanContext } from '@opentelemetry/api';
import type { TraceContext } from '#hub';
import type { OpenTelemetry } from '../api/open-telemetry.js';

/** Version 0 is what is written; of a later one the parts are read that it has in common. */
const VERSION = '00';

/** A context within the trace that somebody else has begun. @param trace by the rules, as the wire reads it */
export function contextOf(api: OpenTelemetry, trace: TraceContext): Context {
  const [, traceId = '', spanId = '', flags = '00'] = trace.traceparent.split('-');
  const parent: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(trace.tracestate !== undefined && { traceState: api.createTraceState(trace.tracestate) }),
  };
  return api.trace.setSpanContext(api.ROOT_CONTEXT, parent);
}

/** What a span is known by elsewhere. */
export function traceOf({ traceId, spanId, traceFlags, traceState }: SpanContext): TraceContext {
  const flags = traceFlags.toString(16).padStart(2, '0');
  const traceparent = `${VERSION}-${traceId}-${spanId}-${flags}`;
  const tracestate = traceState?.serialize();
  return tracestate === undefined || tracestate === ''
    ? { traceparent }
    : { traceparent, tracestate };
}
