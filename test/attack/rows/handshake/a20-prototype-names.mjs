import { frame, Peer } from '../../lib/wire.mjs';

export const row = {
  title: 'names of the prototype everywhere',
  deflate: true,
  async attack({ port, impl, ends, among }) {
    const statuses = [];
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const peer = await Peer.open(port, {
        line: `GET /?${name}=${name} HTTP/1.1`,
        headers: {
          'Sec-WebSocket-Protocol': name,
          'Sec-WebSocket-Extensions': `${name}; ${name}=${name}`,
          Cookie: `${name}=${name}`,
          [name]: name,
        },
      });
      // Who serves no such subprotocol may refuse it.
      if (impl === 'nest' && peer.status === 400) continue;
      statuses.push(peer.status);
      const texts = [
        `{"event":"${name}","data":1,"id":1}`,
        `{"${name}":{"event":1},"event":"echo","data":{"${name}":{"polluted":1}},"id":2}`,
        `{"event":"$join","data":{"room":"${name}"},"id":3}`,
      ];
      for (const text of texts) peer.write(frame(1, text));
      await peer.until(() => peer.count(1) >= texts.length, ends);
      statuses.push(peer.count(1) >= texts.length);
      peer.socket.destroy();
    }
    among('status, and whether answered', statuses, [101, true]);
  },
};
