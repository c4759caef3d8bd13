import { WheelTimer } from '#engine';
import { EXPIRING_EVENT, type Connection } from '#hub';
import { GatewayCloseCauses } from '../support/close-causes.js';

/** The time a connection is authenticated for. Ends it with 4401, after a notice. */
export class Session extends WheelTimer {
  readonly #connection: Connection;
  #toldAt: number;

  /**
   * @param expiresAt milliseconds since the epoch
   * @param notice milliseconds before it at which the client is told; 0 for never
   */
  constructor(
    connection: Connection,
    readonly expiresAt: number,
    notice: number,
  ) {
    super();
    this.#connection = connection;
    this.#toldAt = notice === 0 ? Infinity : expiresAt - notice;
    this.#wait();
  }

  protected override expired(): void {
    const now = Date.now();
    if (now >= this.expiresAt) {
      const { code, reason } = GatewayCloseCauses.SessionExpired;
      this.#connection.close(code, reason);
      return;
    }
    if (now >= this.#toldAt) {
      this.#toldAt = Infinity;
      this.#connection.send(EXPIRING_EVENT, { expiresAt: this.expiresAt });
    }
    // The wheel's clock is not the calendar's, which decides: what is left is looked at again.
    this.#wait();
  }

  #wait(): void {
    this.start(Math.max(0, Math.min(this.#toldAt, this.expiresAt) - Date.now()));
  }
}
