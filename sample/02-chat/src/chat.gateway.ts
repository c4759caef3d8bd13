import type { IncomingMessage } from 'node:http';
import { Param, Query, Req } from '@nestjs/common';
import {
  ConnectedSocket,
  History,
  MessageBody,
  OnConnect,
  OnDisconnect,
  OnMessage,
  Presence,
  readSince,
  VerifyClient,
  WsGateway,
  type Connection,
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
    private readonly presence: Presence,
  ) {}

  /** Runs before the 101: who is refused here gets a plain HTTP answer, 400 or 409. */
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

  /**
   * A page that has been here before says where it stopped, `?epoch=…&offset=…`, and gets exactly what
   * it has missed; a new one gets the last lines.
   */
  @OnConnect()
  async enter(connection: Connection): Promise<void> {
    const seat = seatOf(connection);
    seat.take();
    const { epoch, offset } = connection.handshake.query;
    const since = readSince(epoch, offset);
    await this.history.join(connection, seat.roomName, { since, latest: NEWCOMERS_READ });
    await this.presence.track(connection, seat.roomName, { name: seat.guest });
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
