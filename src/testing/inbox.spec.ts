import { describe, expect, it } from '@jest/globals';
import { Inbox, type Miss } from './inbox.js';
import type { Received, TextMessage } from './ws-frame.js';

const text = (content: string): TextMessage => ({ kind: 'text', text: content });
const is =
  (content: string) =>
  (message: Received): message is TextMessage =>
    message.kind === 'text' && message.text === content;
const broken = (_message: Received): _message is TextMessage => {
  throw new TypeError('no such property');
};
const missed = (why: Miss): Error => new Error(why);

describe('Inbox', () => {
  it('keeps what nobody waits for, in order', () => {
    const inbox = new Inbox();
    inbox.add(text('a'));
    inbox.add(text('b'));
    expect(inbox.unread).toEqual([text('a'), text('b')]);
  });

  it('gives a message to the first who waits for it, and to nobody else', async () => {
    const inbox = new Inbox();
    const waits = ['b', 'a', 'a'].map((content) => inbox.take(is(content), 1_000, missed));
    inbox.add(text('a'));
    inbox.add(text('a'));
    inbox.add(text('b'));
    expect(await Promise.all(waits)).toEqual([text('b'), text('a'), text('a')]);
    expect(inbox.unread).toEqual([]);
  });

  it('takes an unread message before it waits', async () => {
    const inbox = new Inbox();
    inbox.add(text('a'));
    inbox.add(text('b'));
    inbox.close();
    expect(await inbox.take(is('b'), 0, missed)).toEqual(text('b'));
    expect(inbox.unread).toEqual([text('a')]);
  });

  it('says whether the time was up or the connection closed', async () => {
    const inbox = new Inbox();
    await expect(inbox.take(is('a'), 1, missed)).rejects.toThrow('timeout');
    const waiting = inbox.take(is('a'), 60_000, missed);
    inbox.close();
    await expect(waiting).rejects.toThrow('closed');
    await expect(inbox.take(is('a'), 60_000, missed)).rejects.toThrow('closed');
  });

  it('tells who waits that its own matcher throws, and keeps the message for others', async () => {
    const inbox = new Inbox();
    const waiting = inbox.take(broken, 60_000, missed);
    const other = inbox.take(is('a'), 60_000, missed);
    inbox.add(text('a'));
    await expect(waiting).rejects.toThrow('no such property');
    expect(await other).toEqual(text('a'));
    inbox.add(text('b'));
    expect(inbox.unread).toEqual([text('b')]);
  });
});
