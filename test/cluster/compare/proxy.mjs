// A way to Redis on 127.0.0.1 on which bytes may be held back, to both sides or to one.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** @returns its port; `hold` keeps back what the server says, or what both say, until `release` */
export async function startProxy(target) {
  const ways = new Set();
  let held = 'none';
  const isHeld = (side) => held === 'both' || held === side;
  const pass = (from, to, side) => {
    const way = { from, side };
    ways.add(way);
    from.on('data', (chunk) => to.write(chunk) || from.pause());
    to.on('drain', () => isHeld(side) || from.resume());
    from.on('error', () => {});
    from.on('close', () => {
      ways.delete(way);
      to.destroy();
    });
    if (isHeld(side)) from.pause();
  };
  const server = createServer((client) => {
    const other = connect(target, '127.0.0.1');
    pass(client, other, 'client');
    pass(other, client, 'server');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    hold(which) {
      held = which;
      for (const { from, side } of ways) if (isHeld(side)) from.pause();
    },
    release() {
      held = 'none';
      for (const { from } of ways) from.resume();
    },
    end() {
      for (const { from } of ways) from.destroy();
      server.close();
    },
  };
}
