import { connect, type Socket } from 'node:net';
import { constants, deflateRawSync } from 'node:zlib';
import {
  rawClosePayload,
  rawFrame,
  takeRawFrames,
  TEST_MASK,
} from '../../../libs/engine/src/testing-fixtures/raw-frame.js';
import {
  upgradeHead,
  type UpgradeHead,
} from '../../../libs/engine/src/testing-fixtures/upgrade-head.js';
import { MAX_PAYLOAD } from './leak-server.js';

/** A way in which connections come and go. */
export interface Kind {
  readonly name: string;
  /** At a time: those that wait for a time limit wait together. */
  readonly parallel: number;
  /** Whether it is for a server that looks whether its clients are there. */
  readonly pinged?: true;
  /** How all of them have to end, as status and close code; whatever comes where it is a matter of luck. */
  readonly ends?: readonly string[];
  /** One connection, from its first byte to its end. @param number told from others by it */
  run(port: number, number: number): Promise<Peer>;
}

/** A client by hand, whose connection ends once. */
class Peer {
  readonly ended: Promise<void>;
  private bytes = Buffer.alloc(0);
  private wake: () => void = () => {};

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      this.wake();
    });
    socket.on('error', () => {});
    this.ended = new Promise((resolve) => {
      socket.once('close', () => {
        this.wake();
        resolve();
      });
    });
  }

  static async connect(port: number, text: string): Promise<Peer> {
    const socket = connect({ port, host: '127.0.0.1' });
    const peer = new Peer(socket);
    await new Promise<void>((resolve) => {
      socket.once('connect', resolve);
      socket.once('close', () => resolve());
    });
    socket.write(text, 'latin1');
    return peer;
  }

  /** A connection whose server has answered. */
  static async open(port: number, user: string, head: UpgradeHead = {}): Promise<Peer> {
    const peer = await Peer.connect(port, upgradeHead({ line: lineOf(user), ...head }));
    await peer.answered();
    return peer;
  }

  /** The status of the answer, and the code of the server's Close frame, such as `101 1009`. */
  get outcome(): string {
    const head = this.bytes.indexOf('\r\n\r\n') + 4;
    const status = this.bytes.toString('latin1', 9, 12);
    if (status !== '101') return status;
    const { frames } = takeRawFrames(this.bytes.subarray(head));
    const close = frames.find(({ opcode }) => opcode === 8);
    return close === undefined ? status : `${status} ${close.payload.readUInt16BE(0)}`;
  }

  async answered(): Promise<void> {
    const before = this.bytes.length;
    while (this.bytes.length === before && !this.socket.destroyed) {
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  send(event: string, data: unknown = {}): void {
    this.socket.write(rawFrame({ opcode: 1, payload: text(event, data), mask: TEST_MASK }));
  }

  sendDeflated(event: string, data: unknown): void {
    const packed = deflateRawSync(text(event, data), { finishFlush: constants.Z_SYNC_FLUSH });
    const payload = packed.subarray(0, -4);
    this.socket.write(rawFrame({ opcode: 1, rsv: 4, payload, mask: TEST_MASK }));
  }
}

let ids = 0;
const text = (event: string, data: unknown) => JSON.stringify({ event, data, id: ++ids });
const lineOf = (query: string) => `GET /all?user=${query} HTTP/1.1`;
const DEFLATE = { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } };

/** Every kind there is. @param patience milliseconds of sessions, and of clients that wait */
export function kindsOf(patience: number): Kind[] {
  return [
    {
      name: 'uses everything, closes',
      ends: ['101 1000'],
      parallel: 40,
      async run(port, number) {
        const peer = await Peer.open(port, `u${number}`, DEFLATE);
        peer.send('$join', { room: 'talk' });
        peer.send('$join', { room: `room ${number}` });
        peer.sendDeflated('say', { number, text: 'x'.repeat(200) });
        peer.send('mail');
        await peer.answered();
        peer.send('$leave', { room: 'talk' });
        const close = { opcode: 8, payload: rawClosePayload(1000, 'done'), mask: TEST_MASK };
        peer.socket.write(rawFrame(close));
        await peer.ended;
        return peer;
      },
    },
    {
      name: 'leaves without a Close',
      parallel: 40,
      async run(port, number) {
        const peer = await Peer.open(port, `u${number}`);
        peer.send('$join', { room: `room ${number % 50}` });
        peer.send('say', { number });
        peer.socket.end();
        await peer.ended;
        return peer;
      },
    },
    {
      name: 'is reset at work',
      parallel: 40,
      async run(port, number) {
        const peer = await Peer.open(port, `u${number}`, DEFLATE);
        peer.send('$join', { room: `room ${number % 50}` });
        peer.send('wait');
        peer.sendDeflated('say', { number });
        await peer.answered();
        peer.socket.resetAndDestroy();
        await peer.ended;
        return peer;
      },
    },
    {
      name: 'is reset in the upgrade',
      parallel: 40,
      async run(port, number) {
        const peer = await Peer.connect(port, upgradeHead({ line: lineOf(`u${number}`) }));
        if (number % 2 === 0) await new Promise(setImmediate);
        peer.socket.resetAndDestroy();
        await peer.ended;
        return peer;
      },
    },
    {
      name: 'is refused, 403 or 400',
      ends: ['403', '400'],
      parallel: 40,
      async run(port, number) {
        const head = number % 2 === 0 ? {} : { headers: { 'Sec-WebSocket-Key': 'x' } };
        const peer = await Peer.connect(port, upgradeHead({ line: lineOf('refused'), ...head }));
        await peer.ended;
        return peer;
      },
    },
    {
      name: 'breaks a rule, 1002 or 1007',
      ends: ['101 1002', '101 1007'],
      parallel: 40,
      async run(port, number) {
        const peer = await Peer.open(port, `u${number}`);
        const wrong =
          number % 2 === 0
            ? rawFrame({ opcode: 3, mask: TEST_MASK })
            : rawFrame({ opcode: 1, payload: Buffer.from([0xff]), mask: TEST_MASK });
        peer.socket.write(wrong);
        await peer.ended;
        return peer;
      },
    },
    {
      name: 'is over a limit, 1009',
      ends: ['101 1009'],
      parallel: 40,
      async run(port, number) {
        const peer = await Peer.open(port, `u${number}`, DEFLATE);
        const bomb = number % 2 === 0;
        if (bomb) peer.sendDeflated('say', 'x'.repeat(MAX_PAYLOAD));
        else {
          const declaredLength = BigInt(MAX_PAYLOAD + 1);
          peer.socket.write(rawFrame({ opcode: 1, declaredLength, mask: TEST_MASK }));
        }
        await peer.ended;
        return peer;
      },
    },
    {
      name: 'never ends its handshake',
      parallel: 1_000,
      async run(port, number) {
        const head = upgradeHead({ line: lineOf(`u${number}`) });
        const peer = await Peer.connect(port, head.slice(0, 40 + (number % 60)));
        // What Node waits for is longer; nobody does.
        await Promise.race([peer.ended, new Promise((resolve) => setTimeout(resolve, patience))]);
        peer.socket.destroy();
        await peer.ended;
        return peer;
      },
    },
    {
      name: 'answers no ping, 1006',
      pinged: true,
      ends: ['101'],
      parallel: 1_000,
      async run(port, number) {
        const peer = await Peer.open(port, `u${number}`);
        await peer.ended;
        return peer;
      },
    },
    {
      name: 'outlives its session, 4401',
      ends: ['101 4401'],
      parallel: 1_000,
      async run(port, number) {
        const peer = await Peer.open(port, `u${number}&session=${patience}`);
        await peer.ended;
        return peer;
      },
    },
  ];
}
