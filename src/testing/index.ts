export { WsTestClient, type WaitOptions, type WsTestClientOptions } from './ws-test-client.js';
export type { WsClosed } from './test-connection.js';
export { WsExceptionError, WsRefusedError, WsTestError } from './test-errors.js';
export type { WsFrame } from './ws-frame.js';
