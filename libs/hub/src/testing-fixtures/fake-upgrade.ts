import { IncomingMessage, type IncomingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import type { Transport } from '#engine';
import type { Connection } from '../connection/connection.js';
import {
  snapshot,
  type SnapshotOptions,
  type SnapshotSource,
} from '../connection/handshake-snapshot.js';
import type { AcceptOptions, Endpoint, Upgrade } from '../endpoint/endpoint.js';
import type { EndpointConfig } from '../endpoint/endpoint-config.js';
import { Hub } from '../hub.js';
import type { HubOptions } from '../hub-options.js';
import { MessageRouter, type MessageHandler } from '../dispatch/message-router.js';
import type { ErrorContext } from '../connection/error-context.js';
import { FakeTransport } from './fake-transport.js';

/**
 * An upgrade request that no socket stands behind, and its own facts; `transport` is there once it was
 * accepted.
 */
export class FakeUpgrade implements Upgrade, SnapshotSource {
  readonly request = new IncomingMessage(new Socket());
  readonly peerAddress = '';
  readonly path: string;
  readonly protocols: readonly string[];
  readonly origin: string | undefined = undefined;
  readonly secure = false;
  accepted: Parameters<Upgrade['accept']>[0] | undefined;
  transport: FakeTransport | undefined;

  constructor(
    readonly url = '/',
    headers: Record<string, string> = {},
    protocols: readonly string[] = [],
  ) {
    Object.assign(this.request.headers, headers);
    this.path = url.replace(/\?.*/, '');
    this.protocols = protocols;
  }

  get headers(): IncomingHttpHeaders {
    return this.request.headers;
  }

  accept(options: Parameters<Upgrade['accept']>[0]): Transport {
    this.accepted = options;
    this.transport = new FakeTransport(options.listener, options.protocol);
    return this.transport;
  }
}

export interface Client {
  connection: Connection;
  transport: FakeTransport;
}

type ConnectOptions = AcceptOptions & SnapshotOptions;

export function connect(endpoint: Endpoint, options: ConnectOptions = {}): Client {
  const upgrade = new FakeUpgrade();
  const connection = accept(endpoint, upgrade, options);
  if (upgrade.transport === undefined) throw new Error('The endpoint accepted without a transport');
  return { connection, transport: upgrade.transport };
}

/** Accepts `upgrade` with a snapshot of what it says. */
export function accept(
  endpoint: Endpoint,
  upgrade: FakeUpgrade,
  { protocol, params, ip, ...options }: ConnectOptions = {},
): Connection {
  return endpoint.accept(upgrade, snapshot(upgrade, { protocol, params, ip }), options);
}

export type Handlers = Record<string, MessageHandler['handle']>;

/** A hub with one endpoint that has `handlers`, and the errors that were reported to it. */
export function serve(
  handlers: Handlers = {},
  config: Partial<EndpointConfig> = {},
  options: HubOptions = {},
  internals: ConstructorParameters<typeof Hub>[1] = {},
): {
  hub: Hub;
  endpoint: Endpoint;
  reports: { error: unknown; context: ErrorContext }[];
  connect: (options?: ConnectOptions) => Client;
} {
  const reports: { error: unknown; context: ErrorContext }[] = [];
  const hub = new Hub(
    { onError: (error, context) => reports.push({ error, context }), ...options },
    internals,
  );
  const router = new MessageRouter(
    Object.entries(handlers).map(([event, handle]) => ({ event, handle })),
  );
  const endpoint = hub.endpoint({ router, ...config });
  return { hub, endpoint, reports, connect: (client) => connect(endpoint, client) };
}

/** Lets everything that waits for a promise go on. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
