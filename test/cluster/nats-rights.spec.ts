// A user of NATS that lacks a right: nothing is lost in silence, and the reason says what was refused.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BrokerUnavailable, type Broker, type BrokerSession } from '#hub';
import { natsBroker } from 'nestwire/nats';
import { NatsServer } from './support/nats-server.js';

/** Starting a server, and installing it when there is none. */
const INSTALL_TIMEOUT = 300_000;
const NODE = '0123456789abcdef';

/** What each user may not do, in the words of a server's configuration. */
const USERS: Readonly<Record<string, string>> = {
  all: '',
  locked: 'publish: { deny: ">" }, subscribe: { deny: ">" }',
  unheard: 'subscribe: { deny: "nw.chat.>" }',
  deaf: 'subscribe: { deny: "nw.chat.*.*.>" }',
  mute: 'publish: { deny: "nw.chat.c.>" }',
  unlogged: 'publish: { deny: "nw.chat.l.>" }',
  unkept: 'publish: { deny: ["nw.chat.h.>", "nw.chat.i.>", "nw.chat.b.>"] }',
  unfed: 'subscribe: { deny: "nw.chat.f.>" }',
  unanswered: 'subscribe: { deny: "_INBOX.>" }',
};

const folder = mkdtempSync(join(tmpdir(), 'nestwire-rights-'));
let server: NatsServer;
const sessions: BrokerSession[] = [];

beforeAll(async () => {
  const users = Object.entries(USERS).map(
    ([user, denied]) => `{ user: ${user}, password: secret, permissions: { ${denied} } }`,
  );
  const file = join(folder, 'nats.conf');
  writeFileSync(file, `authorization { users: [${users.join(', ')}] }`);
  server = await NatsServer.start({ args: ['-c', file] });
}, INSTALL_TIMEOUT);

afterAll(async () => {
  for (const session of sessions) session.destroy();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  readonly broker: Broker;
  readonly session: BrokerSession;
  readonly heard: string[];
  readonly ended: Promise<Error>;
}

async function open(user: string): Promise<Opened> {
  const broker = natsBroker({
    servers: server.url,
    app: 'chat',
    options: { user, pass: 'secret' },
  });
  const heard: string[] = [];
  let end: (error: Error) => void;
  const ended = new Promise<Error>((resolve) => (end = resolve));
  const session = await broker.open({
    node: NODE,
    received: (channel, message) => heard.push(`${channel} ${Buffer.from(message).toString()}`),
    closed: (error) => end(error),
  });
  sessions.push(session);
  return { broker, session, heard, ended };
}

const message = (channel: string, seq = 0) => [
  { channel, message: Buffer.from('hello'), seq, copy: 0 },
];

/** What it rejects with. */
async function refusal(attempt: Promise<unknown>): Promise<Error> {
  const error = await attempt.then(
    () => new Error('It was not refused'),
    (reason: Error) => reason,
  );
  expect(error).toBeInstanceOf(BrokerUnavailable);
  return error;
}

const BOUNDS = { maxMessages: 10, maxBytes: 10_000, maxAge: 60_000 };

describe('a user of NATS', () => {
  it('with all rights opens a session', async () => {
    const { session, heard } = await open('all');
    await session.subscribe(['a']);
    await session.send(message('a'), false);
    await session.send(message('a', 1), true);
    await session.probe();
    expect(heard).toEqual(['a hello', 'a hello']);
  });

  it.each([
    ['locked', /Permissions Violation for Subscription to "_INBOX\./i],
    ['unheard', /Permissions Violation for Subscription to "nw\.chat\.p\.0123456789abcdef"/i],
    ['unanswered', /Permissions Violation for Subscription to "_INBOX\./i],
  ])('that is %s is refused at once, and told why', async (user, reason) => {
    const begun = performance.now();
    const { message: text } = await refusal(open(user));
    expect(text).toMatch(reason);
    expect(text).toMatch(
      /^Cannot use NATS: .*; docs\/scaling\.md lists the rights its user needs$/,
    );
    expect(performance.now() - begun).toBeLessThan(1_500);
  });

  it('that may not hear a channel has no session that is deaf', async () => {
    const { session } = await open('deaf');
    const { message: text } = await refusal(session.subscribe(['a', 'r:room']));
    expect(text).toMatch(/Subscription to "nw\.chat\.\*\.\*\.x\.a"/i);
  });

  it('that may not send broadcasts is told so, and none counts as sent', async () => {
    const { session, ended } = await open('mute');
    await session.subscribe(['a']);
    const { message: text } = await refusal(session.send(message('a'), false));
    expect(text).toMatch(/Publish to "nw\.chat\.c\.0123456789abcdef\.x\.a"/i);
    expect((await ended).message).toBe(text);
  });

  it('that may not log broadcasts is told so at once', async () => {
    const { session } = await open('unlogged');
    const begun = performance.now();
    const { message: text } = await refusal(session.send(message('a', 1), true));
    expect(text).toMatch(/Publish to "nw\.chat\.l\.0123456789abcdef\.x\.a"/i);
    expect(performance.now() - begun).toBeLessThan(1_500);
  });

  it('that may not write histories and mail is told so by them, and sends broadcasts', async () => {
    const { broker, session } = await open('unkept');
    const appended = await refusal(broker.history!.append('room', Buffer.from('x'), BOUNDS));
    expect(appended.message).toMatch(/Publish to "nw\.chat\.h\.room"/i);
    const mail = { body: Buffer.from('x'), expiresAt: Date.now() + 60_000, size: 1 };
    const pushed = await refusal(
      broker.mailbox!.push('ada', mail, { maxMessages: 10, maxBytes: 10_000 }),
    );
    expect(pushed.message).toMatch(/Publish to "nw\.chat\.[ib]\.ada"/i);
    await session.send(message('a'), false);
    await session.probe();
  });

  it('that may not hear histories is told so by them, and sends broadcasts', async () => {
    const { broker, session } = await open('unfed');
    const { message: text } = await refusal(broker.history!.follow('room', () => {}));
    expect(text).toMatch(/Subscription to "nw\.chat\.f\.room"/i);
    await session.send(message('a'), false);
    await session.probe();
  });
});
