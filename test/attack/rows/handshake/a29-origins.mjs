import { Peer } from '../../lib/wire.mjs';

export const row = {
  title: 'pages of other sites, with the cookies of this one',
  async attack({ port, among }) {
    const own = `127.0.0.1:${port}`;
    const foreign = [
      'http://evil.example',
      `http://${own}.evil.example`,
      `http://evil${own}`,
      'http://127.0.0.1',
      `wss://${own}`,
      `http://user@${own}`,
      `http://${own}/`,
      'null',
      'file://',
    ];
    const status = async (origin, cookie) => {
      const headers = { Host: own, Origin: origin, Cookie: cookie };
      const peer = await Peer.open(port, { headers });
      peer.socket.destroy();
      return peer.status;
    };
    const statuses = [];
    for (const origin of foreign) statuses.push(await status(origin, 'session=1'));
    among('foreign', statuses, [403, 400]);
    among('its own', [await status(`http://${own}`, 'session=1')], [101]);
    among('no page', [await status(null, 'session=1')], [101]);
  },
};
