/**
 * Where Nest's parameter decorators keep what they were told. Ours write to the same place, so that
 * `@Param()`, `@Query()`, `createParamDecorator()` and the decorators of `@nestjs/websockets` mix
 * freely with them on one method.
 */
export const ROUTE_ARGS_METADATA = '__routeArguments__';

/** Part of every key that `createParamDecorator` writes. */
export const CUSTOM_ARGS_MARK = '__customRouteArgs__';

/** Where Nest keeps the enhancers of a class or method. */
export const GUARDS_METADATA = '__guards__';
export const INTERCEPTORS_METADATA = '__interceptors__';
export const PIPES_METADATA = '__pipes__';
export const FILTERS_METADATA = '__exceptionFilters__';

/** Marks a provider to which Nest attaches request-scoped global enhancers, as it does to controllers. */
export const ENTRY_PROVIDER_METADATA = '__entryProvider__';

export const GATEWAY_METADATA = 'nestwire:gateway';
export const MESSAGE_METADATA = 'nestwire:message';
export const BINARY_METADATA = 'nestwire:binary';
export const VERIFY_METADATA = 'nestwire:verify';
export const PROTOCOL_METADATA = 'nestwire:protocol';

/**
 * Name of the method that `@VerifyClient(...guards)` adds to the prototype of its gateway. The guards
 * are bound to it, so Nest's scanner finds and instantiates them like those of any other method.
 */
export const GUARDED_HANDSHAKE = 'nestwireGuardedHandshake';

/** Sent before a session ends, with `{ expiresAt }` in milliseconds since the epoch. */
export const EXPIRING_EVENT = 'expiring';
/** Sent by a client, with `{ token }`, to go on without a new connection. */
export const REAUTHENTICATE_EVENT = 'reauthenticate';

/** Event of every binary message that has no envelope: in replies, `@EventName()` and errors. */
export const BINARY_EVENT = 'binary';

/** Longest event name, in characters (the wire format's limit). */
export const MAX_EVENT_LENGTH = 128;

/**
 * Kinds of parameters. Those below 1000 are Nest's `RouteParamtypes`, so their decorators work here;
 * the payload must be `Body`, or ValidationPipe takes it for a custom parameter and skips it.
 */
export const ParamKind = {
  /** `@ConnectedSocket()`, and `@Req()`, which shares its number. */
  Connection: 0,
  Response: 1,
  Body: 3,
  Query: 4,
  Param: 5,
  Headers: 6,
  Ip: 11,
  Cookies: 14,
  Handshake: 1001,
  EventName: 1002,
  Protocol: 1003,
  Signal: 1004,
} as const;
