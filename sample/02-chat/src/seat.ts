import type { ChatRoom } from './chat-room.js';

/**
 * A guest's place in a room, from the handshake to the end of the connection. It holds the name;
 * whoever got a seat must give it up exactly when the handshake fails or the connection ends.
 */
export class Seat {
  private given = false;

  constructor(
    readonly roomName: string,
    readonly guest: string,
    readonly room: ChatRoom,
    private readonly onGiveUp: () => void,
  ) {}

  /** The connection is open: others may see this guest. */
  take(): void {
    if (!this.given) this.room.enter(this.guest);
  }

  /** Frees the name. A second call does nothing, so that it never frees somebody else's. */
  giveUp(): void {
    if (this.given) return;
    this.given = true;
    this.room.leave(this.guest);
    this.onGiveUp();
  }
}
