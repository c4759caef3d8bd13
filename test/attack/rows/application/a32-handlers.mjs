import { frame, Peer, repeated } from '../../lib/wire.mjs';

export const row = {
  title: 'handlers that throw, reject, fail and never end; hooks that throw',
  on: ['nest'],
  seconds: 5,
  peak: 40,
  // A connection whose queue of handlers is full is not read: who has left is found by the next ping.
  limits: { pingInterval: 1_000, pongTimeout: 1_000, closeTimeout: 1_000 },
  async attack({ port, open, ends, ask, until, equal, atMost }) {
    const [peer] = await open(1);
    const events = ['throw', 'reject', 'stream'];
    for (const event of events) {
      peer.write(repeated(frame(1, `{"event":"${event}","data":1,"id":1}`), 500));
    }
    await peer.until(() => peer.count(1) >= 500 * events.length, ends);
    equal('answers', peer.count(1), 500 * events.length);
    for (let round = 0; round < 20; round++) {
      const some = await Promise.all(
        Array.from({ length: 10 }, () => Peer.open(port, { line: 'GET /hooks HTTP/1.1' })),
      );
      for (const one of some) one.socket.destroy();
    }
    const patient = await open(50);
    const never = repeated(frame(1, '{"event":"never","data":1,"id":1}'), 1_000);
    for (const one of patient) one.write(never);
    const most = await until(
      () => ask('faults'),
      ({ running }) => running >= patient.length,
    );
    // One at a time of each connection.
    atMost('running', most.running, patient.length);
    for (const one of patient) one.socket.destroy();
    const { running } = await until(
      () => ask('faults'),
      (faults) => faults.running === 0,
    );
    equal('running afterwards', running, 0);
  },
};
