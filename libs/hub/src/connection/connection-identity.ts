import { connectionId } from './connection-id.js';
import { kCore } from './connection-core.js';
import type { HandshakeSnapshot } from './handshake-snapshot.js';

/** By which `util.inspect`, and so consoles and loggers, ask an object what to show. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * Who a client is, and what of that leaves the server. Connections stand in answers of rooms, in errors and in
 * what is logged; the handshake of one client, its headers and cookies, must not leave with them.
 */
export abstract class ConnectionIdentity {
  /** 22 random url-safe characters (128 bits). */
  readonly id = connectionId();
  /** Milliseconds since the epoch. */
  readonly connectedAt: number = Date.now();
  /**
   * Id of the user, read from `user`; undefined for nobody in particular. Users are found and
   * addressed by it. Written by the registry alone.
   */
  userId: string | undefined = undefined;
  /** @internal */
  abstract readonly [kCore]: { readonly handshake: HandshakeSnapshot };

  /** What the upgrade request said. */
  get handshake(): HandshakeSnapshot {
    return this[kCore].handshake;
  }

  /** The subprotocol agreed on, '' when none. */
  get protocol(): string {
    return this[kCore].handshake.protocol;
  }

  /** What a codec sends where a connection stands in data. */
  toJSON(): { id: string } {
    return { id: this.id };
  }

  /** @internal */
  [INSPECT](): string {
    return `Connection { id: '${this.id}' }`;
  }
}
