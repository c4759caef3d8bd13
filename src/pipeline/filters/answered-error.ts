import { IntrinsicException } from '@nestjs/common';
import type { ErrorReply } from '#hub';

/** An error for which a filter has already written the reply; it carries that reply to the hub. */
export class AnsweredError extends IntrinsicException {
  constructor(readonly reply: ErrorReply) {
    super(reply.message);
  }
}
