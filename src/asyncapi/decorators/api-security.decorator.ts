import { inspect } from 'node:util';
import { tokenPlaces, type TokenExtractor, type TokenPlace } from '../../auth/token-extractors.js';
import { isRecord } from '../../support/is-record.js';
import { WsConfigurationError } from '../../support/ws-configuration-error.js';
import { Descriptions } from './descriptions.js';

/** A security scheme of AsyncAPI 3, such as `{ type: 'http', scheme: 'bearer' }`. */
export interface SecurityScheme {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Where a token is put, or the scheme itself. */
export type SaidSecurity = TokenPlace | { readonly scheme: SecurityScheme };

export const SECURITY = new Descriptions<readonly SaidSecurity[]>('ApiSecurity');

/**
 * Says how clients sign in, for the AsyncAPI document: what finds their token, or a security scheme. It stands on
 * a guard, and so is said once for all gateways that have the guard in `@VerifyClient`; or on a gateway, or a
 * method with `@VerifyClient`. Of several any one will do.
 *
 * @example
 * const findToken = firstToken(tokenFromHeader(), tokenFromProtocol());
 *
 * \@ApiSecurity(findToken)
 * class JwtGuard implements CanActivate {}
 * @throws {WsConfigurationError} for an extractor of the application's own, of which nobody knows where it looks
 */
export function ApiSecurity(
  how: TokenExtractor | SecurityScheme,
): ClassDecorator & MethodDecorator {
  const said = read(how);
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) =>
    SECURITY.add(said, target, key, descriptor);
}

function read(how: unknown): readonly SaidSecurity[] {
  if (typeof how === 'function') {
    const places = tokenPlaces(how);
    if (places !== undefined) return places;
    throw new WsConfigurationError(
      `Cannot set @ApiSecurity: expected tokenFromHeader(), tokenFromQuery(), tokenFromCookie(), tokenFromProtocol(), firstToken() of them or a security scheme, current value is the function ${how.name || 'without a name'}`,
    );
  }
  if (isScheme(how)) return [{ scheme: how }];
  throw new WsConfigurationError(
    `Cannot set @ApiSecurity: expected what finds a token, or a security scheme such as { type: 'http', scheme: 'bearer' }, current value is ${inspect(how)}`,
  );
}

function isScheme(value: unknown): value is SecurityScheme {
  return isRecord(value) && typeof value['type'] === 'string';
}
