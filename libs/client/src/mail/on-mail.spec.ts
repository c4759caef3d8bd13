import { describe, expect, it } from '@jest/globals';
import { connectLean } from '../connect-lean.js';
import { MemoryLocks } from '../testing-fixtures/memory-locks.js';
import { scripted, settled } from '../testing-fixtures/scripted-client.js';
import { ScriptedSocket } from '../testing-fixtures/scripted-socket.js';
import type { MailInfo, MailOptions } from './mail-options.js';
import { onMail } from './on-mail.js';

const nothing = (): void => {};

type Frame = Record<string, unknown>;

/** A client with a handler, and a server that answers what is asked of mailboxes. */
function reading(
  handle: (data: unknown, info: MailInfo) => unknown = () => {},
  options: MailOptions = { locks: false },
) {
  const scripts = scripted({ autoConnect: false });
  const { client } = scripts;
  const handled: unknown[] = [];
  const infos: MailInfo[] = [];
  const off = client.onMail(
    'note',
    (data, info) => {
      handled.push(data);
      infos.push(info);
      return handle(data, info);
    },
    options,
  );
  client.connect();
  const server = new MailServer(ScriptedSocket.last);
  return { ...scripts, off, handled, infos, server };
}

class MailServer {
  box: string | undefined = 'box';
  waiting: Frame[] = [];
  socket: ScriptedSocket;
  /** How a question is refused. */
  refuses: Frame | undefined;
  #seen = 0;

  constructor(socket: ScriptedSocket) {
    this.socket = socket;
  }

  /** Opens, or answers what has been asked since. */
  async go(open = false): Promise<void> {
    if (open) this.socket.open();
    for (let turns = 0; turns < 6; turns += 1) {
      await settled();
      for (const frame of this.socket.said.slice(this.#seen)) {
        this.#seen += 1;
        this.#answer(frame);
      }
    }
  }

  /** The next connection. */
  follow(): void {
    this.socket = ScriptedSocket.last;
    this.#seen = 0;
  }

  mail(number: number, data: unknown = number): void {
    this.socket.says({ event: 'note', data, mail: number });
  }

  get acknowledged(): unknown[] {
    return this.asked('$ack').map(({ data }) => (data as { mail: unknown }).mail);
  }

  asked(event: string): Frame[] {
    return this.socket.said.filter((frame) => frame['event'] === event);
  }

  #answer({ event, data, id }: Frame): void {
    if (this.refuses !== undefined) {
      this.socket.says({ event: 'exception', id, data: this.refuses });
    } else if (event === '$mail') {
      const { most, after = 0 } = data as { most?: number; after?: number };
      const left = this.waiting.filter(({ mail }) => (mail as number) > after);
      const mail = most === 0 ? [] : left.slice(0, 2);
      const more = most !== 0 && left.length > 2;
      this.socket.says({ event, id, data: { box: this.box, mail, more } });
    } else if (event === '$ack') this.socket.says({ event, id });
  }
}

const note = (mail: number, data: unknown = mail): Frame => ({ event: 'note', data, mail });

describe('mail', () => {
  it('is handled one after another, in order, and acknowledged when the handler has ended', async () => {
    const ends: (() => void)[] = [];
    const { server, handled, infos } = reading(() => new Promise<void>((end) => ends.push(end)));
    await server.go(true);
    server.mail(3, 'c');
    server.mail(9, 'x');
    server.mail(5, 'e');
    await server.go();
    expect([handled, server.acknowledged]).toEqual([['c'], []]);
    ends[0]?.();
    await server.go();
    expect([handled, server.acknowledged]).toEqual([['c', 'e'], [3]]);
    ends[1]?.();
    await server.go();
    ends[2]?.();
    await server.go();
    expect([handled, server.acknowledged]).toEqual([
      ['c', 'e', 'x'],
      [3, 5, 9],
    ]);
    expect(infos.map(({ mail, attempt }) => [mail, attempt])).toEqual([
      [3, 1],
      [5, 1],
      [9, 1],
    ]);
  });

  it('that came before the server has said whose it is waits for that', async () => {
    const { server, handled } = reading();
    server.socket.open();
    server.mail(1);
    expect(handled).toEqual([]);
    await server.go();
    expect([handled, server.acknowledged]).toEqual([[1], [1]]);
  });

  it('is fetched where the handler comes late', async () => {
    const { client, server, handled } = reading();
    await server.go(true);
    const late: unknown[] = [];
    const off = client.onMail('bill', (data) => void late.push(data), { locks: false });
    server.waiting = [1, 2, 3].map((n) => ({ event: 'bill', data: n, mail: n }));
    server.socket.says({ event: 'bill', data: 4, mail: 4 });
    await server.go();
    expect([late, server.acknowledged, handled]).toEqual([[1, 2, 3, 4], [1, 2, 3, 4], []]);
    off();
    server.socket.says({ event: 'bill', data: 5, mail: 5 });
    await server.go();
    expect(late).toHaveLength(4);
  });

  it('is heard by nobody else; other events are', async () => {
    const { client, server, handled } = reading();
    const heard: unknown[] = [];
    client.on('note', (data) => void heard.push(data));
    client.on('said', (data) => void heard.push(data));
    await server.go(true);
    server.mail(1);
    server.socket.says({ event: 'said', data: 'a', mail: 2 });
    await server.go();
    expect([handled, heard]).toEqual([[1], ['a']]);
  });

  it('comes twice and is handled once; it is acknowledged again, for the server did not know', async () => {
    const { server, handled } = reading();
    await server.go(true);
    for (const n of [1, 1, 2]) server.mail(n);
    await server.go();
    server.mail(1);
    await server.go();
    expect([handled, server.acknowledged]).toEqual([
      [1, 2],
      [1, 2, 1],
    ]);
  });

  it('whose handler fails is offered again after pauses, and then on the next connection', async () => {
    const { client, clock, server, handled, infos, errors } = reading(
      (data) => {
        if (data === 'bad') throw new Error('not now');
      },
      { locks: false, attempts: 3 },
    );
    await server.go(true);
    server.mail(1, 'bad');
    server.mail(2, 'good');
    await server.go();
    // What fails holds up no other.
    expect([handled, server.acknowledged]).toEqual([['bad', 'good'], [2]]);
    for (const pass of [999, 1_001, 4_000, 600_000]) {
      clock.pass(pass);
      server.socket.says({ event: '$ping', id: 0 });
      await server.go();
    }
    expect(handled).toEqual(['bad', 'good', 'bad', 'bad']);
    expect(infos.map(({ attempt }) => attempt)).toEqual([1, 1, 2, 3]);
    expect(errors).toHaveLength(3);
    client.reconnect();
    server.follow();
    await server.go(true);
    server.mail(1, 'bad');
    await server.go();
    expect(handled).toHaveLength(5);
    expect(server.acknowledged).toEqual([]);
  });

  it('fails where the handler rejects, or takes too long; its signal aborts then', async () => {
    const { clock, server, infos, errors } = reading(
      (data) => (data === 1 ? Promise.reject(new Error('no')) : new Promise(() => {})),
      { locks: false, attempts: 1, timeout: 5_000 },
    );
    await server.go(true);
    server.mail(1);
    server.mail(2);
    await server.go();
    expect(infos[1]?.signal.aborted).toBe(false);
    clock.pass(5_000);
    await server.go();
    expect(infos[1]?.signal.aborted).toBe(true);
    expect(errors).toMatchObject([{ message: 'no' }, { code: 'TIMEOUT' }]);
    expect(server.acknowledged).toEqual([]);
  });

  it('that was handled while the connection was lost is acknowledged on the next, not handled again', async () => {
    let end = nothing;
    const { client, server, handled } = reading(() => new Promise<void>((ended) => (end = ended)));
    await server.go(true);
    server.mail(1);
    await server.go();
    client.reconnect();
    end();
    await settled();
    server.follow();
    await server.go(true);
    server.mail(1);
    await server.go();
    expect([handled, server.acknowledged]).toEqual([[1], [1]]);
  });

  it('that is still being handled when it comes again on the next connection is handled once', async () => {
    let end = nothing;
    const { client, server, handled } = reading(() => new Promise<void>((ended) => (end = ended)));
    await server.go(true);
    server.mail(1);
    await server.go();
    client.reconnect();
    server.follow();
    await server.go(true);
    server.mail(1);
    await server.go();
    expect([handled, server.acknowledged]).toEqual([[1], []]);
    end();
    await server.go();
    expect([handled, server.acknowledged]).toEqual([[1], [1]]);
  });

  it('is acknowledged again and again while the server cannot', async () => {
    const { clock, server, handled } = reading();
    await server.go(true);
    server.refuses = { code: 'UNAVAILABLE', message: 'No', details: { retryAfter: 500 } };
    server.mail(1);
    await server.go();
    clock.pass(2_001);
    await server.go();
    server.refuses = { code: 'NOT_FOUND', message: 'No' };
    clock.pass(4_000);
    await server.go();
    clock.pass(24_000);
    await server.go();
    expect([handled, server.acknowledged]).toEqual([[1], [1, 1, 1]]);
  });

  it('without a number is handled as it comes, and acknowledged by nobody', async () => {
    const { server, handled, infos } = reading();
    await server.go(true);
    server.socket.says({ event: 'note', data: 'a' });
    server.socket.says({ event: 'note', data: 'a' });
    await server.go();
    expect([handled, server.acknowledged]).toEqual([['a', 'a'], []]);
    expect(infos[0]?.mail).toBeUndefined();
  });

  it('beyond what may wait here is fetched when there is room', async () => {
    let end = nothing;
    let first = true;
    const { server, handled } = reading(() => {
      if (!first) return undefined;
      first = false;
      return new Promise<void>((ended) => (end = ended));
    });
    await server.go(true);
    for (let n = 1; n <= 1_003; n += 1) server.mail(n);
    server.waiting = [1_001, 1_002, 1_003].map((n) => note(n));
    await server.go();
    end();
    for (let turns = 0; turns < 400; turns += 1) await server.go();
    expect(handled).toEqual(Array.from({ length: 1_003 }, (_, at) => at + 1));
  });

  it('is handled where a server knows no $mail, or nobody is signed in yet', async () => {
    const old = reading();
    old.server.refuses = { code: 'UNKNOWN_EVENT', message: 'No' };
    await old.server.go(true);
    old.server.mail(1);
    await settled();
    expect(old.handled).toEqual([1]);
    const locks = new MemoryLocks();
    const young = reading(undefined, { locks });
    young.server.box = undefined;
    await young.server.go(true);
    expect(locks.names).toEqual([]);
    young.server.box = 'ada';
    young.server.mail(1);
    expect(young.handled).toEqual([]);
    await young.server.go();
    expect(young.handled).toEqual([1]);
    expect(locks.names).toEqual(['nestwire mail ws://server/board ada note']);
  });

  it('is asked for until the server answers, with growing pauses', async () => {
    const { clock, server, handled } = reading();
    server.refuses = { code: 'RATE_LIMITED', message: 'No', details: { retryAfter: 100 } };
    await server.go(true);
    server.mail(1);
    clock.pass(1_700);
    await server.go();
    expect([server.asked('$mail').length, handled]).toEqual([2, []]);
    server.refuses = undefined;
    clock.pass(3_200);
    await server.go();
    expect(handled).toEqual([1]);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', 'mail'],
    ['mail that is none', { box: 5, mail: [null, {}, { event: 'note' }, { event: 5, mail: 1 }] }],
    ['a list that never ends', { box: 'b', mail: [note(7)], more: true }],
  ])('of a server that answers %s does no harm', async (_, data) => {
    const { client, server, handled, errors } = reading();
    server.socket.open();
    client.onMail('bill', () => {}, { locks: false });
    await settled();
    const answer = async (): Promise<void> => {
      for (let turns = 0; turns < 10; turns += 1) {
        for (const { id } of server.asked('$mail').slice(0, 20)) {
          server.socket.says({ event: '$mail', id, data });
        }
        await settled();
      }
    };
    await answer();
    expect(server.asked('$mail').length).toBeLessThan(6);
    server.mail(1);
    await answer();
    expect([handled, errors]).toEqual([[1], []]);
  });

  it('has one handler an event, until it is taken off', async () => {
    const { client, server, off, infos } = reading(() => new Promise(() => {}));
    expect(() => client.onMail('note', () => {})).toThrow(TypeError);
    await server.go(true);
    server.mail(1);
    await server.go();
    off();
    off();
    expect(infos[0]?.signal.aborted).toBe(true);
    const again: unknown[] = [];
    client.onMail('note', (data) => void again.push(data), { locks: false });
    server.waiting = [note(1)];
    await server.go();
    expect(again).toEqual([1]);
    expect(() => client.onMail('note', () => {})).toThrow('it has a handler already');
  });

  it('needs a handler that is a function, and options that are some', () => {
    const { client } = scripted();
    const wrong = [
      () => client.onMail('a', undefined as never),
      () => client.onMail('a', () => {}, { attempts: 0 }),
      () => client.onMail('a', () => {}, { attempts: 1.5 }),
      () => client.onMail('a', () => {}, { timeout: 0 }),
      () => client.onMail('a', () => {}, { timeout: Number.NaN }),
      () => client.onMail('a', () => {}, { timeout: 2 ** 31 }),
    ];
    for (const one of wrong) expect(one).toThrow(TypeError);
    expect(() => client.onMail('a', () => {})).not.toThrow();
  });

  it('is read by a lean client as well', async () => {
    ScriptedSocket.all = [];
    const client = connectLean('ws://server/board', { WebSocket: ScriptedSocket });
    const handled: unknown[] = [];
    onMail(client, 'note', (data) => void handled.push(data), { locks: false });
    const server = new MailServer(ScriptedSocket.last);
    await server.go(true);
    server.mail(1);
    await server.go();
    expect(handled).toEqual([1]);
    client.close();
  });
});
