import { HttpException } from '@nestjs/common';
import type { Refusal, UpgradeRequest } from '#engine';
import { withoutPayload } from '../pipeline/filters/quoted-payload.js';

/**
 * Refuses an upgrade the way Nest answers an HTTP request with the same exception, as far as that holds
 * nothing of what the client has sent.
 */
export function rejectWith(
  upgrade: UpgradeRequest,
  exception: HttpException,
  headers: Record<string, string> = {},
): void {
  const status = exception.getStatus();
  const response = withoutPayload(exception.getResponse());
  reject(upgrade, status, bodyOf(status, response, exception.message), {
    headers,
    cause: exception,
  });
}

/** Refuses without an exception at hand. */
export function rejectStatus(
  upgrade: UpgradeRequest,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): void {
  reject(upgrade, status, JSON.stringify({ statusCode: status, message }), { headers, message });
}

/** Why a client is refused, without a word of what it has sent. */
export function reasonOf({ message, cause }: Refusal): string | undefined {
  if (message !== undefined || !(cause instanceof Error)) return message;
  const reason = withoutPayload(cause.message);
  return typeof reason === 'string' ? reason : undefined;
}

function bodyOf(statusCode: number, response: unknown, message: string): string {
  if (typeof response === 'string') return JSON.stringify({ statusCode, message: response });
  try {
    const body = JSON.stringify(response);
    if (typeof body === 'string') return body;
  } catch {
    // A bigint: what JSON has no form for is left out with all that stands around it.
  }
  return JSON.stringify({ statusCode, message: withoutPayload(message) });
}

function reject(
  upgrade: UpgradeRequest,
  status: number,
  body: string,
  more: Pick<Refusal, 'headers' | 'message' | 'cause'>,
): void {
  // The client may have left, or the time run out, while somebody decided about it.
  if (upgrade.settled) return;
  // Only errors: what is thrown as 2xx or 1xx would tell the client it was let in.
  const refusing = status >= 300 && status <= 599 ? status : 500;
  upgrade.reject(refusing, { body, contentType: 'application/json; charset=utf-8', ...more });
}
