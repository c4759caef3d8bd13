import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { Mailbox, type MailResult } from 'nestwire';
import { NotificationDto } from './notification.dto.js';
import { userName } from './user-name.js';

/** The side of the application that has something to tell: it knows of no connection. */
@Controller('notify')
export class NotifyController {
  constructor(private readonly mailbox: Mailbox) {}

  /**
   * Every open tab of the user gets it at once. It also waits until a tab has acknowledged it, so that
   * who is away, or loses the connection in that moment, finds it on return.
   */
  @Post(':userId')
  @HttpCode(202)
  notify(@Param('userId') userId: string, @Body() dto: NotificationDto): Promise<MailResult> {
    const { title, text } = dto;
    const notification = { title, text, at: new Date().toISOString() };
    return this.mailbox.send(userName(userId), 'notification', notification, { acknowledge: true });
  }
}
