import type { IncomingMessage } from 'node:http';
import { Param, Query, Req } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  OnConnect,
  OnDisconnect,
  OnMessage,
  Rooms,
  VerifyClient,
  WsGateway,
  type Connection,
} from 'nestwire';
import { ChatRooms } from './chat-rooms.service.js';
import { SayDto } from './say.dto.js';
import type { Seat } from './seat.js';

/** One connection is one guest in one room: `/chat/lobby?name=Ada`. */
@WsGateway('/chat/:room')
export class ChatGateway {
  constructor(
    private readonly chat: ChatRooms,
    private readonly rooms: Rooms,
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

  @OnConnect()
  enter(connection: Connection): void {
    const seat = seatOf(connection);
    seat.take();
    connection.send('history', seat.room.history);
    this.rooms.join(connection, seat.roomName);
    this.rooms.to(seat.roomName).send('joined', { name: seat.guest });
    this.rooms.to(seat.roomName).send('people', seat.room.people);
  }

  @OnMessage('say')
  say(@ConnectedSocket() connection: Connection, @MessageBody() { text }: SayDto): void {
    const seat = seatOf(connection);
    this.rooms.to(seat.roomName).send('said', seat.room.say(seat.guest, text));
  }

  @OnDisconnect()
  leave(connection: Connection): void {
    const seat = seatOf(connection);
    seat.giveUp();
    this.rooms.to(seat.roomName).send('left', { name: seat.guest });
    this.rooms.to(seat.roomName).send('people', seat.room.people);
  }
}

/** What `admit` returned for this connection. */
function seatOf(connection: Connection): Seat {
  return connection.user as Seat;
}
