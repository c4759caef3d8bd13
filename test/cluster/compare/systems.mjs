// How each system under comparison starts one node with one client on a real socket.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { WebSocket } from 'ws';

const ROOM = 'lobby';
const dist = (path) => import(new URL(`../../../dist/libs/${path}/src/index.js`, import.meta.url));

async function listen(server) {
  // Workers of node:cluster would share one port.
  server.listen({ port: 0, host: '127.0.0.1', exclusive: true });
  await once(server, 'listening');
  return server.address().port;
}

const nestwire =
  (delivery) =>
  async (url, { received, gap }) => {
    const { UpgradeRequest, UpgradeRouter } = await dist('engine');
    const { Hub, MessageRouter } = await dist('hub');
    const { redisBroker } = await dist('redis');
    const hub = new Hub({
      broker: redisBroker({ url, app: 'compare' }),
      cluster: { delivery },
      onError: () => {},
    });
    const endpoint = hub.endpoint({ router: new MessageRouter([]) });
    const server = createServer();
    UpgradeRouter.of(server).mount({
      claims: () => true,
      handle(request, socket, head) {
        const upgrade = UpgradeRequest.read(request, socket, head);
        if (upgrade === null) return;
        const connection = endpoint.accept(upgrade, hub.snapshot(upgrade.opening), {});
        hub.rooms.join(connection, ROOM);
      },
    });
    hub.cluster.observe({ gap });
    await hub.start();
    const client = new WebSocket(`ws://127.0.0.1:${await listen(server)}`);
    client.on('message', (text) => received(JSON.parse(text).data));
    await once(client, 'open');
    await hub.rooms.settled(ROOM);
    return {
      publish: (data) => hub.rooms.to(ROOM).send('m', data),
      nodes: () => hub.cluster.nodes.length,
    };
  };

const socketIo =
  (makeAdapter) =>
  async (url, { received }) => {
    const { Server } = await import('socket.io');
    const { io: connect } = await import('socket.io-client');
    const server = createServer();
    const io = new Server(server, { transports: ['websocket'], adapter: await makeAdapter(url) });
    io.on('connection', (socket) => void socket.join(ROOM));
    const client = connect(`http://127.0.0.1:${await listen(server)}`, {
      transports: ['websocket'],
    });
    client.on('m', received);
    await once(client, 'connect');
    return {
      publish: (data) => io.to(ROOM).emit('m', data),
      nodes: () => io.of('/').adapter.serverCount(),
    };
  };

async function redisClient(url) {
  const { createClient } = await import('redis');
  const client = createClient({ url });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function pubSub(url) {
  const client = await redisClient(url);
  const other = client.duplicate();
  other.on('error', () => {});
  await other.connect();
  return [client, other];
}

/** By name: what starts a node. All take their options' defaults. */
export const SYSTEMS = {
  'nestwire at-most-once': nestwire('at-most-once'),
  'nestwire at-least-once': nestwire('at-least-once'),
  'socket.io redis-adapter': socketIo(async (url) => {
    const { createAdapter } = await import('@socket.io/redis-adapter');
    return createAdapter(...(await pubSub(url)));
  }),
  'socket.io redis-adapter, sharded': socketIo(async (url) => {
    const { createShardedAdapter } = await import('@socket.io/redis-adapter');
    return createShardedAdapter(...(await pubSub(url)));
  }),
  'socket.io redis-streams-adapter': socketIo(async (url) => {
    const { createAdapter } = await import('@socket.io/redis-streams-adapter');
    return createAdapter(await redisClient(url));
  }),
  'socket.io cluster-adapter': socketIo(async () => {
    const { createAdapter } = await import('@socket.io/cluster-adapter');
    return createAdapter();
  }),
};
