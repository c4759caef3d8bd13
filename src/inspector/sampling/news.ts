import type { Connection, ConnectionNews, Hub } from '#hub';
import { onDiagnostics, type Diagnostics } from '../../diagnostics/on-diagnostics.js';
import { pathOf } from '../../routes/gateway-path.js';
import type { EventTable } from './event-figures.js';
import type { Incidents } from './incidents.js';
import type { PassedMessage } from './tail.js';

/** Who is told. */
interface Hearer {
  readonly events: EventTable;
  readonly incidents: Incidents;
  passed(direction: 'in' | 'out', message: PassedMessage): void;
  dropped(connection: Connection, messages: number): void;
}

/** Channels about a connection of a hub. */
type OfConnection = {
  [Name in keyof Diagnostics]: Diagnostics[Name] extends ConnectionNews ? Name : never;
}[keyof Diagnostics];

/** Ends of connections that somebody may want to look into. */
const BAD_ENDS: ReadonlySet<string> = new Set([
  'protocol_error',
  'policy',
  'internal_error',
  'unavailable',
]);

/**
 * Hears of what happens in one hub, and of upgrades that are refused in this process, by
 * `node:diagnostics_channel`.
 * @returns how to stop
 */
export function listen(hub: Hub, hearer: Hearer): () => void {
  const { events, incidents } = hearer;
  const ofOurs = <Name extends OfConnection>(
    name: Name,
    hear: (told: Diagnostics[Name]) => void,
  ): (() => void) =>
    onDiagnostics(name, (told) => {
      if (told.hub === hub) hear(told);
    });
  const stops = [
    onDiagnostics('nestwire:message:received', (message) => hearer.passed('in', message)),
    onDiagnostics('nestwire:message:sent', (message) => hearer.passed('out', message)),
    onDiagnostics('nestwire:handshake:refused', ({ request, status }) => {
      // Never the query: it may carry a token.
      incidents.add('refused upgrade', pathOf(request.url ?? ''), String(status));
    }),
    ofOurs('nestwire:message:end', ({ path, event, outcome, duration }) => {
      events.handled(path, event, outcome !== 'answered', duration);
    }),
    ofOurs('nestwire:message:refused', ({ path, event = '', code, connection }) => {
      incidents.add('refused message', path, `${code} ${event}`.trimEnd(), connection.id);
    }),
    ofOurs('nestwire:rate:limited', ({ path, limit, kind, connection }) => {
      incidents.add('rate limit', path, `${kind} of ${limit}`, connection.id);
    }),
    ofOurs('nestwire:slow:dropped', ({ path, messages, policy, connection }) => {
      hearer.dropped(connection, messages);
      incidents.add('dropped', path, `${messages} by ${policy}`, connection.id);
    }),
    ofOurs('nestwire:slow:closed', ({ path, limit, connection }) => {
      incidents.add('too slow', path, `limit of ${limit}`, connection.id);
    }),
    ofOurs('nestwire:hub:close', ({ path, code, closeClass, connection }) => {
      if (!BAD_ENDS.has(closeClass)) return;
      const what = `${code} ${closeClass.replace('_', ' ')}`;
      incidents.add('closed badly', path, what, connection.id);
    }),
    hub.cluster.observe({
      state: (state) => incidents.add('cluster', '', `the link to the broker is ${state}`),
      nodeUp: ({ name }) => incidents.add('cluster', '', `${name} has come`),
      nodeDown: ({ name }) => incidents.add('cluster', '', `${name} is gone`),
      gap: ({ reason, node }) => incidents.add('cluster', '', `gap of ${node}: ${reason}`),
      dropped: ({ messages, reason }) =>
        incidents.add('cluster', '', `${messages} broadcasts lost: ${reason}`),
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
