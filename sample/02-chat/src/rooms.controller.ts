import { Controller, Get, Param, Query } from '@nestjs/common';
import { ChatRooms, type RoomSummary } from './chat-rooms.service.js';

/**
 * What a page cannot learn from its WebSocket: browsers hide the HTTP status of a refused
 * handshake, so a page that could not connect asks here why.
 */
@Controller('chat')
export class RoomsController {
  constructor(private readonly rooms: ChatRooms) {}

  @Get()
  list(): RoomSummary[] {
    return this.rooms.list();
  }

  @Get(':room/name')
  checkName(@Param('room') room: string, @Query('name') name: unknown): { free: true } {
    this.rooms.check(room, name);
    return { free: true };
  }
}
