/** A message arrived. */
export class MessageEvent extends Event {
  constructor(
    /** Text as a string, bytes as `binaryType` says. */
    readonly data: string | ArrayBuffer | Blob,
  ) {
    super('message');
  }
}

/** The connection is closed. */
export class CloseEvent extends Event {
  constructor(
    /** 1005 when the peer gave none, 1006 when the connection was lost (RFC 6455 7.1.5). */
    readonly code: number,
    readonly reason: string,
    /** Whether both Close frames were exchanged. */
    readonly wasClean: boolean,
  ) {
    super('close');
  }
}

/** The connection could not be made, or failed. A `CloseEvent` follows. */
export class ErrorEvent extends Event {
  readonly message: string;

  constructor(readonly error: Error) {
    super('error');
    this.message = error.message;
  }
}

/** Events by their type. */
export interface W3CEventMap {
  open: Event;
  message: MessageEvent;
  close: CloseEvent;
  error: ErrorEvent;
}
