import { afterEach, describe, expect, it } from '@jest/globals';
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { WebSocket } from 'nestwire/engine';
import { WebSocket as WsWebSocket } from 'ws';
import { serve } from '../../libs/engine/src/testing-fixtures/websocket-servers.js';
import { closeAll } from '../conformance/support/cleanup.js';

const t = initTRPC.create();

const router = t.router({
  greet: t.procedure
    .input((value: unknown) => String(value))
    .query(({ input }) => `Hello ${input}`),
  count: t.procedure.subscription(async function* () {
    for (let count = 1; count <= 3; count++) yield count;
  }),
});

const closing: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  await closeAll();
});

describe.each([
  ['nestwire', WebSocket],
  ['ws', WsWebSocket],
])(
  'tRPC on the server of the engine, its client on the WebSocket of %s',
  (_name, implementation) => {
    async function start() {
      const { server, url } = await serve();
      // Typed for ws, whose server ours stands for.
      const handler = applyWSSHandler({
        wss: server as never,
        router,
        keepAlive: { enabled: true, pingMs: 50, pongWaitMs: 1_000 },
      });
      const socket = createWSClient({ url, WebSocket: implementation as never });
      closing.push(() => socket.close());
      return {
        client: createTRPCClient<typeof router>({ links: [wsLink({ client: socket })] }),
        handler,
      };
    }

    it('answers queries', async () => {
      const { client } = await start();
      expect(await client.greet.query('Ada')).toBe('Hello Ada');
      expect(await Promise.all(['a', 'b', 'c'].map((name) => client.greet.query(name)))).toEqual([
        'Hello a',
        'Hello b',
        'Hello c',
      ]);
    });

    it('streams a subscription', async () => {
      const { client } = await start();
      const counts: number[] = [];
      await new Promise<void>((resolve, reject) => {
        client.count.subscribe(undefined, {
          onData: (count) => counts.push(count),
          onComplete: resolve,
          onError: reject,
        });
      });
      expect(counts).toEqual([1, 2, 3]);
    });
  },
);
