import { UseGuards, type CanActivate, type HttpException, type Type } from '@nestjs/common';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { GUARDED_HANDSHAKE, VERIFY_METADATA } from './metadata.js';
import { GUARDS_METADATA } from '../support/nest-metadata.js';
import { methodOf } from './method-of.js';
import { depthOf } from './overridden-method.js';

/** `false` refuses with 403, an exception with its status; an object becomes `connection.user`. */
export type VerifyResult = boolean | HttpException | object;

type Verifier = (...args: never[]) => VerifyResult | Promise<VerifyResult>;

/** Decorates a verifying method. Its return type is checked: what returns nothing would refuse everyone. */
export type VerifyMethodDecorator = <T extends Verifier>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<T>,
) => void;

/** A guard class, or an instance, as `@UseGuards` takes it. */
export type GuardArgument = Type<CanActivate> | CanActivate;

/**
 * Decides about a client before the 101, within `handshakeTimeout`.
 *
 * On a method, without arguments: `true` accepts; `false` and anything else that is not an object
 * refuses with 403; an object accepts and becomes `connection.user`, an empty one too, but nothing that is
 * iterable (what a query finds: take the one it is about), no Date and no `Response`; an `HttpException`,
 * thrown or returned, refuses with its status, any other error with 500, and is logged. The method may be
 * async.
 * Without parameter decorators it receives
 * `(handshake, request)`; `@Req()`, `@Query()`, `@Param()`, `@Headers()`, `@Ip()` and pipes work as in
 * a controller.
 *
 * On the class, with guards: they run as HTTP guards on the upgrade request, in the given order, before
 * such a method. `context.switchToHttp().getRequest()` is the request with `params`, `query`,
 * `cookies` and `ip`; what the guards leave in `request.user` becomes `connection.user`. What else they
 * change in the request ends with it: `connection.handshake` is what the client has sent.
 *
 * They add up, and each has to let the client in: of several on a class in the order they are written, those
 * of a base class before those of the class that extends it, guards before methods. A method that
 * overrides a verifying one goes on verifying, with or without the decorator.
 *
 * @example
 * \@VerifyClient()
 * async verify(@Query('token') token: string) {
 *   try {
 *     return await this.jwt.verifyAsync(token);
 *   } catch {
 *     throw new UnauthorizedException(); // other errors, such as those of JwtService, are answered 500
 *   }
 * }
 */
export function VerifyClient(): VerifyMethodDecorator;
export function VerifyClient(guard: GuardArgument, ...guards: GuardArgument[]): ClassDecorator;
export function VerifyClient(
  ...guards: GuardArgument[]
): VerifyMethodDecorator & ((target: object) => void) {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    if (key !== undefined) {
      if (guards.length > 0) {
        throw new WsConfigurationError(
          `Cannot set @VerifyClient on ${String(key)}: guards are given on the class, a method takes @UseGuards`,
        );
      }
      Reflect.defineMetadata(
        VERIFY_METADATA,
        true,
        methodOf(target, key, descriptor, 'VerifyClient'),
      );
      return;
    }
    guardHandshake(target, guards);
  };
}

/** Binds the guards to a method of the prototype, which is where Nest's scanner looks for enhancers. */
function guardHandshake(type: object, guards: readonly GuardArgument[]): void {
  if (typeof type !== 'function' || guards.length === 0) {
    throw new WsConfigurationError(
      'Cannot set @VerifyClient: expected a class and at least one guard for it',
    );
  }
  const prototype: object = type.prototype;
  const name = GUARDED_HANDSHAKE + depthOf(prototype);
  const below: unknown = Reflect.getOwnPropertyDescriptor(prototype, name)?.value;
  const others: readonly GuardArgument[] =
    typeof below === 'function' ? Reflect.getOwnMetadata(GUARDS_METADATA, below) : [];
  const descriptor: PropertyDescriptor = {
    value: () => true,
    configurable: true,
    writable: true,
    enumerable: false,
  };
  Object.defineProperty(prototype, name, descriptor);
  // Decorators are applied from below: in the order they are written, the upper one's come first.
  UseGuards(...guards, ...others)(prototype, name, descriptor);
}
