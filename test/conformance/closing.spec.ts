import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'nestwire/engine';
import { rawClosePayload, rawFrame } from '../../libs/engine/src/testing-fixtures/raw-frame.js';
import { RawPeer } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { RawServer } from '../../libs/engine/src/testing-fixtures/raw-server.js';
import { framesTo } from '../../libs/engine/src/testing-fixtures/receive.js';
import { serve } from '../../libs/engine/src/testing-fixtures/websocket-servers.js';
import { closeAll } from './support/cleanup.js';
import { EVERY_END, Ends } from './support/ends.js';
import { expectFailure } from './support/failure.js';

afterAll(closeAll);

/** Codes that may stand in a Close frame (RFC 6455 7.4 and the registry). */
const LEGAL = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
];
const ILLEGAL = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];

describe.each(EVERY_END)('D. closing, $role, $mode', ({ role, compressed, http }) => {
  let ends: Ends;

  beforeAll(async () => {
    ends = await Ends.create(role, compressed, {}, http);
  });

  it('65. No data frame follows a Close frame', async () => {
    const closing = await ends.open();
    closing.ws.send('before');
    closing.ws.close(1000);
    closing.ws.send('after');
    closing.ws.ping('after');
    expect((await closing.received())[1].toString()).toBe('before');
    expect(await closing.peer.said()).toEqual([8, 1000, '']);
    closing.peer.send({ opcode: 8, payload: rawClosePayload(1000) });
    closing.peer.end();
    expect(await closing.peer.framesToEnd()).toEqual([]);
    const answering = await ends.open();
    answering.peer.send({ opcode: 8, payload: rawClosePayload(1001) });
    expect(await answering.peer.said()).toEqual([8, 1001, '']);
    const refused = await new Promise((resolve) => answering.ws.send('late', resolve));
    expect(refused).toMatchObject({ code: 'WS_ERR_NOT_OPEN' });
    answering.peer.end();
    expect(await answering.peer.framesToEnd()).toEqual([]);
    // A failed connection sends nothing more either.
    const failed = await ends.open();
    failed.peer.send({ opcode: 3 });
    await failed.heard.atLeast(1);
    failed.ws.send('late');
    failed.peer.end();
    expect((await failed.peer.framesToEnd()).map(({ opcode }) => opcode)).toEqual([8]);
  });

  it('66. A Close body has two bytes at least, or none', async () => {
    const one = framesTo(role, { opcode: 8, payload: Buffer.from([3]) });
    await expectFailure(ends, one, 1002, 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH');
    const none = await ends.open();
    none.peer.send({ opcode: 8 });
    expect(await none.peer.said()).toEqual([8]);
    none.peer.end();
    expect(await none.heard.closed()).toEqual(['close', 1005, '']);
  });

  it('67. A Close reason is valid UTF-8', async () => {
    for (const reason of [[0xff], [0xc3], [0x61, 0xed, 0xa0, 0x80], [0xc0, 0xaf]]) {
      const payload = rawClosePayload(1000, Buffer.from(reason));
      await expectFailure(
        ends,
        framesTo(role, { opcode: 8, payload }),
        1007,
        'WS_ERR_INVALID_UTF8',
      );
    }
    const { peer, heard } = await ends.open();
    peer.send({ opcode: 8, payload: rawClosePayload(3000, 'grüße') });
    await peer.said();
    peer.end();
    expect(await heard.closed()).toEqual(['close', 3000, 'grüße']);
  });

  it('68. A Close frame is answered with one of the same code and reason', async () => {
    for (const code of LEGAL) {
      const { peer, heard } = await ends.open();
      peer.send({ opcode: 8, payload: rawClosePayload(code, 'because') });
      expect(await peer.said()).toEqual([8, code, 'because']);
      peer.end();
      expect(await heard.closed()).toEqual(['close', code, 'because']);
    }
  });

  it('72. The server closes TCP first, and the client waits for it', async () => {
    const asked = await ends.open();
    asked.peer.send({ opcode: 8, payload: rawClosePayload(1000) });
    await asked.peer.said();
    const asking = await ends.open();
    asking.ws.close(1000);
    await asking.peer.said();
    asking.peer.send({ opcode: 8, payload: rawClosePayload(1000) });
    for (const { peer, heard } of [asked, asking]) {
      if (role === 'server') await peer.over();
      else for (let round = 0; round < 10; round++) await turn();
      expect([peer.ended, heard.of('close')]).toEqual([role === 'server', []]);
      peer.end();
      await peer.over();
      expect(await heard.closed()).toEqual(['close', 1000, '']);
    }
  });

  it('73. A failed connection is told so, and TCP is closed', async () => {
    const { peer, heard } = await ends.open();
    peer.send({ opcode: 1, fin: false }, { opcode: 7 }, { opcode: 1, payload: 'never read' });
    // The peer keeps its own side open, and still sees the end.
    expect((await peer.framesToEnd()).map(({ opcode }) => opcode)).toEqual([8]);
    expect(peer.wasReset).toBe(false);
    peer.end();
    await heard.closed();
    expect(heard.of('text')).toEqual([]);
  });

  it('74. A connection that is lost closes with 1006', async () => {
    for (const lose of [(peer: RawPeer) => peer.end(), (peer: RawPeer) => peer.reset()]) {
      for (const before of [
        Buffer.alloc(0),
        Buffer.from([0x81]),
        framesTo(role, { opcode: 1, fin: false }),
      ]) {
        const { peer, heard, ws } = await ends.open();
        peer.write(before);
        await turn();
        lose(peer);
        expect(await heard.closed()).toEqual(['close', 1006, '']);
        expect(ws.readyState).toBe(WebSocket.CLOSED);
      }
    }
  });

  it('75. Codes that are never sent are refused, and are never sent', async () => {
    for (const code of ILLEGAL) {
      const frame = framesTo(role, { opcode: 8, payload: rawClosePayload(code) });
      await expectFailure(ends, frame, 1002, 'WS_ERR_INVALID_CLOSE_CODE');
    }
    const { peer, ws } = await ends.open();
    ws.close();
    expect(await peer.said()).toEqual([8]);
  });

  it('76. The application cannot send them', async () => {
    const { peer, ws } = await ends.open();
    for (const code of [...ILLEGAL, -1, 1000.5, NaN, Infinity, '1000', null, {}]) {
      expect(() => ws.close(code as number)).toThrow(TypeError);
    }
    ws.close(4999, 'at last');
    expect(await peer.said()).toEqual([8, 4999, 'at last']);
  });

  it('77. Whatever arrives is validated', async () => {
    let state = 77;
    const noise = (length: number) =>
      Buffer.from(
        Array.from({ length }, () => {
          state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
          return state >>> 16;
        }),
      );
    const noises = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      ...[1, 2, 3, 4, 5, 6, 7, 8].map(() => noise(300)),
    ];
    for (const bytes of noises) {
      const { peer, heard } = await ends.open();
      peer.write(bytes);
      peer.end();
      expect((await heard.closed())[0]).toBe('close');
      for (const [what, text] of heard.words) {
        if (what === 'text') expect(Buffer.from(String(text)).toString()).toBe(text);
      }
    }
  });
});

describe('D. what is not meant for this end', () => {
  afterAll(closeAll);

  it('77. An unexpected path or origin, or frames without a handshake, get no connection', async () => {
    const { port, server } = await serve({ path: '/here', allowedOrigins: ['http://a.example'] });
    const there = await RawPeer.upgrade(port, {
      line: 'GET /there HTTP/1.1',
      headers: { Origin: 'http://a.example' },
    });
    expect((await there.readHead()).status).toBe(404);
    const foreign = await RawPeer.upgrade(port, {
      line: 'GET /here HTTP/1.1',
      headers: { Origin: 'http://b.example' },
    });
    expect((await foreign.readHead()).status).toBe(403);
    const rude = await RawPeer.connect(port);
    rude.write(rawFrame({ opcode: 1, payload: 'hello', mask: [1, 2, 3, 4] }));
    expect((await rude.readHead()).status).toBe(400);
    expect(server.clients.size).toBe(0);
    const raw = await RawServer.listen();
    const ws = new WebSocket(raw.url);
    const failed = new Promise((resolve) => ws.on('error', resolve));
    (await raw.request()).peer.write(rawFrame({ opcode: 1, payload: 'hello' }));
    expect(await failed).toMatchObject({ message: expect.stringContaining('Parse Error') });
  });
});
