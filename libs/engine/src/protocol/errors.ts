import { CloseCode } from './close-code.js';

/**
 * Root of every error this package creates. `code` is stable across releases; the message is for
 * people and follows one grammar: "Cannot parse X: current value is Y".
 */
export class WebSocketError extends Error {
  readonly code: string;

  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** The peer broke RFC 6455 or RFC 7692. The connection fails with `closeCode` (RFC 6455 7.1.7). */
export class ProtocolError extends WebSocketError {
  readonly closeCode: number;

  constructor(message: string, code: string, closeCode: number = CloseCode.ProtocolError) {
    super(message, code);
    this.closeCode = closeCode;
  }
}

/** The peer went past a limit this end has set: size, count, rate or time. */
export class LimitError extends WebSocketError {
  readonly closeCode: number;

  constructor(message: string, code: string, closeCode: number = CloseCode.MessageTooBig) {
    super(message, code);
    this.closeCode = closeCode;
  }
}

/**
 * An opening handshake was refused. `status` is the HTTP status a server answers with (RFC 6455
 * 4.2.2); on a client it is the status the server answered, or 0 when it answered none. `headers`
 * are extra response headers the status calls for, such as Sec-WebSocket-Version with a 426.
 */
export class HandshakeError extends WebSocketError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    message: string,
    code: string,
    status: number,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message, code);
    this.status = status;
    this.headers = headers;
  }
}

/** The caller passed a wrong argument or option, or called at a wrong moment. Always thrown. */
export class UsageError extends WebSocketError {
  constructor(message: string, code = 'WS_ERR_USAGE') {
    super(message, code);
  }
}
