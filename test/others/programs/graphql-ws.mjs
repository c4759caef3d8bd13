// needs: graphql-ws@^6 graphql@^16
import { buildSchema } from 'graphql';
import { createClient } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import WebSocket, { WebSocketServer } from 'ws';
import { check, done, next } from './checks.mjs';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/graphql' });
await next(server, 'listening');
const schema = buildSchema('type Query { hello: String } type Subscription { count: Int }');
const roots = {
  query: { hello: 'world' },
  subscription: {
    async *count() {
      for (let count = 1; count <= 3; count++) yield { count };
    },
  },
};
useServer({ schema, roots }, server);
const url = `ws://127.0.0.1:${server.address().port}/graphql`;
const client = createClient({ url, webSocketImpl: WebSocket });
const results = async (query) => {
  const all = [];
  for await (const { data } of client.iterate({ query })) all.push(data);
  return JSON.parse(JSON.stringify(all));
};
check('a query is answered', await results('{ hello }'), [{ hello: 'world' }]);
check(
  'a subscription streams',
  await results('subscription { count }'),
  [1, 2, 3].map((count) => ({ count })),
);
const bad = new WebSocket(url, 'another-protocol');
const problem = await next(bad, 'error');
check('another subprotocol is not selected', String(problem), 'Error: Server sent no subprotocol');
done();
