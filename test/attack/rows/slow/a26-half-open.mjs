export const row = {
  title: '100 peers that are there no more',
  seconds: 7,
  // By default these are 25 and 10 s, under the API of ws there are none.
  limits: { pingInterval: 2_000, pongTimeout: 1_500 },
  async attack({ open, ends, until, server, atMost }) {
    const { connections } = await server();
    const begin = performance.now();
    await open(100, {}, true);
    const left = await until(server, (now) => now.connections <= connections + 1);
    atMost('noticed after', (Math.min(performance.now(), ends) - begin) / 1_000, 5, 's');
    atMost('still open', left.connections - connections, 1);
  },
};
