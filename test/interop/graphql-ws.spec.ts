import { afterEach, describe, expect, it } from '@jest/globals';
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocket } from 'nestwire/engine';
import { WebSocket as WsWebSocket } from 'ws';
import { serve } from '../../libs/engine/src/testing-fixtures/websocket-servers.js';
import { closeAll } from '../conformance/support/cleanup.js';

const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
  await closeAll();
});

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: { hello: { type: GraphQLString, resolve: () => 'world' } },
  }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      greetings: {
        type: GraphQLString,
        async *subscribe() {
          for (const greetings of ['Hi', 'Bonjour', 'Hola']) yield { greetings };
        },
      },
    },
  }),
});

describe.each([
  ['nestwire', WebSocket],
  ['ws', WsWebSocket],
])(
  'graphql-ws on the server of the engine, its client on the WebSocket of %s',
  (_name, webSocketImpl) => {
    async function start() {
      const { server, url } = await serve({ handleProtocols: (protocols) => [...protocols][0]! });
      // Typed for ws, whose server ours stands for.
      const disposable = useServer({ schema }, server as never);
      const client = createClient({ url, webSocketImpl, retryAttempts: 0, lazy: true });
      clients.push(client);
      return { client, server, disposable };
    }

    it('answers a query', async () => {
      const { client } = await start();
      const results: unknown[] = [];
      for await (const result of client.iterate({ query: '{ hello }' })) results.push(result);
      expect(results).toEqual([{ data: { hello: 'world' } }]);
    });

    it('streams a subscription', async () => {
      const { client } = await start();
      const greetings: unknown[] = [];
      for await (const { data } of client.iterate({ query: 'subscription { greetings }' })) {
        greetings.push(data?.['greetings']);
      }
      expect(greetings).toEqual(['Hi', 'Bonjour', 'Hola']);
    });

    it('tells errors, and closes its clients when it is disposed of', async () => {
      const { client, disposable, server } = await start();
      const failed = client.iterate({ query: '{ missing }' }).next();
      await expect(failed).rejects.toMatchObject([{ message: expect.stringContaining('missing') }]);
      await disposable.dispose();
      expect(server.clients.size).toBe(0);
    });
  },
);
