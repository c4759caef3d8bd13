import { ServerResponse, type IncomingMessage } from 'node:http';
import { ForbiddenException } from '@nestjs/common';
import type { HandshakeSnapshot } from '#hub';
import type { Caller } from '../pipeline/caller.js';
import type { CallerFactory } from '../pipeline/caller-factory.js';
import type { GatewayRoute } from '../routes/gateway-route.js';
import { isError } from '../support/is-error.js';
import { isGranting } from '../support/is-granting.js';
import { DENIED } from '../pipeline/guard-runner.js';
import type { HandshakeArguments } from '../pipeline/params-factory.js';

/** The outcome of a verification that let the client in. */
export interface Admission {
  /** What `@VerifyClient` returned or its guards left in `request.user`. */
  readonly user: unknown;
  /** Headers the guards set on the response: cookies for instance. */
  readonly headers: Record<string, string | string[]>;
}

/** Decides about clients of one path before the 101: the `@VerifyClient` of all its gateways. */
export class HandshakePipeline {
  readonly #verifiers: readonly Caller<HandshakeArguments>[];

  constructor(route: GatewayRoute, callers: CallerFactory) {
    this.#verifiers = route.gateways.flatMap((gateway) =>
      gateway.verify.map((name) => callers.verifier(gateway, name)),
    );
  }

  /** Whether everyone is let in, so that nothing has to be waited for. */
  get isOpen(): boolean {
    return this.#verifiers.length === 0;
  }

  /**
   * @returns how the client was let in
   * @throws {HttpException} to refuse it with a status; anything else is a fault of the server. What a
   *   method returns as an error counts as thrown.
   */
  async verify(request: IncomingMessage, handshake: HandshakeSnapshot): Promise<Admission> {
    const http = asHttpRequest(request, handshake);
    // Guards may set headers on it; it never gets a socket, so nothing they write is sent.
    const response = new ServerResponse(request);
    for (const verifier of this.#verifiers) {
      const result = await verifier(request, response, handshake);
      if (isError(result)) throw result;
      if (isGranting(result)) http.user = result;
      else if (result !== true) throw new ForbiddenException(DENIED);
    }
    return { user: http.user, headers: setHeaders(response) };
  }
}

/** The fields Express adds to requests and that guards, strategies and decorators read. */
interface HttpRequest extends IncomingMessage {
  user?: unknown;
}

function asHttpRequest(request: IncomingMessage, handshake: HandshakeSnapshot): HttpRequest {
  const { ip, path, url } = handshake;
  // Copies, for guards write to what a framework gives them, and the connection keeps the handshake.
  const [params, query, cookies] = [handshake.params, handshake.query, handshake.cookies].map(
    (fields): unknown => Object.assign(Object.create(null), fields),
  );
  for (const [key, value] of Object.entries({ params, query, cookies, ip, path })) {
    // Defined, not assigned: a framework may have put a getter without a setter on the prototype.
    Object.defineProperty(request, key, { value, configurable: true, writable: true });
  }
  const extended = request as HttpRequest & { originalUrl?: string };
  extended.originalUrl ??= url;
  return extended;
}

function setHeaders(response: ServerResponse): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(response.getHeaders())) {
    if (value !== undefined) headers[name] = typeof value === 'number' ? String(value) : value;
  }
  return headers;
}
