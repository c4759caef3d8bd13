import { HttpException } from '@nestjs/common';
import type { UpgradeRequest } from '#engine';

/** Refuses an upgrade the way Nest answers an HTTP request with the same exception. */
export function rejectWith(
  upgrade: UpgradeRequest,
  exception: HttpException,
  headers: Record<string, string> = {},
): void {
  const response = exception.getResponse();
  const body =
    typeof response === 'string'
      ? { statusCode: exception.getStatus(), message: response }
      : response;
  reject(upgrade, exception.getStatus(), JSON.stringify(body), headers);
}

/** Refuses without an exception at hand. */
export function rejectStatus(
  upgrade: UpgradeRequest,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): void {
  reject(upgrade, status, JSON.stringify({ statusCode: status, message }), headers);
}

function reject(
  upgrade: UpgradeRequest,
  status: number,
  body: string,
  headers: Record<string, string>,
): void {
  // The client may have left, or the time run out, while somebody decided about it.
  if (upgrade.settled) return;
  // Only errors: what is thrown as 2xx or 1xx would tell the client it was let in.
  const refusing = status >= 300 && status <= 599 ? status : 500;
  upgrade.reject(refusing, { body, contentType: 'application/json; charset=utf-8', headers });
}
