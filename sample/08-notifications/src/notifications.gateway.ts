import { Query } from '@nestjs/common';
import { VerifyClient, WsGateway } from 'nestwire';
import { userName } from './user-name.js';

/**
 * That is all: whoever connects as a user gets the user's notifications. Acknowledging is a part of the
 * wire format.
 */
@WsGateway('/notifications')
export class NotificationsGateway {
  /** A real application looks at a session or a token here; see 03-auth. */
  @VerifyClient()
  signIn(@Query('user') user: unknown): { id: string } {
    return { id: userName(user) };
  }
}
