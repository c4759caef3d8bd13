import type { IncomingMessage, ServerResponse } from 'node:http';
import { uploadOf, type Connection, type HandshakeSnapshot } from '#hub';
import { isRecord } from '../support/is-record.js';
import { ParamKind } from '../declaration/params/param-kind.js';
import type { MessageContext } from './message-context.js';

/** What guards, pipes, interceptors and parameter decorators find behind `context.getArgs()`. */
export type MessageArguments = readonly [
  connection: Connection,
  data: unknown,
  context: MessageContext,
  /** Last, because `switchToWs().getPattern()` reads the last argument. */
  event: string,
];

/** The same before the 101, where the context type is `http`. */
export type HandshakeArguments = readonly [
  request: IncomingMessage,
  response: ServerResponse,
  handshake: HandshakeSnapshot,
];

/** Answers the parameters of message handlers and connection hooks; the shape Nest's creators call. */
export const messageParams = {
  exchangeKeyForValue(kind: number, key: unknown, args: MessageArguments): unknown {
    const [connection, data, context] = args;
    switch (kind) {
      case ParamKind.Connection:
        return connection;
      case ParamKind.Body:
        return pick(data, key);
      case ParamKind.EventName:
        return context.event;
      case ParamKind.Signal:
        return context.signal;
      case ParamKind.Upload:
        return uploadOf(context.message);
      case ParamKind.Protocol:
        return connection.protocol;
      default:
        return readHandshake(kind, key, connection.handshake);
    }
  },
};

/** Answers the parameters of `@VerifyClient` methods: there is a request, but no connection yet. */
export const handshakeParams = {
  exchangeKeyForValue(kind: number, key: unknown, args: HandshakeArguments): unknown {
    const [request, response, handshake] = args;
    switch (kind) {
      case ParamKind.Connection:
        return request;
      case ParamKind.Response:
        return response;
      case ParamKind.Protocol:
        return handshake.protocol;
      default:
        return readHandshake(kind, key, handshake);
    }
  },
};

function readHandshake(kind: number, key: unknown, handshake: HandshakeSnapshot): unknown {
  switch (kind) {
    case ParamKind.Handshake:
      return handshake;
    case ParamKind.Query:
      return pick(handshake.query, key);
    case ParamKind.Param:
      return pick(handshake.params, key);
    case ParamKind.Headers:
      // Node keeps header names in lower case; `@Headers('X-Token')` is how people write them.
      return pick(handshake.headers, typeof key === 'string' ? key.toLowerCase() : key);
    case ParamKind.Cookies:
      return pick(handshake.cookies, key);
    case ParamKind.Ip:
      return handshake.ip;
    default:
      return undefined;
  }
}

/** One own property, so that `@MessageBody('constructor')` never reaches a prototype. */
function pick(source: unknown, key: unknown): unknown {
  if (typeof key !== 'string') return source;
  return isRecord(source) && Object.hasOwn(source, key) ? source[key] : undefined;
}
