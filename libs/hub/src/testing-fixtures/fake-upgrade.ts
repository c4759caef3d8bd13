import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Transport } from '#engine';
import type { Connection } from '../connection/connection.js';
import type { AcceptOptions, EndpointConfig, Endpoint, Upgrade } from '../endpoint/endpoint.js';
import { Hub } from '../hub.js';
import type { HubOptions } from '../hub-options.js';
import { MessageRouter, type MessageHandler } from '../dispatch/message-router.js';
import type { ErrorContext } from '../connection/error-context.js';
import { FakeTransport } from './fake-transport.js';

/** An upgrade request that no socket stands behind; `transport` is there once it was accepted. */
export class FakeUpgrade implements Upgrade {
  readonly request = new IncomingMessage(new Socket());
  readonly path: string;
  readonly protocols: readonly string[];
  readonly origin: string | undefined = undefined;
  readonly secure = false;
  accepted: Parameters<Upgrade['accept']>[0] | undefined;
  transport: FakeTransport | undefined;

  constructor(url = '/', headers: Record<string, string> = {}, protocols: readonly string[] = []) {
    this.request.url = url;
    Object.assign(this.request.headers, headers);
    this.path = url.replace(/\?.*/, '');
    this.protocols = protocols;
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

export function connect(endpoint: Endpoint, options?: AcceptOptions): Client {
  const upgrade = new FakeUpgrade();
  const connection = endpoint.accept(upgrade, options);
  if (upgrade.transport === undefined) throw new Error('The endpoint accepted without a transport');
  return { connection, transport: upgrade.transport };
}

export type Handlers = Record<string, MessageHandler['handle']>;

/** A hub with one endpoint that has `handlers`, and the errors that were reported to it. */
export function serve(
  handlers: Handlers = {},
  config: Partial<EndpointConfig> = {},
  options: HubOptions = {},
): {
  hub: Hub;
  endpoint: Endpoint;
  reports: { error: unknown; context: ErrorContext }[];
  connect: (options?: AcceptOptions) => Client;
} {
  const reports: { error: unknown; context: ErrorContext }[] = [];
  const hub = new Hub({
    onError: (error, context) => reports.push({ error, context }),
    ...options,
  });
  const router = new MessageRouter(
    Object.entries(handlers).map(([event, handle]) => ({ event, handle })),
  );
  const endpoint = hub.endpoint({ router, ...config });
  return { hub, endpoint, reports, connect: (accept) => connect(endpoint, accept) };
}

/** Lets everything that waits for a promise go on. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
