export const row = {
  title: '2,000 idle connections',
  seconds: 8,
  async attack({ open, server, http2, atMost }) {
    // What the first ones cost is code and tables, not connections.
    await open(100);
    const before = await server();
    await open(2_000);
    atMost('RSS each', ((await server()).rss - before.rss) / 2_000 / 1_000, http2 ? 16 : 9, 'KB');
  },
};
