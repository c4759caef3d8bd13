import { IntrinsicException } from '@nestjs/common';

/**
 * Thrown by a handler, guard, pipe or interceptor to answer with an `exception` frame of its own code.
 * It is expected behaviour, so nothing is logged.
 *
 * @example
 * throw new WsError('ROOM_FULL', 'The room holds 50 people', { limit: 50 });
 */
export class WsError extends IntrinsicException {
  /**
   * @param code stable, for programs: upper case with underscores, such as `ROOM_FULL`
   * @param message for people; it is sent to the client
   * @param details anything the codec can encode; it is sent to the client, left out when undefined
   */
  constructor(
    readonly code: string,
    message: string,
    readonly details?: unknown,
  ) {
    super(message);
  }

  override get name(): string {
    return 'WsError';
  }

  /** The shape `WsException` of `@nestjs/websockets` has, so that one formatter and one filter serve both. */
  getError(): { code: string; message: string; details?: unknown } {
    return this.details === undefined
      ? { code: this.code, message: this.message }
      : { code: this.code, message: this.message, details: this.details };
  }
}
