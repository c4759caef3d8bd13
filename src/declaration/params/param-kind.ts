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
  Upload: 1005,
} as const;
