import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Presence, type Person, type PresenceUpdate } from 'nestwire';
import { WebSocket } from 'ws';
import { AppModule } from './app.module.js';
import { ChatRooms } from './chat-rooms.service.js';

interface Frame {
  event: string;
  data: unknown;
  id?: number;
  at?: { room: string; epoch: string; offset: number };
}

/** A guest as a program: what the server sends is kept until it is asked for. */
class Guest {
  private readonly frames: Frame[] = [];
  private wake = () => {};
  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as Frame);
      this.wake();
    });
  }

  static async join(url: string): Promise<Guest> {
    const guest = new Guest(new WebSocket(url));
    await once(guest.socket, 'open');
    return guest;
  }

  async next(): Promise<Frame> {
    while (this.frames.length === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.frames.shift() as Frame;
  }

  /** The data of the next frame of this event; those before it are dropped. */
  async nextOf(event: string): Promise<unknown> {
    for (;;) {
      const frame = await this.next();
      if (frame.event === event) return frame.data;
    }
  }

  send(event: string, data: unknown, id?: number): void {
    this.socket.send(JSON.stringify({ event, data, id }));
  }
}

const nameOf = ({ meta }: Person): string => (meta as { name: string }).name;

describe('the chat on the wire', () => {
  let app: INestApplication;
  let origin: string;
  let guests: Guest[];

  beforeEach(async () => {
    guests = [];
    app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
    const server = await app.listen(0, '127.0.0.1');
    origin = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    for (const { socket } of guests) socket.terminate();
    await app.close();
  });

  const url = (room: string, query: string) => `ws://${origin}/chat/${room}${query}`;

  /** Opens a connection, and asks for its room as the client does. */
  async function join(name: string, room = 'lobby', position: object = {}): Promise<Guest> {
    const guest = await Guest.join(url(room, `?name=${encodeURIComponent(name)}`));
    guests.push(guest);
    guest.send('$join', { room, ...position });
    return guest;
  }

  async function refusal(room: string, query: string): Promise<number | undefined> {
    const socket = new WebSocket(url(room, query));
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    socket.on('error', () => {});
    socket.terminate();
    return response.statusCode;
  }

  async function get(path: string) {
    const [response] = (await once(request(`http://${origin}${path}`).end(), 'response')) as [
      IncomingMessage,
    ];
    response.setEncoding('utf8');
    let body = '';
    for await (const chunk of response) body += String(chunk);
    return { status: response.statusCode, body: JSON.parse(body) as unknown };
  }

  /** Names of the people a guest is told of next. */
  async function peopleOf(guest: Guest): Promise<string[]> {
    for (;;) {
      const { people } = (await guest.nextOf('$presence')) as PresenceUpdate;
      if (people !== undefined) return people.map(nameOf);
    }
  }

  it('greets a newcomer with what was said, and tells the room', async () => {
    const ada = await join('Ada');
    expect(await ada.next()).toMatchObject({ event: '$joined', data: { offset: 0, count: 0 } });
    expect(await peopleOf(ada)).toEqual(['Ada']);
    ada.send('say', { text: 'Hello' });
    const said = await ada.nextOf('said');
    expect(said).toEqual({ from: 'Ada', text: 'Hello', at: expect.any(String) });

    const grace = await join('Grace');
    expect(await grace.nextOf('$joined')).toMatchObject({ offset: 1, count: 1 });
    expect(await grace.nextOf('said')).toEqual(said);
    expect(await peopleOf(grace)).toEqual(['Ada', 'Grace']);
    let update: PresenceUpdate = { room: '' };
    while (update.joined?.some((one) => nameOf(one) === 'Grace') !== true) {
      update = (await ada.nextOf('$presence')) as PresenceUpdate;
    }
    const [{ key }] = update.joined as [Person];

    grace.socket.close();
    while (update.left?.includes(key) !== true) {
      update = (await ada.nextOf('$presence')) as PresenceUpdate;
    }
  });

  it('gives a guest who comes back exactly what was missed, in order', async () => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    ada.send('say', { text: 'first' });
    let frame = await grace.next();
    while (frame.event !== 'said') frame = await grace.next();
    const { epoch, offset } = frame.at ?? { epoch: '', offset: -1 };
    grace.socket.terminate();
    for (const text of ['second', 'third']) ada.send('say', { text });
    await ada.nextOf('said');
    await ada.nextOf('said');
    await ada.nextOf('said');
    const back = await join('Grace', 'lobby', { epoch, offset });
    expect(await back.next()).toMatchObject({
      event: '$joined',
      data: { recovered: true, count: 2 },
    });
    expect(await back.nextOf('said')).toMatchObject({ text: 'second' });
    expect(await back.nextOf('said')).toMatchObject({ text: 'third' });
  });

  it('says so when what was missed is lost, and refuses a position nobody can have', async () => {
    const lost = await join('Ada', 'lobby', { epoch: 'another', offset: 7 });
    expect(await lost.nextOf('exception')).toMatchObject({ code: 'UNKNOWN_EPOCH' });
    const forged = await join('Eve', 'lobby', { epoch: 'x', offset: -1 });
    expect(await forged.nextOf('exception')).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('lets nobody into a room that is not that of the path', async () => {
    const ada = await join('Ada', 'lobby');
    ada.send('$join', { room: 'coffee' }, 1);
    expect(await ada.nextOf('exception')).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('keeps rooms apart', async () => {
    const ada = await join('Ada', 'lobby');
    const grace = await join('Grace', 'coffee');
    ada.send('say', { text: 'for the lobby' });
    grace.send('say', { text: 'for coffee' });
    expect(await grace.nextOf('said')).toMatchObject({ text: 'for coffee' });
    expect(await ada.nextOf('said')).toMatchObject({ text: 'for the lobby' });
  });

  it.each([
    ['missing', ''],
    ['empty', '?name='],
    ['blank', '?name=%20%20'],
    ['given twice', '?name=a&name=b'],
    ['longer than 32 characters', `?name=${'x'.repeat(33)}`],
  ])('refuses a name that is %s with 400', async (_why, query) => {
    expect(await refusal('lobby', query)).toBe(400);
    expect(app.get(ChatRooms).size).toBe(0);
  });

  it('accepts a name of 32 characters', async () => {
    const guest = await join('x'.repeat(32));
    expect(await peopleOf(guest)).toEqual(['x'.repeat(32)]);
  });

  it('refuses a name that is taken in the room with 409, and not elsewhere', async () => {
    await join('Ada');
    expect(await refusal('lobby', '?name=Ada')).toBe(409);
    const other = await join('Ada', 'coffee');
    expect(await peopleOf(other)).toEqual(['Ada']);
  });

  it('lets exactly one of two simultaneous handshakes have the name', async () => {
    const outcomes = await Promise.allSettled([join('Ada'), join('Ada'), join('Ada')]);
    expect(outcomes.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
  });

  it('frees the name at once when its guest leaves or is cut off', async () => {
    const grace = await join('Grace');
    for (const leave of ['close', 'terminate'] as const) {
      const ada = await join('Ada');
      ada.socket[leave]();
      let update: PresenceUpdate = { room: '' };
      while (update.left?.length !== 1) {
        update = (await grace.nextOf('$presence')) as PresenceUpdate;
      }
    }
    expect(await peopleOf(await join('Ada'))).toEqual(['Grace', 'Ada']);
  });

  it('does not keep the name of a handshake that was broken off', async () => {
    const [host = '', port] = origin.split(':');
    const socket = connect(Number(port), host);
    await once(socket, 'connect');
    // Reset in the same moment: the request may or may not be read before the connection is gone.
    socket.write(
      `GET /chat/lobby?name=Ada HTTP/1.1\r\nHost: ${origin}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
      () => socket.resetAndDestroy(),
    );
    await once(socket, 'close');
    const grace = await join('Grace');
    // Either nobody came, or Ada came and left: in the end Grace is alone.
    await peopleOf(grace);
    const presence = app.get(Presence);
    while ((await presence.people('lobby')).length > 1) await new Promise((r) => setImmediate(r));
    while (app.get(ChatRooms).list()[0]?.people !== 1) await new Promise((r) => setImmediate(r));
    expect(await peopleOf(await join('Ada'))).toEqual(['Grace', 'Ada']);
  });

  it.each([
    ['empty', ''],
    ['longer than 2,000 characters', 'x'.repeat(2001)],
    ['not a string', 5],
    ['missing', undefined],
  ])('answers a text that is %s with an exception and goes on', async (_why, text) => {
    const ada = await join('Ada');
    ada.send('say', { text }, 1);
    const exception = await ada.nextOf('exception');
    expect(exception).toMatchObject({ status: 'error', code: 'BAD_REQUEST' });
    expect(JSON.stringify(exception)).toContain('text must be');
    ada.send('say', { text: 'x'.repeat(2000) });
    expect(await ada.nextOf('said')).toMatchObject({ from: 'Ada' });
  });

  it('takes two thousand characters of four bytes each', async () => {
    const ada = await join('Ada');
    ada.send('say', { text: '🙂'.repeat(2000) });
    expect(await ada.nextOf('said')).toMatchObject({ text: '🙂'.repeat(2000) });
  });

  it('answers frames that are no messages, and goes on', async () => {
    const ada = await join('Ada');
    ada.socket.send('not JSON');
    expect(await ada.nextOf('exception')).toMatchObject({ code: 'BAD_JSON' });
    ada.send('shout', {});
    expect(await ada.nextOf('exception')).toMatchObject({ code: 'UNKNOWN_EVENT' });
    ada.send('say', { text: 'still here' });
    expect(await ada.nextOf('said')).toMatchObject({ text: 'still here' });
  });

  it('confirms a message that has an id', async () => {
    const ada = await join('Ada');
    ada.send('say', { text: 'Hello' }, 7);
    for (;;) {
      const frame = await ada.next();
      if (frame.event === 'say') {
        expect(frame.id).toBe(7);
        break;
      }
    }
  });

  it('lists the rooms by HTTP', async () => {
    const ada = await join('Ada');
    await peopleOf(ada);
    expect(await get('/chat')).toEqual({ status: 200, body: [{ room: 'lobby', people: 1 }] });
  });

  it('answers 404 to a handshake for a path without a gateway', async () => {
    expect(await refusal('lobby/somewhere', '?name=Ada')).toBe(404);
  });

  it('says on shutdown that a restart is why', async () => {
    const ada = await join('Ada');
    const closed = once(ada.socket, 'close');
    await app.close();
    const [code, reason] = (await closed) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([1012, 'The server is restarting']);
  });
});
