import type { IncomingMessage } from 'node:http';
import { ForbiddenException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { originAllowed } from '#engine';

/**
 * Lets in pages of the inspector's own origin alone, with cookies or without: whatever a browser adds by itself,
 * such as the address it comes from, may be what lets somebody look. Programs send no Origin.
 */
export class OriginGuard implements CanActivate {
  readonly #allowed: readonly string[] | undefined;

  constructor(allowed: readonly string[] | undefined) {
    this.#allowed = allowed;
  }

  canActivate(context: ExecutionContext): boolean {
    const { headers, socket } = context.switchToHttp().getRequest<IncomingMessage>();
    const { origin, host } = headers;
    // Without TLS of its own it cannot know: a proxy may have ended it.
    const secure = 'encrypted' in socket && socket.encrypted === true ? true : undefined;
    const authority = headers[':authority'];
    const isOurs = originAllowed(origin, {
      host: host ?? (typeof authority === 'string' ? authority : undefined),
      secure,
      hasCookies: true,
      ...(this.#allowed !== undefined && { allowedOrigins: this.#allowed }),
    });
    if (isOurs) return true;
    throw new ForbiddenException(
      'Origin is not that of the inspector: behind a proxy that changes Host, name it in the option allowedOrigins of InspectorModule',
    );
  }
}
