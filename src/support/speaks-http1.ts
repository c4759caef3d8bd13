/** Said at the start: else clients are refused before anything here could see them. */
export const HTTP2_ONLY =
  'Cannot serve WebSockets on a server that speaks HTTP/2 alone: gateways are reached by upgrades of HTTP/1.1. Allow it (allowHTTP1 with TLS), or serve the gateways on a port of their own';

/**
 * Whether a server takes requests of HTTP/1.1, which alone can be upgraded. Those of `node:http2` do with
 * `allowHTTP1` and have the times of HTTP/1.1 only then; their classes are not exported.
 */
export function speaksHttp1(server: object): boolean {
  return (
    !/^Http2(?:Secure)?Server$/.test(server.constructor.name) ||
    Reflect.get(server, 'headersTimeout') !== undefined
  );
}
