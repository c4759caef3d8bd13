import type { IncomingMessage } from 'node:http';
import { Param, Query, Req } from '@nestjs/common';
import {
  CanJoin,
  ConnectedSocket,
  History,
  MessageBody,
  OnConnect,
  OnDisconnect,
  OnMessage,
  VerifyClient,
  WsGateway,
  type Connection,
  type RoomGrant,
} from 'nestwire';
import { NEWCOMERS_READ, saidNow } from './said.js';
import { ChatRooms } from './chat-rooms.service.js';
import { SayDto } from './say.dto.js';
import type { Seat } from './seat.js';

/** One connection is one guest in one room: `/chat/lobby?name=Ada`. */
@WsGateway('/chat/:room')
export class ChatGateway {
  constructor(
    private readonly chat: ChatRooms,
    private readonly history: History,
  ) {}

  /** Runs before the connection opens: who is refused here gets a 400 or 409. */
  @VerifyClient()
  admit(
    @Param('room') room: unknown,
    @Query('name') name: unknown,
    @Req() request: IncomingMessage,
  ): Seat {
    const seat = this.chat.admit(room, name);
    // From here on the name is kept. The handshake may still fail, and then no hook below ever
    // runs; the end of the socket is what all ways out have in common.
    request.socket.once('close', () => seat.giveUp());
    return seat;
  }

  @OnConnect()
  enter(connection: Connection): void {
    seatOf(connection).take();
  }

  /**
   * The page asks for its room with `$join`, and when it comes back with the place where it stopped: it then
   * gets exactly what it has missed, and a new one the last lines.
   */
  @CanJoin()
  mayJoin(connection: Connection, room: string): RoomGrant | boolean {
    const { roomName, guest } = seatOf(connection);
    return room === roomName && { latest: NEWCOMERS_READ, presence: true, meta: { name: guest } };
  }

  @OnMessage('say')
  async say(
    @ConnectedSocket() connection: Connection,
    @MessageBody() { text }: SayDto,
  ): Promise<void> {
    const { roomName, guest } = seatOf(connection);
    await this.history.publish(roomName, 'said', saidNow(guest, text));
  }

  /** Leaving the room and telling the others is what every close does by itself. */
  @OnDisconnect()
  leave(connection: Connection): void {
    seatOf(connection).giveUp();
  }
}

/** What `admit` returned for this connection. */
function seatOf(connection: Connection): Seat {
  return connection.user as Seat;
}
