import { HttpException } from '@nestjs/common';
import { closeReason, type RefuseInFrames } from '#engine';
import { EXCEPTION_EVENT, refusalCode, type Codec, type ErrorReply, type Hub } from '#hub';
import { codeOf, formatError } from '../pipeline/filters/error-formatter.js';
import { isRecord } from '../support/is-record.js';

type RefusalOf = Parameters<RefuseInFrames>[2];

/** How a path is spoken to, and who knows how many refused clients there may be. */
interface FramedRefusalsOptions {
  readonly versions: readonly string[];
  readonly codecFor: (protocol: string) => Codec;
  readonly hub: Pick<Hub, 'addresses' | 'limits'>;
}

/**
 * Refuses clients that speak a version of the wire with an `exception` frame and a close code they can read. As
 * many of one address at a time as may wait for a decision; all others get HTTP.
 */
export function framedRefusals({ versions, codecFor, hub }: FramedRefusalsOptions): RefuseInFrames {
  return (opening, status, refusal) => {
    const protocol = opening.protocols.find((name) => versions.includes(name));
    if (protocol === undefined) return null;
    const reply = replyOf(status, refusal);
    const message = encoded(codecFor(protocol), reply);
    const gone = hub.limits.leaving(hub.addresses.of(opening));
    if (gone === undefined) return null;
    return {
      protocol,
      message,
      code: refusalCode(status),
      reason: closeReason(reply.message),
      gone,
    };
  };
}

function replyOf(status: number, { message, cause, headers = {} }: RefusalOf): ErrorReply {
  const reply: ErrorReply = { status: 'error', code: codeOf(status), message: message ?? '' };
  // One with a status that is no refusal was answered 500, and what it says is not meant for that.
  const own = cause instanceof HttpException && cause.getStatus() === status;
  if (own) Object.assign(reply, formatError(cause).reply);
  const [, seconds] = Object.entries(headers).find(([name]) => /^retry-after$/i.test(name)) ?? [];
  const retryAfter = Number(seconds) * 1_000;
  const { details = {} } = reply;
  if (retryAfter > 0 && isRecord(details) && !Array.isArray(details)) {
    reply.details = { ...details, retryAfter };
  }
  return reply;
}

function encoded(codec: Codec, { details, ...plain }: ErrorReply): string | Uint8Array {
  try {
    return codec.encode({ event: EXCEPTION_EVENT, data: { ...plain, details } });
  } catch {
    // The details are the one part that may be what no codec has a form for.
    return codec.encode({ event: EXCEPTION_EVENT, data: plain });
  }
}
