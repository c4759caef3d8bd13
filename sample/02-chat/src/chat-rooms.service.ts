import { Injectable } from '@nestjs/common';
import { ChatRoom } from './chat-room.js';
import { guestName, roomName } from './guest-name.js';
import { Seat } from './seat.js';

/** A room as the list of rooms shows it. */
export interface RoomSummary {
  readonly room: string;
  readonly people: number;
}

/** How many rooms the list shows at most, the fullest first. */
const LISTED_ROOMS = 50;

/** The names in all rooms somebody is in. What was said there is in the history of the room. */
@Injectable()
export class ChatRooms {
  private readonly rooms = new Map<string, ChatRoom>();

  /**
   * Lets a guest in, and keeps the name for that guest from now on.
   * @throws {BadRequestException} for a bad name or room.
   * @throws {ConflictException} for a name that is taken.
   */
  admit(roomValue: unknown, nameValue: unknown): Seat {
    const roomKey = roomName(roomValue);
    const name = guestName(nameValue);
    const room = this.rooms.get(roomKey) ?? new ChatRoom();
    room.reserve(name);
    this.rooms.set(roomKey, room);
    return new Seat(roomKey, name, room, () => {
      if (room.empty) this.rooms.delete(roomKey);
    });
  }

  get size(): number {
    return this.rooms.size;
  }

  list(): RoomSummary[] {
    return [...this.rooms]
      .map(([room, { people }]) => ({ room, people: people.length }))
      .filter(({ people }) => people > 0)
      .sort((a, b) => b.people - a.people || a.room.localeCompare(b.room))
      .slice(0, LISTED_ROOMS);
  }
}
