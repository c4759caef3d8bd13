// needs: y-websocket@^3 yjs@^13 @hocuspocus/server@^3 @hocuspocus/provider@^3
import { Server } from '@hocuspocus/server';
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import WebSocket, { WebSocketServer } from 'ws';
import * as Y from 'yjs';
import { WebsocketProvider } from 'y-websocket';
import { check, done, next } from './checks.mjs';

const server = new Server({ port: 0, address: '127.0.0.1', quiet: true });
await server.listen();
const url = `ws://127.0.0.1:${server.address.port}`;
const provide = () => {
  const websocketProvider = new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: WebSocket });
  const provider = new HocuspocusProvider({
    websocketProvider,
    name: 'page',
    document: new Y.Doc(),
  });
  provider.attach();
  return provider;
};
const [one, two] = [provide(), provide()];
await Promise.all(
  [one, two].map(
    (provider) => provider.synced || new Promise((resolve) => provider.on('synced', resolve)),
  ),
);
check('both are synced', [one.synced, two.synced], [true, true]);
const changed = new Promise((resolve) => {
  two.document.getText('t').observe(() => resolve(two.document.getText('t').toString()));
});
one.document.getText('t').insert(0, 'hello');
check('a change arrives', await changed, 'hello');

// The other end of y-websocket is any server that passes its messages on.
const relay = new WebSocketServer({ port: 0, host: '127.0.0.1' });
await next(relay, 'listening');
relay.on('connection', (ws) =>
  ws.on('message', (data) => relay.clients.forEach((other) => other !== ws && other.send(data))),
);
const docs = [new Y.Doc(), new Y.Doc()];
const providers = docs.map(
  (doc) =>
    new WebsocketProvider(`ws://127.0.0.1:${relay.address().port}`, 'room', doc, {
      WebSocketPolyfill: WebSocket,
      disableBc: true,
    }),
);
await Promise.all(
  providers.map(
    (provider) =>
      new Promise((resolve) =>
        provider.on('status', ({ status }) => status === 'connected' && resolve()),
      ),
  ),
);
const seen = new Promise((resolve) => {
  docs[1].getMap('m').observe(() => resolve(docs[1].getMap('m').get('key')));
});
docs[0].getMap('m').set('key', 'value');
check('y-websocket connects and sends', await seen, 'value');
done();
