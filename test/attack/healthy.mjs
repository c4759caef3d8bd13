// Well-behaved clients beside an attack: 20 that send a message every 20 ms, and a new handshake every 250 ms.
import { setTimeout as pause } from 'node:timers/promises';
import { answer, task } from './lib/asked.mjs';
import { StreamSocket } from './lib/stream-socket.mjs';
import { frame, Peer } from './lib/wire.mjs';

const CLIENTS = 20;
const EVERY = 20;
const HANDSHAKE_EVERY = 250;
const PATIENCE = 3_000;
/** Messages of each client at first: the server has had traffic before it is attacked. */
const WARM_UP = 3_000;

const { port, impl } = task;
if (task.http2) Peer.connect = (to) => new StreamSocket(to);
const text = impl === 'nest' ? '{"event":"echo","data":"healthy"}' : 'healthy';
const message = frame(1, text);

let times = [];
let handshakes = [];
let lost = 0;
let closed = 0;
let refused = 0;
let going = true;
let leaving = false;

class Client {
  sent = [];

  constructor(peer) {
    this.peer = peer;
    peer.onText = () => times.push(performance.now() - this.sent.shift());
    void peer.closed.then(() => {
      if (!leaving) closed++;
    });
  }

  say() {
    this.sent.push(performance.now());
    this.peer.write(message);
  }

  /** Sends many, one after the other was answered. */
  async warmUp() {
    const before = this.peer.count(1);
    for (let done = 0; done < WARM_UP; done += 100) {
      for (let index = 0; index < 100; index++) this.say();
      await this.peer.until(() => this.peer.count(1) >= before + done + 100);
    }
  }
}

const clients = (await Peer.openMany(port, CLIENTS)).map((peer) => new Client(peer));
if (task.warm) await Promise.all(clients.map((client) => client.warmUp()));
clients.forEach((client, index) => {
  // Not all at once.
  setTimeout(() => setInterval(() => going && client.say(), EVERY), (index * EVERY) / CLIENTS);
});

async function shakeHands() {
  const begin = performance.now();
  const peer = await Peer.open(port);
  if (peer.status === 101) handshakes.push(performance.now() - begin);
  else refused++;
  peer.socket.destroy();
}
setInterval(() => going && void shakeHands(), HANDSHAKE_EVERY);

const unanswered = () => clients.reduce((sum, { sent }) => sum + sent.length, 0);

function of(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), most: at(1) };
}

/** What was measured since it was asked last. */
function figures() {
  const result = { echoes: of(times), handshakes: of(handshakes), lost, closed, refused };
  times = [];
  handshakes = [];
  return result;
}

answer({
  figures,
  connections: () => CLIENTS,
  /** Sends no more, waits for what is still to come, and leaves. */
  async leave() {
    going = false;
    const ends = performance.now() + PATIENCE;
    while (unanswered() > 0 && performance.now() < ends) await pause(10);
    lost = unanswered();
    leaving = true;
    for (const { peer } of clients) peer.socket.destroy();
    return figures();
  },
});
process.send({ name: 'ready' });
