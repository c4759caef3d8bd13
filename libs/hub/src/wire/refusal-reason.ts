import { MAX_CLOSE_REASON } from '#engine';
import type { ErrorReply } from './error-reply.js';

/** What a Close frame says of an error: its message, its code where that is too long, else nothing. */
export function refusalReason({ message, code }: Pick<ErrorReply, 'message' | 'code'>): string {
  if (Buffer.byteLength(message) <= MAX_CLOSE_REASON) return message;
  // A code is the application's to choose as well, and may be as long.
  return Buffer.byteLength(code) <= MAX_CLOSE_REASON ? code : '';
}
