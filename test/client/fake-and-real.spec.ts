// One script, once with the fake server of `nestwire/client/testing` and once with a gateway: what goes over
// the wire, and what clients see of it, is the same.
import { afterEach, expect, it } from '@jest/globals';
import { ConnectionRegistry, History, Rooms } from 'nestwire';
import { ClientError, connect, presence, type Client } from 'nestwire/client';
import { fakeServer } from 'nestwire/client/testing';
import { WebSocket } from 'nestwire/engine';
import { closeApps, startApp } from '../e2e/support/app.js';
import { recorded } from './support/recorded-socket.js';
import { readFile, StageGateway, StageGuard, type StageContract } from './support/stage-gateway.js';

/** What the script asks of whichever server it is played before. */
interface Stage {
  readonly url: string;
  readonly WebSocket: typeof WebSocket;
  emit(text: string): void;
  publish(text: string): Promise<unknown> | void;
  forget(): Promise<unknown> | void;
  ask(card: string): Promise<unknown>;
  /** Of the client that came first. */
  drop(): void;
  shutdown(): Promise<unknown> | void;
}

const clients: Client<StageContract>[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await closeApps();
});

async function realStage(): Promise<Stage> {
  const { app, url } = await startApp({ providers: [StageGateway, StageGuard] });
  const [rooms, history, registry] = [
    app.get(Rooms),
    app.get(History),
    app.get(ConnectionRegistry),
  ];
  const ada = () => registry.byUser('ada').values().next().value;
  return {
    url: `${url}/stage`,
    WebSocket,
    emit: (text) => void rooms.toAll().send('said', text),
    publish: (text) => history.publish('lobby', 'said', text),
    forget: () => history.clear('lobby'),
    ask: async (card) => ada()?.request('confirm', { card }),
    drop: () => ada()?.terminate(),
    shutdown: () => app.close(),
  };
}

function fakeStage(): Stage {
  const server = fakeServer<StageContract>({ onError: () => {} });
  const statuses: Readonly<Record<string, number>> = { bad: 401, banned: 403 };
  server.refuse(({ token = '' }) => statuses[token]);
  server.onJoin(
    (room, { token = '' }) =>
      room === 'lobby' && { latest: 2, presence: true, key: token, meta: { name: token } },
  );
  server.onCall('add', ({ a, b }) => a + b);
  server.onCall('nothing', () => {});
  server.onCall('failing', () => {
    throw new ClientError('TOO_FAR', 'Too far', { details: { field: 'to' } });
  });
  server.onCall('breaking', () => {
    throw new Error('secret');
  });
  server.onCall('waiting', () => new Promise(() => {}));
  server.onUpload('file', (upload, { name }) => readFile(upload, name));
  server.onUpload('picky', async (upload) => {
    for await (const part of upload) {
      throw new ClientError('TOO_FAR', `Too far: ${part.length > 0}`);
    }
  });
  server.onStream('count', ({ to }) => Array.from({ length: to }, (_, at) => at + 1));
  server.onStream('endless', async function* endless() {
    yield 1;
    await new Promise(() => {});
  });
  const ada = () => server.connections.find(({ token }) => token === 'ada');
  return {
    url: 'ws://test/stage',
    WebSocket: server.WebSocket as typeof WebSocket,
    emit: (text) => server.emit('said', text),
    publish: (text) => server.room('lobby').publish('said', text),
    forget: () => server.room('lobby').forget(),
    ask: async (card) => ada()?.ask('confirm', { card }),
    drop: () => ada()?.drop(),
    shutdown: () => server.shutdown(),
  };
}

/** Waits until it holds, however long the machine takes. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

async function* parts(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 9_000) yield bytes.subarray(at, at + 9_000);
}

function isSorted(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => at === 0 || number >= (numbers[at - 1] ?? 0));
}

function failure({ code, message, details }: ClientError): unknown {
  return { code, message, details };
}

async function play(stage: Stage): Promise<unknown[]> {
  const lines: unknown[] = [];
  const note = (what: unknown): void => void lines.push(what);
  const failing = async (promise: Promise<unknown>): Promise<void> =>
    note(
      failure(
        await promise.then(
          () => new ClientError('NONE', ''),
          (error: ClientError) => error,
        ),
      ),
    );
  const open = (tokens: string[], seen = true): Client<StageContract> => {
    const client = connect<StageContract>(stage.url, {
      WebSocket: seen ? recorded(stage.WebSocket, lines) : stage.WebSocket,
      token: () => tokens.shift() ?? 'ada',
      backoff: { first: 1, most: 1 },
      onError: (error) => note({ error: failure(error as ClientError) }),
    });
    clients.push(client);
    if (seen) client.onState(({ name }) => note({ state: name }));
    return client;
  };

  const banned = open(['banned']);
  await banned.opened().catch((error: ClientError) => note(failure(error)));
  note(banned.state);

  const ada = open(['bad', 'ada']);
  await ada.opened();
  note(await ada.call('add', { a: 1, b: 2 }));
  note({ nothing: await ada.call('nothing') });
  note(await ada.call('add', { a: 3, b: 4 }, { key: 'k1' }));
  note(await ada.call('add', { a: 9, b: 9 }, { key: 'k1' }));
  await failing(ada.call('nothing', undefined, { key: 'k1' }));
  await failing(ada.call('failing'));
  await failing(ada.call('breaking'));
  await failing(ada.call('unknown' as 'nothing'));
  const counted: number[] = [];
  for await (const n of ada.stream('count', { to: 3 })) counted.push(n);
  note({ counted });
  for await (const n of ada.stream('endless')) {
    note({ n });
    break;
  }
  note(await ada.call('add', { a: 5, b: 5 }));
  ada.on('said', (text, { at }) => note({ heard: text, offset: at?.offset }));
  stage.emit('to all');
  await until(() => JSON.stringify(lines).includes('"heard":"to all"'));
  ada.onAsk('confirm', ({ card }) => {
    if (card === 'no') throw new ClientError('NOT_NOW', 'Not now');
    return true;
  });
  note({ answer: await stage.ask('yes') });
  await stage.ask('no').catch(() => note('not answered'));

  for (const text of ['one', 'two', 'three']) await stage.publish(text);
  const lobby = ada.room('lobby');
  lobby.onRecovered((how) => note({ recovered: how }));
  const people = (): string[] => [...presence(lobby).people.keys()];
  const joined = await lobby.join();
  note({ offset: joined.offset, count: joined.count });
  await failing(ada.room('elsewhere').join());
  await stage.publish('four');
  await until(() => lobby.position?.offset === 4);

  const bob = open(['bob'], false);
  await bob.room('lobby').join();
  await until(() => people().length === 2);
  bob.close();
  await until(() => people().length === 1);
  note({ people: people() });

  // Their keys and tokens are other ones each time: what comes of them is the same.
  const cara = open(['cara', 'cara', 'cara', 'cara'], false);
  const bytes = new Uint8Array(300_000).fill(1);
  const steps: number[] = [];
  const onProgress = ({ sent }: { sent: number }): void => void steps.push(sent);
  note(await cara.upload('file', bytes, { name: 'a' }, { onProgress }));
  note({ first: steps[0], last: steps.at(-1), forward: isSorted(steps) });
  note(await cara.upload('file', parts(bytes), { name: 'b' }));
  note(await cara.upload('file', new Uint8Array(), { name: 'empty' }));
  await failing(cara.upload('picky', bytes));
  await failing(cara.upload('nothing' as 'picky', bytes));
  await failing(cara.call('file' as 'nothing', { name: 'c' } as never));
  await failing(cara.upload('file', bytes, { name: 'd' }, { signal: AbortSignal.abort() }));
  let cuts = 0;
  const cutting = {
    onProgress: ({ sent }: { sent: number }): void => {
      if (sent > 50_000 * cuts && cuts < 3) {
        cuts += 1;
        cara.reconnect();
      }
    },
  };
  note(await cara.upload('file', parts(bytes), { name: 'e' }, cutting));
  note({ cuts });
  cara.close();

  stage.drop();
  await until(() => ada.state.name !== 'open');
  await stage.publish('five');
  await ada.opened();
  await until(() => lobby.position?.offset === 5);
  await ada.call('add', { a: 1, b: 1 });

  stage.drop();
  await until(() => ada.state.name !== 'open');
  await stage.forget();
  await stage.publish('anew');
  await ada.opened();
  await until(() => lobby.position?.offset === 1);
  await ada.call('add', { a: 1, b: 1 });
  await lobby.leave();
  await failing(ada.call('$leave' as 'add', { room: 'lobby' } as never));

  await stage.shutdown();
  await until(() => ada.state.name === 'waiting');
  const { state } = ada;
  note(state.name === 'waiting' && state.why);
  ada.close();
  return lines;
}

/**
 * Without what differs by chance: names of epochs, ids of questions, and one's own arrival, which may come
 * with the list and once more.
 */
function plain(lines: readonly unknown[]): unknown[] {
  const epochs: string[] = [];
  const text = JSON.stringify(lines)
    .replaceAll(/"epoch":"([^"]+)"/g, (_, epoch: string) => {
      if (!epochs.includes(epoch)) epochs.push(epoch);
      return `"epoch":"${epochs.indexOf(epoch)}"`;
    })
    .replaceAll(/"id":"\$[^"]+"/g, '"id":"$"');
  const own = '"joined":[{"key":"ada"';
  return (JSON.parse(text) as unknown[]).filter((line) => !JSON.stringify(line).includes(own));
}

it('is the same with a fake server and with a gateway', async () => {
  const fake = plain(await play(fakeStage()));
  const real = plain(await play(await realStage()));
  expect(fake).toEqual(real);
  expect(real.length).toBeGreaterThan(100);
}, 60_000);
