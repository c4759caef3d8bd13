import { ConflictException } from '@nestjs/common';
import { sameNameKey } from './guest-name.js';

/** The names taken in one room. */
export class ChatRoom {
  private readonly guests = new Map<string, { name: string; present: boolean }>();

  /** Nobody is here and nobody is on the way in. */
  get empty(): boolean {
    return this.guests.size === 0;
  }

  /** Names of those whose connection is open, in the order of their arrival. */
  get people(): string[] {
    return [...this.guests.values()].filter((guest) => guest.present).map((guest) => guest.name);
  }

  /**
   * Keeps a name from the handshake on, before the connection is open: of two handshakes at the
   * same time only one gets it.
   * @throws {ConflictException} when somebody has it.
   */
  reserve(name: string): void {
    if (this.guests.has(sameNameKey(name))) {
      throw new ConflictException(`The name ${name} is taken in this room`);
    }
    this.guests.set(sameNameKey(name), { name, present: false });
  }

  enter(name: string): void {
    // Deleted first so that people are listed in the order they came in, not of their handshakes.
    this.guests.delete(sameNameKey(name));
    this.guests.set(sameNameKey(name), { name, present: true });
  }

  leave(name: string): void {
    this.guests.delete(sameNameKey(name));
  }
}
