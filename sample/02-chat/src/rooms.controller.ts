import { Controller, Get } from '@nestjs/common';
import { ChatRooms, type RoomSummary } from './chat-rooms.service.js';

/** HTTP beside the gateway, on the same port. */
@Controller('chat')
export class RoomsController {
  constructor(private readonly rooms: ChatRooms) {}

  @Get()
  list(): RoomSummary[] {
    return this.rooms.list();
  }
}
