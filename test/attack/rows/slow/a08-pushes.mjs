export const row = {
  title: '20 subscribers of a push of 64 KiB that never read',
  seconds: 13,
  async attack({ open, ends, until, server, atMost }) {
    const { connections } = await server();
    const begin = performance.now();
    await open(20, { line: 'GET /push HTTP/1.1' }, true);
    const patient = () => until(server, (now) => now.connections <= connections + 1);
    await patient();
    atMost('closed after', (Math.min(performance.now(), ends) - begin) / 1_000, 12, 's');
    const left = (await server()).connections - connections;
    atMost('still open', left, 1);
  },
};
