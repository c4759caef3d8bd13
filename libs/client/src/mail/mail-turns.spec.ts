import { describe, expect, it } from '@jest/globals';
import { FullClient } from '../full-client.js';
import { ManualClock } from '../testing-fixtures/manual-clock.js';
import { MemoryLocks } from '../testing-fixtures/memory-locks.js';
import { settled } from '../testing-fixtures/scripted-client.js';
import { ScriptedSocket } from '../testing-fixtures/scripted-socket.js';
import type { MailLocks } from './mail-locks.js';

/** Tabs of one browser, whose server hands each of them what waits. */
class Tabs {
  readonly handled: string[] = [];
  readonly locks = new MemoryLocks();
  readonly waiting = new Set<number>();
  readonly #clock = new ManualClock();
  readonly #tabs: { client: FullClient; socket: ScriptedSocket; seen: number; box: string }[] = [];
  /** Ends the handlers under way, where they wait for that. */
  ends: (() => void)[] | undefined;

  open(name: string, locks: MailLocks | false = this.locks, box = 'ada'): FullClient {
    const client = new FullClient(
      'ws://server/board',
      { WebSocket: ScriptedSocket, onError: () => {} },
      this.#clock,
    );
    client.onMail(
      'note',
      (data) => {
        this.handled.push(`${name} ${data as number}`);
        const { ends } = this;
        return ends === undefined ? undefined : new Promise<void>((end) => ends.push(end));
      },
      { locks },
    );
    const tab = { client, socket: ScriptedSocket.last, seen: 0, box };
    this.#tabs.push(tab);
    tab.socket.open();
    for (const mail of this.waiting) tab.socket.says({ event: 'note', data: mail, mail });
    return client;
  }

  /** A tab connects again. */
  back(client: FullClient): void {
    const socket = ScriptedSocket.last;
    for (const tab of this.#tabs) {
      if (tab.client === client) Object.assign(tab, { socket, seen: 0 });
    }
    socket.open();
    for (const mail of this.waiting) socket.says({ event: 'note', data: mail, mail });
  }

  pass(milliseconds: number): void {
    this.#clock.pass(milliseconds);
  }

  async mail(number: number): Promise<void> {
    this.waiting.add(number);
    for (const { client, socket } of this.#tabs) {
      if (client.state.name === 'open') socket.says({ event: 'note', data: number, mail: number });
    }
    await this.go();
  }

  async go(): Promise<void> {
    for (let turns = 0; turns < 10; turns += 1) {
      await settled();
      for (const tab of this.#tabs) {
        const said = tab.socket.said.slice(tab.seen);
        tab.seen += said.length;
        for (const { event, id, data } of said) {
          const { mail: number, most } = data as { mail?: number; most?: number };
          if (number !== undefined) this.waiting.delete(number);
          const waiting = most === 0 ? [] : [...this.waiting];
          const mail = waiting.map((each) => ({ event: 'note', data: each, mail: each }));
          tab.socket.says({ event, id, data: { box: tab.box, mail, more: false } });
        }
      }
    }
  }
}

describe('tabs of one browser', () => {
  it('let one of them handle mail; when it is gone another goes on', async () => {
    const tabs = new Tabs();
    const first = tabs.open('first');
    await tabs.go();
    tabs.open('second');
    tabs.open('third');
    await tabs.mail(1);
    await tabs.mail(2);
    expect(tabs.handled).toEqual(['first 1', 'first 2']);
    first.close();
    await tabs.mail(3);
    expect(tabs.handled.slice(2)).toEqual(['second 3']);
    expect(tabs.waiting.size).toBe(0);
  });

  it('hand on what was not handled: the next one asks for it', async () => {
    const tabs = new Tabs();
    tabs.ends = [];
    const first = tabs.open('first');
    await tabs.go();
    tabs.open('second');
    await tabs.mail(1);
    await tabs.mail(2);
    first.close();
    await tabs.go();
    // Not before the first has ended what it does.
    expect(tabs.handled).toEqual(['first 1']);
    tabs.ends.shift()?.();
    await tabs.go();
    // It could not say that it had handled the first any more: at least once.
    expect(tabs.handled.slice(1)).toEqual(['second 1']);
    tabs.ends.shift()?.();
    await tabs.go();
    expect(tabs.handled.slice(2)).toEqual(['second 2']);
  });

  it('leave it to one that lost its connection for a moment: it knows what it has handled', async () => {
    const tabs = new Tabs();
    tabs.ends = [];
    const first = tabs.open('first');
    await tabs.go();
    tabs.open('second');
    await tabs.mail(1);
    await tabs.mail(2);
    first.reconnect();
    tabs.ends.shift()?.();
    await tabs.go();
    expect(tabs.handled).toEqual(['first 1']);
    tabs.back(first);
    await tabs.go();
    expect(tabs.handled).toEqual(['first 1', 'first 2']);
    expect([...tabs.waiting]).toEqual([2]);
  });

  it('go on when it does not come back', async () => {
    const tabs = new Tabs();
    const first = tabs.open('first');
    await tabs.go();
    tabs.open('second');
    await tabs.go();
    first.reconnect();
    await tabs.mail(1);
    expect(tabs.handled).toEqual([]);
    tabs.pass(9_999);
    await tabs.go();
    expect(tabs.handled).toEqual([]);
    tabs.pass(1);
    await tabs.go();
    expect(tabs.handled).toEqual(['second 1']);
    tabs.back(first);
    await tabs.mail(2);
    expect(tabs.handled).toEqual(['second 1', 'second 2']);
  });

  it('go on at once when it is refused', async () => {
    const tabs = new Tabs();
    const first = tabs.open('first');
    await tabs.go();
    tabs.open('second');
    await tabs.go();
    first.reconnect();
    ScriptedSocket.last.refuse(403, 'FORBIDDEN');
    await tabs.mail(1);
    expect(tabs.handled).toEqual(['second 1']);
  });

  it('of several users have one each', async () => {
    const tabs = new Tabs();
    tabs.open('ada');
    tabs.open('bob', tabs.locks, 'bob');
    await tabs.mail(1);
    expect(tabs.handled).toEqual(['ada 1', 'bob 1']);
  });

  it('without locks handle it each by itself', async () => {
    const tabs = new Tabs();
    tabs.open('first', false);
    tabs.open('second', false);
    await tabs.mail(1);
    expect(tabs.handled).toEqual(['first 1', 'second 1']);
  });

  it('are alone where locks are refused, and lose nothing', async () => {
    const tabs = new Tabs();
    tabs.waiting.add(1);
    tabs.open('first', {
      request: () => Promise.reject(new DOMException('No locks here', 'SecurityError')),
    });
    await tabs.mail(2);
    expect(tabs.handled).toEqual(['first 1', 'first 2']);
  });

  it('that are closed while another handles do not come up later', async () => {
    const tabs = new Tabs();
    const first = tabs.open('first');
    await tabs.go();
    const second = tabs.open('second');
    await tabs.go();
    second.close();
    await tabs.go();
    first.close();
    await tabs.go();
    tabs.open('third');
    await tabs.mail(1);
    expect(tabs.handled).toEqual(['third 1']);
  });
});
