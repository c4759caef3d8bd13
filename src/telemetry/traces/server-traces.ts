import type { Span, SpanContext, Tracer } from '@opentelemetry/api';
import type { Connection, DeliveredBroadcast, HandledMessage, Hub } from '#hub';
import { onDiagnostics, type Diagnostics } from '../../diagnostics/on-diagnostics.js';
import type { DecidedUpgrade } from '../../upgrade/upgrade-decision.js';
import { Attribute } from '../api/attributes.js';
import type { OpenTelemetry } from '../api/open-telemetry.js';
import { contextOf, traceOf } from './trace-context.js';

/** The spans of one hub: an upgrade, a message with its handler, a broadcast at each node. */
export class ServerTraces {
  readonly #api: OpenTelemetry;
  readonly #tracer: Tracer;
  readonly #hub: Hub;
  readonly #spans = new Map<object, Span>();
  /** What a message of a connection is linked to. */
  readonly #upgrades = new WeakMap<Connection, SpanContext>();
  readonly #stops: (() => void)[] = [];

  constructor(api: OpenTelemetry, tracer: Tracer, hub: Hub) {
    this.#api = api;
    this.#tracer = tracer;
    this.#hub = hub;
    this.#on('nestwire:upgrade:begin', (upgrade) => this.#beginUpgrade(upgrade));
    this.#on('nestwire:upgrade:end', (upgrade) => this.#endUpgrade(upgrade));
    this.#on('nestwire:message:begin', (message) => this.#beginMessage(message));
    this.#on('nestwire:message:end', (message) => this.#endMessage(message));
    this.#on('nestwire:broadcast:begin', (broadcast) => this.#beginBroadcast(broadcast));
    this.#on('nestwire:broadcast:end', (broadcast) => this.#endBroadcast(broadcast));
  }

  /** What is under way ends here: nobody would end it later. */
  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    for (const span of this.#spans.values()) span.end();
    this.#spans.clear();
  }

  #on<Name extends 'upgrade' | 'message' | 'broadcast', When extends 'begin' | 'end'>(
    name: `nestwire:${Name}:${When}`,
    listener: (message: Diagnostics[`nestwire:${Name}:${When}`]) => void,
  ): void {
    this.#stops.push(
      onDiagnostics(name, (message) => {
        if (message.hub === this.#hub) listener(message);
      }),
    );
  }

  #beginUpgrade(upgrade: DecidedUpgrade): void {
    const { context, propagation, trace, SpanKind } = this.#api;
    const { path, request } = upgrade;
    // A span around the server is there already, where somebody has put one.
    const parent = propagation.extract(context.active(), request.headers);
    const attributes = {
      [Attribute.HttpMethod]: request.method ?? 'GET',
      [Attribute.HttpRoute]: path,
      [Attribute.Protocol]: 'websocket',
    };
    const span = this.#tracer.startSpan(
      `${request.method} ${path}`,
      { kind: SpanKind.SERVER, attributes },
      parent,
    );
    this.#spans.set(upgrade, span);
    upgrade.enclose((call) => context.with(trace.setSpan(parent, span), call));
  }

  #endUpgrade(upgrade: DecidedUpgrade): void {
    const span = this.#take(upgrade);
    if (span === undefined) return;
    const { outcome = 'left', status, connection } = upgrade;
    if (connection !== undefined) this.#upgrades.set(connection, span.spanContext());
    span.setAttribute(Attribute.Outcome, outcome);
    if (status > 0) span.setAttribute(Attribute.HttpStatus, status);
    // As of HTTP servers: what a client did wrong is no error of theirs.
    if (status >= 500) this.#fail(span, String(status));
    span.end();
  }

  #beginMessage(message: HandledMessage): void {
    const { context, trace, ROOT_CONTEXT, SpanKind } = this.#api;
    const { path, event, connection } = message;
    const { trace: given } = message.message;
    const parent = given === undefined ? ROOT_CONTEXT : contextOf(this.#api, given);
    const upgrade = this.#upgrades.get(connection);
    const span = this.#tracer.startSpan(
      `${path} ${event}`,
      {
        kind: SpanKind.SERVER,
        attributes: { [Attribute.Path]: path, [Attribute.Event]: event },
        ...(upgrade !== undefined && { links: [{ context: upgrade }] }),
      },
      parent,
    );
    this.#spans.set(message, span);
    message.enclose((call) => context.with(trace.setSpan(parent, span), call));
  }

  #endMessage(message: HandledMessage): void {
    const span = this.#take(message);
    if (span === undefined) return;
    const { outcome = 'abandoned', code } = message;
    span.setAttribute(Attribute.Outcome, outcome);
    if (outcome === 'failed' || outcome === 'timed_out') this.#fail(span, code ?? outcome);
    span.end();
  }

  /** Of a broadcast that belongs to no trace there is no span: a feed would fill a collector by itself. */
  #beginBroadcast(broadcast: DeliveredBroadcast): void {
    const { context, trace, SpanKind } = this.#api;
    const { origin, event, rooms } = broadcast;
    const isRemote = origin === 'remote';
    if (isRemote && broadcast.trace === undefined) return;
    const active = context.active();
    if (!isRemote && trace.getSpan(active) === undefined) return;
    const parent = broadcast.trace === undefined ? active : contextOf(this.#api, broadcast.trace);
    const span = this.#tracer.startSpan(
      isRemote ? 'deliver broadcast' : 'send broadcast',
      {
        kind: isRemote ? SpanKind.CONSUMER : SpanKind.PRODUCER,
        attributes: {
          [Attribute.Event]: event,
          [Attribute.Origin]: origin,
          [Attribute.Rooms]: rooms.length,
        },
      },
      parent,
    );
    this.#spans.set(broadcast, span);
    if (!isRemote) broadcast.trace = traceOf(span.spanContext());
  }

  #endBroadcast(broadcast: DeliveredBroadcast): void {
    const span = this.#take(broadcast);
    if (span === undefined) return;
    const { sent, queued } = broadcast.result;
    span.setAttribute(Attribute.Receivers, sent + queued);
    span.end();
  }

  #take(what: object): Span | undefined {
    const span = this.#spans.get(what);
    this.#spans.delete(what);
    return span;
  }

  #fail(span: Span, type: string): void {
    span.setAttribute(Attribute.ErrorType, type);
    span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
  }
}
