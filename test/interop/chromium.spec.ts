import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { serveEcho } from '../../libs/engine/src/testing-fixtures/websocket-servers.js';
import { closeAll } from '../conformance/support/cleanup.js';
import { launchChromium } from '../support/chromium.js';
import { LARGEST, SIZES } from './support/messages.js';

/** Installing a browser, when there is none, takes minutes. */
const INSTALL_TIMEOUT = 300_000;

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium();
  page = await browser.newPage();
}, INSTALL_TIMEOUT);

afterAll(async () => {
  await browser.close();
});

afterEach(closeAll);

/** Runs in the page: echoes text and bytes of these sizes, and closes. */
const IN_PAGE = `async ({ url, sizes }) => {
  const socket = new WebSocket(url, ['other', 'echo']);
  socket.binaryType = 'arraybuffer';
  const next = (type) => new Promise((resolve) => {
    socket.addEventListener(type, resolve, { once: true });
  });
  await Promise.race([next('open'), next('close').then(() => { throw new Error('closed'); })]);
  const wrong = [];
  for (const size of sizes) {
    const text = 'ä'.repeat(size >> 1) + (size % 2 ? 'x' : '');
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; at++) bytes[at] = at * 31;
    for (const message of [text, bytes]) {
      const answer = next('message');
      socket.send(message);
      const { data } = await answer;
      let same = typeof message === 'string' ? data === message : data.byteLength === size;
      const view = typeof data === 'string' ? bytes : new Uint8Array(data);
      for (let at = 0; at < size; at++) if (view[at] !== bytes[at]) same = false;
      if (!same) wrong.push([size, typeof message]);
    }
  }
  const { protocol, extensions } = socket;
  const closed = next('close');
  socket.close(3001, 'done');
  const { code, reason, wasClean } = await closed;
  return { wrong, protocol, extensions, code, reason, wasClean };
}`;

describe('Chromium and the server of the engine', () => {
  it.each([
    [true, 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'],
    [false, ''],
  ])('understand each other, compression %s', async (perMessageDeflate, agreed) => {
    const { url } = await serveEcho({
      perMessageDeflate,
      handleProtocols: (protocols) => (protocols.has('echo') ? 'echo' : false),
    });
    const result: unknown = await page.evaluate(
      `(${IN_PAGE})(${JSON.stringify({ url, sizes: SIZES })})`,
    );
    expect(result).toEqual({
      wrong: [],
      protocol: 'echo',
      extensions: agreed,
      code: 3001,
      reason: 'done',
      wasClean: true,
    });
  });

  // Compressed, the browser alone would take most of a minute for as much on a busy machine.
  it.each([
    [false, LARGEST],
    [true, LARGEST / 16],
  ])(
    'carry messages of many MiB, compression %s',
    async (perMessageDeflate, size) => {
      const { url } = await serveEcho({ perMessageDeflate });
      const result: unknown = await page.evaluate(
        `(${IN_PAGE})(${JSON.stringify({ url, sizes: [size] })})`,
      );
      expect(result).toMatchObject({ wrong: [], code: 3001 });
    },
    60_000,
  );

  it('keep context between messages where it is asked for', async () => {
    const { url } = await serveEcho({ compression: 'dedicated' });
    const sizes = Array.from({ length: 30 }, (_, index) => 1_000 + 100 * index);
    const result: unknown = await page.evaluate(`(${IN_PAGE})(${JSON.stringify({ url, sizes })})`);
    expect(result).toMatchObject({
      wrong: [],
      extensions: 'permessage-deflate; server_max_window_bits=13',
    });
  });
});
