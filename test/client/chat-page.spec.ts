// The two chat pages of docs/migrating-from-socket.io.md, as they stand there: they do the same, and have the lines
// that are said of them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { transform } from 'esbuild';
import { connect } from 'nestwire/client';
import { io } from 'socket.io-client';
import { closeApps } from '../e2e/support/app.js';
import { ROOT } from '../support/sources.js';
import { startChat, startSocketIoChat, type ChatServer } from './support/chat-servers.js';
import { Gate } from './support/gate.js';

/** What the script of a page does with its page. */
interface Page {
  readonly shown: string[];
  readonly states: string[];
  readonly say: (text: string) => Promise<unknown>;
}

const [, section = ''] =
  /^## A chat page, line by line\n([^]*?)^## /m.exec(
    readFileSync(join(ROOT, 'docs/migrating-from-socket.io.md'), 'utf8'),
  ) ?? [];

function blockOf(language: string): string {
  const [, code] = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'm').exec(section) ?? [];
  if (code === undefined) throw new Error(`There is no block of ${language}`);
  return code;
}

/** Lines that do something: neither blank nor a comment, nor what the page has of its own. */
const linesOf = (code: string): number =>
  code.split('\n').filter((line) => !/^\s*(\/\/|declare |$)/.test(line)).length;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
  await closeApps();
});

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 6_000; turn += 1) {
    if (holds()) return;
    await sleep(10);
  }
  throw new Error(`It never came to this: ${what}`);
}

/** Runs what stands in the documentation, at another address. */
async function run(language: string, port: number, token = 'good'): Promise<Page> {
  const { code } = await transform(blockOf(language), { loader: 'ts', target: 'es2022' });
  const body = code
    .replace(/^import .*$/gm, '')
    .replace(/\/\/example\.com/, `//127.0.0.1:${port}`)
    .replace('wss:', 'ws:')
    .replace('https:', 'http:');
  const shown: string[] = [];
  const states: string[] = [];
  const page = {
    connect: (...given: Parameters<typeof connect>) => {
      const client = connect(...given);
      cleanups.push(() => client.close());
      return client;
    },
    io: (...given: Parameters<typeof io>) => {
      const socket = io(...given);
      cleanups.push(() => socket.disconnect());
      return socket;
    },
    currentToken: () => Promise.resolve(token),
    show: ({ text }: { text: string }) => void shown.push(text),
    clear: () => void shown.splice(0),
    status: (text: string) => void states.push(text),
  };
  type Script = (...given: unknown[]) => Pick<Page, 'say'>;
  // oxlint-disable-next-line typescript/no-implied-eval -- a page of the documentation is run as it stands there
  const script = new Function(...Object.keys(page), `${body}\nreturn { say };`) as Script;
  return { shown, states, ...script(...Object.values(page)) };
}

jest.setTimeout(90_000);

describe.each([
  { name: 'nestwire/client', language: 'ts', start: startChat, refused: 'signed-out' },
  { name: 'socket.io', language: 'js', start: startSocketIoChat, refused: 'Who are you?' },
])('the chat page on $name', ({ language, start, refused }) => {
  async function open(): Promise<{ server: ChatServer; gate: Gate; page: Page }> {
    const server = await start();
    cleanups.push(() => server.close());
    const gate = await Gate.start(server.port);
    cleanups.push(() => gate.stop());
    await server.speak('one');
    const page = await run(language, gate.port);
    await until('it has entered', () => page.shown.length === 1);
    return { server, gate, page };
  }

  it('shows what was said, what is said, and after a cut what was missed', async () => {
    const { server, gate, page } = await open();
    expect(page.states.at(-1)).toBe('open');
    await page.say('two');
    await server.speak('three');
    await until('it has heard three', () => page.shown.includes('three'));
    gate.shut();
    await until('it has noticed', () => page.states.at(-1) !== 'open');
    for (const text of ['four', 'five']) await server.speak(text);
    gate.open();
    await until('it has caught up', () => page.shown.includes('five'));
    await page.say('six');
    await until('it has heard six', () => page.shown.includes('six'));
    expect(page.shown).toEqual(['one', 'two', 'three', 'four', 'five', 'six']);
    expect(page.states.at(-1)).toBe('open');
  });

  it('begins anew at a server that knows nothing of before', async () => {
    const { server, gate, page } = await open();
    gate.shut();
    await server.close();
    const next = await start();
    cleanups.push(() => next.close());
    for (const text of ['a', 'b']) await next.speak(text);
    gate.target = next.port;
    gate.open();
    await until('it shows what is there', () => page.shown.includes('b'));
    await next.speak('c');
    await until('it hears', () => page.shown.includes('c'));
    expect(page.shown).toEqual(['a', 'b', 'c']);
  });

  it('says that it is not let in', async () => {
    const { gate } = await open();
    const { states, shown } = await run(language, gate.port, 'bad');
    await until('it says so', () => states.includes(refused));
    expect(shown).toEqual([]);
  });
});

it('has as many lines as is said of it', () => {
  const counted = [linesOf(blockOf('js')), linesOf(blockOf('ts'))];
  const [, ...said] = /(\d+) lines on socket\.io.*?(\d+) here/s.exec(section) ?? [];
  expect(said.map(Number)).toEqual(counted);
  expect(counted[1]).toBeLessThanOrEqual(10);
});
