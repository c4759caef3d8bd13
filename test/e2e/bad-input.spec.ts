import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { UsePipes, ValidationPipe } from '@nestjs/common';
import { IsString, Length } from 'class-validator';
import { MessageBody, OnConnect, OnMessage, WsGateway } from 'nestwire';
import { closeApps, startApp, type TestApp } from './support/app.js';
import { Client } from './support/client.js';

afterEach(closeApps);

class SayDto {
  @IsString()
  @Length(1, 10)
  text!: string;
}

@UsePipes(new ValidationPipe())
@WsGateway('/chat')
class ChatGateway {
  @OnConnect()
  entered(): void {}

  @OnMessage('say')
  say(@MessageBody() dto: SayDto): string {
    return dto.text;
  }

  @OnMessage('throw')
  throw(): never {
    throw new TypeError('a bug');
  }

  @OnMessage('reject')
  async reject(): Promise<never> {
    await Promise.resolve();
    throw new Error('a bug');
  }
}

const start = (): Promise<TestApp> =>
  startApp({ providers: [ChatGateway], options: { limits: { maxPayload: 1024 } } });

describe('a message that no handler got', () => {
  it('leaves a debug line with path, event and reason, and without its data', async () => {
    const { url, log } = await start();
    const client = await Client.connect(`${url}/chat`);
    const lines = (): string[] =>
      log.of('debug').filter((line) => line.startsWith('Cannot handle'));
    await client.ask('sya\n', { text: 'hunter2' });
    await client.ask('say', { text: 7, hunter2: 'hunter2' });
    client.socket.send('{hunter2');
    await client.next();
    await client.ask('say', { text: 'fine' });
    await client.ask('throw');
    expect(lines()).toEqual([
      'Cannot handle event "sya\\n" on /chat: UNKNOWN_EVENT',
      'Cannot handle event "say" on /chat: BAD_REQUEST',
      'Cannot handle message on /chat: BAD_JSON',
    ]);
    for (let count = 0; count < 100; count++) client.send('hunter2');
    await client.take(100);
    // However long that took, it was no line for each of them.
    expect(lines().length).toBeLessThan(60);
  });
});

const HANDSHAKE = {
  Host: '127.0.0.1',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** Writes a request byte by byte as given and reads until the server closes. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('latin1');
  let answer = '';
  socket.on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

function request(line: string, headers: Record<string, string>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line}\r\n${lines.join('')}\r\n`;
}

function without(name: keyof typeof HANDSHAKE): Record<string, string> {
  return Object.fromEntries(Object.entries(HANDSHAKE).filter(([key]) => key !== name));
}

describe('a bad opening handshake', () => {
  it.each<[string, string, Record<string, string>, number]>([
    ['an unknown path', 'GET /nowhere HTTP/1.1', HANDSHAKE, 404],
    ['another method', 'POST /chat HTTP/1.1', HANDSHAKE, 405],
    ['version 8', 'GET /chat HTTP/1.1', { ...HANDSHAKE, 'Sec-WebSocket-Version': '8' }, 426],
    ['another version', 'GET /chat HTTP/1.1', { ...HANDSHAKE, 'Sec-WebSocket-Version': '12' }, 426],
    ['a short key', 'GET /chat HTTP/1.1', { ...HANDSHAKE, 'Sec-WebSocket-Key': 'c2hvcnQ=' }, 400],
    ['no key', 'GET /chat HTTP/1.1', without('Sec-WebSocket-Key'), 400],
    ['no Host', 'GET /chat HTTP/1.1', without('Host'), 400],
    ['a malformed parameter', 'GET /chat/%E0%A4%A HTTP/1.1', HANDSHAKE, 404],
  ])('with %s is answered and closed', async (_name, line, headers, status) => {
    const { port } = await start();
    const answer = await exchange(port, request(line, headers));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.toLowerCase()).toContain('connection: close');
  });
});

/** A raw client behind a good handshake, for frames no library would send. */
async function raw(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write(request('GET /chat HTTP/1.1', HANDSHAKE));
  const [head] = (await once(socket, 'data')) as [Buffer];
  expect(head.toString()).toMatch(/^HTTP\/1.1 101 /);
  return socket;
}

/** The code of the Close frame with which the server answers. */
async function closeCode(socket: Socket, frame: readonly number[]): Promise<number> {
  socket.write(Buffer.from(frame));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  expect(answer[0]).toBe(0x88);
  return answer.readUInt16BE(2);
}

describe('a frame that breaks the protocol', () => {
  it.each<[string, number[], number]>([
    ['text that is not UTF-8', [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28], 1007],
    ['an unmasked frame', [0x81, 0x02, 0x68, 0x69], 1002],
    ['a reserved bit', [0xc1, 0x82, 0, 0, 0, 0, 0x68, 0x69], 1002],
    ['a message longer than the limit', [0x81, 0xfe, 0x04, 0x01, 0, 0, 0, 0], 1009],
  ])('closes the connection: %s', async (_name, frame, code) => {
    const { port } = await start();
    expect(await closeCode(await raw(port), frame)).toBe(code);
  });
});

describe('a message that cannot be handled', () => {
  it.each<[string, string, string]>([
    ['not JSON', 'hello', 'BAD_JSON'],
    ['a number', '123', 'BAD_ENVELOPE'],
    ['an array', '[]', 'BAD_ENVELOPE'],
    ['an event that is an object', '{"event":{}}', 'BAD_ENVELOPE'],
    ['an event that is too long', `{"event":"${'x'.repeat(129)}"}`, 'BAD_ENVELOPE'],
    ['an unknown event', '{"event":"nothing"}', 'UNKNOWN_EVENT'],
    ['an event named like a property of every object', '{"event":"__proto__"}', 'UNKNOWN_EVENT'],
    ['data that violates the DTO', '{"event":"say","data":{"text":""}}', 'BAD_REQUEST'],
    ['no data at all', '{"event":"say"}', 'BAD_REQUEST'],
    ['a handler that throws', '{"event":"throw"}', 'INTERNAL_ERROR'],
    ['a handler that rejects', '{"event":"reject"}', 'INTERNAL_ERROR'],
  ])('is answered and the connection stays open: %s', async (_name, text, code) => {
    const { url } = await start();
    const client = await Client.connect(`${url}/chat`);
    client.socket.send(text);
    expect(await client.next()).toMatchObject({
      event: 'exception',
      data: { status: 'error', code },
    });
    expect((await client.ask('say', { text: 'still here' })).data).toBe('still here');
  });

  it('is answered too when it is binary', async () => {
    const { url } = await start();
    const client = await Client.connect(`${url}/chat`);
    client.socket.send(Buffer.from('{"event":"say"}'), { binary: true });
    expect((await client.next()).event).toBe('exception');
  });
});
