import { createHash } from 'node:crypto';
import type { MessageHandler } from '../dispatch/message-router.js';
import type { Mailbox } from '../mailbox/mailbox.js';
import { ErrorCode } from '../wire/error-code.js';
import { MAIL_EVENT, MAX_EVENT_LENGTH } from '../wire/envelope.js';
import { WireError } from '../wire/wire-error.js';

/** Mail of one answer. */
const MOST_MAIL = 100;
/** Bytes of mail after which an answer takes no more; a single mail may be longer. */
const MOST_BYTES = 64 * 1024;

/** Mail as an answer carries it: what its frame has. */
interface WaitingMail {
  readonly event: string;
  readonly data: unknown;
  readonly mail: number;
}

/** What waits for the user of a connection and asks for an acknowledgement. */
interface MailAnswer {
  /** Tells mailboxes apart, without saying whose they are; left out where nobody is signed in. */
  readonly box?: string;
  readonly mail: readonly WaitingMail[];
  /** Whether there is more behind the last. */
  readonly more: boolean;
}

/**
 * The handler of `$mail`, data `{ event?, after?, most? }`: tells once more what waits for the sender, oldest
 * first. Nothing is taken out.
 */
export function mailHandler(mailbox: Mailbox): MessageHandler {
  return {
    event: MAIL_EVENT,
    async handle(connection, data): Promise<MailAnswer> {
      const { event, after, most } = readRequest(data);
      const { userId } = connection;
      if (userId === undefined) return { mail: [], more: false };
      const box = boxOf(userId);
      if (most === 0) return { box, mail: [], more: false };
      const mail: WaitingMail[] = [];
      let bytes = 0;
      for (const one of await mailbox.waiting(userId)) {
        // What asks for nothing is handed out once, and is on its way.
        if (!one.acknowledged || one.number <= after) continue;
        if (event !== undefined && one.event !== event) continue;
        if (mail.length >= most || (mail.length > 0 && bytes + one.size > MOST_BYTES)) {
          return { box, mail, more: true };
        }
        bytes += one.size;
        mail.push({ event: one.event, data: one.data, mail: one.number });
      }
      return { box, mail, more: false };
    },
  };
}

/** The same on every node. */
function boxOf(userId: string): string {
  return createHash('sha256').update(userId).digest('base64url').slice(0, 22);
}

type Request = Partial<Record<'event' | 'after' | 'most', unknown>>;

/** @throws {WireError} BAD_REQUEST */
function readRequest(data: unknown): { event: string | undefined; after: number; most: number } {
  const given: Request = typeof data === 'object' && data !== null ? data : {};
  if (data !== undefined && data !== given) throw bad('an object is expected as data');
  const { event, after = 0, most = MOST_MAIL } = given;
  const named = typeof event === 'string' && event !== '' && event.length <= MAX_EVENT_LENGTH;
  if (event !== undefined && !named) {
    throw bad(`a name of 1 to ${MAX_EVENT_LENGTH} characters is expected as "event"`);
  }
  if (!isCount(after)) throw bad('a number of mail is expected as "after"');
  if (!isCount(most)) throw bad(`0 to ${MOST_MAIL} are expected as "most"`);
  return { event: named ? event : undefined, after, most: Math.min(most, MOST_MAIL) };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function bad(expected: string): WireError {
  return new WireError(ErrorCode.BadRequest, `Cannot list mail: ${expected}`);
}
