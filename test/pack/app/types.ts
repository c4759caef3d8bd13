// Compiled only: every entry has types that are there, also for TypeScript's oldest way to find them.
import { Connection, createJsonCodec, Rooms, WsModule } from 'nestwire';
import { WebSocket, WebSocketServer } from 'nestwire/engine';
import { WsHealth, WsHealthModule } from 'nestwire/health';
import { InspectorModule } from 'nestwire/inspector';
import { redisBroker } from 'nestwire/redis';
import { WebSocket as LetterWebSocket, type RawData } from 'nestwire/ws';
import { WsTestClient } from 'nestwire/testing';
import { server as WebSocketNodeServer } from 'nestwire/websocket-node';
import { w3cwebsocket } from 'nestwire/websocket-node/browser';

type IsAny<T> = 0 extends 1 & T ? true : false;

export const known: false[] = [
  false satisfies IsAny<Connection>,
  false satisfies IsAny<Connection['close']>,
  false satisfies IsAny<Rooms>,
  false satisfies IsAny<WsModule>,
  false satisfies IsAny<typeof createJsonCodec>,
  false satisfies IsAny<ReturnType<WsHealth['readiness']>['broker']>,
  false satisfies IsAny<WsHealthModule>,
  false satisfies IsAny<typeof InspectorModule.forRoot>,
  false satisfies IsAny<WebSocket>,
  false satisfies IsAny<WebSocketServer['clients']>,
  false satisfies IsAny<LetterWebSocket>,
  false satisfies IsAny<RawData>,
  false satisfies IsAny<WsTestClient['socket']>,
  false satisfies IsAny<ReturnType<typeof redisBroker>>,
  false satisfies IsAny<WebSocketNodeServer>,
  false satisfies IsAny<typeof w3cwebsocket>,
];
