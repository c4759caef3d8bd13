import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ReactElement } from 'react';
import { ClientError, type Client, type Room, type UploadOptions } from 'nestwire/client';
import { itemSource } from 'nestwire/client/testing';
import { leavePage, openPage } from './dom.js';
import type { Loaded } from './react-version.js';
import { Stage, type Board } from './stage.js';

/** What holds of the hooks, whichever React they run on. */
export function hooksSuite(loaded: Loaded): void {
  const { react, server: onServer, hooks } = loaded;
  const { createElement: h, Fragment, Suspense } = react;
  const { ClientProvider, useCall, useClient, useConnect, useConnection } = hooks;
  const { useEvent, usePresence, useRoom, useStream, useUpload } = hooks;
  let stage: Stage;

  beforeEach(() => {
    stage = new Stage(loaded);
  });

  afterEach(async () => {
    const complaints = stage.complaints.mock.calls;
    await stage.close();
    expect(complaints).toEqual([]);
  });

  afterAll(() => leavePage());

  /** `$join` and `$leave` that the server has got. */
  const moves = (): string[] =>
    stage.server.frames
      .filter(({ event }) => event === '$join' || event === '$leave')
      .map(({ event }) => event);

  const State = ({ client }: { client: Client<Board> }): string => useConnection(client).name;
  const ProvidedState = (): string => useConnection(useClient<Board>()).name;
  const LobbyAndTicks = ({ client }: { client: Client<Board> }): string => {
    const { status } = useRoom(client, 'lobby');
    const { last } = useStream(client, 'ticks', { from: 7 });
    return `${status} ${last}`;
  };

  const Page = (): ReactElement => {
    const client = useConnect<Board>('/board', stage.options);
    return h(Fragment, null, useConnection(client).name, ' ', h(LobbyAndTicks, { client }));
  };
  const EveryHook = (): string => {
    const client = useConnect<Board>('/board', stage.options);
    const { name } = useConnection(client);
    const { room, status } = useRoom(client, 'lobby');
    const ticks = useStream(client, 'ticks', { from: 1 });
    const clear = useCall(client, 'clear');
    const picture = useUpload(client, 'picture');
    const asked = [ticks, clear, picture].map((each) => each.status);
    return [name, status, usePresence(room).size, ...asked].join(' ');
  };

  describe('useConnection', () => {
    it('renders every state', async () => {
      const client = await stage.client();
      await stage.show(h(State, { client }));
      expect(stage.text).toBe('open');
      await stage.act(() => stage.server.refuse(403));
      await stage.act(() => client.reconnect());
      expect(stage.text).toBe('refused');
      await stage.act(() => {
        stage.server.admit();
        client.connect();
      });
      expect(stage.text).toBe('open');
    });
  });

  describe('useClient', () => {
    it('gives what the provider above has', async () => {
      const client = await stage.client();
      await stage.show(h(ClientProvider<Board>, { client }, h(ProvidedState)));
      expect(stage.text).toBe('open');
    });

    it('says what is missing where there is no provider', () => {
      expect(() => onServer.renderToString(h(ProvidedState))).toThrow(
        'Cannot use a client: there is no ClientProvider above this component',
      );
    });
  });

  describe('useConnect', () => {
    it('connects once, under StrictMode as well, and closes when the component has gone', async () => {
      stage.server.onStream('ticks', ({ from }) => [from]);
      await stage.show(h(Page));
      expect(stage.text).toBe('open joined 7');
      expect(stage.server.attempts.map(({ url }) => url)).toEqual(['ws://test/board']);
      expect(stage.server.frames.map(({ event }) => event).sort()).toEqual(['$join', 'ticks']);
      await stage.show(null);
      expect(stage.server.connections).toEqual([]);
    });

    it('comes to rooms and streams when somebody has signed in after all', async () => {
      stage.server.onStream('ticks', ({ from }) => [from]);
      stage.server.refuse(401);
      let client: Client<Board> | undefined;
      const Signed = (): ReactElement => {
        client = useConnect<Board>('/board', stage.options);
        return h(Fragment, null, useConnection(client).name, ' ', h(LobbyAndTicks, { client }));
      };
      await stage.show(h(Signed));
      expect(stage.text).toBe('signed-out joining undefined');
      await stage.act(() => {
        stage.server.admit();
        client?.connect();
      });
      expect(stage.text).toBe('open joined 7');
    });
  });

  describe('useEvent', () => {
    it('calls the handler of the latest render, and subscribes once', async () => {
      const client = await stage.client();
      const on = jest.spyOn(client, 'on');
      const heard: string[] = [];
      const Listener = ({ name }: { name: string }): null => {
        useEvent(client, 'said', (text, { event }) => heard.push(`${name} ${event} ${text}`));
        return null;
      };
      await stage.show(h(Listener, { name: 'first' }), false);
      await stage.show(h(Listener, { name: 'second' }), false);
      await stage.act(() => stage.server.emit('said', 'hello'));
      expect(heard).toEqual(['second said hello']);
      expect(on).toHaveBeenCalledTimes(1);
      await stage.show(null, false);
      stage.server.emit('said', 'again');
      expect(heard).toHaveLength(1);
    });

    it('hears once under StrictMode, and of a room what has a place', async () => {
      const client = await stage.client();
      const heard: string[] = [];
      const Listener = (): null => {
        const { room } = useRoom(client, 'lobby');
        useEvent(room, 'said', (text, { at }) => heard.push(`${at?.offset} ${text}`));
        return null;
      };
      await stage.show(h(Listener));
      await stage.act(() => stage.server.room('lobby').publish('said', 'hello'));
      expect(heard).toEqual(['1 hello']);
    });
  });

  describe('useCall', () => {
    type Move = ReturnType<typeof useCall<Board, 'move'>>;
    let move: Move;
    const Mover = ({ client }: { client: Client<Board> }): string => {
      move = useCall(client, 'move', { timeout: 5_000 });
      return `${move.status} ${move.data} ${move.error?.code}`;
    };

    it('is idle, pending, and then has the answer', async () => {
      const client = await stage.client();
      let answer: ((text: string) => void) | undefined;
      stage.server.onCall('move', () => new Promise<string>((resolve) => (answer = resolve)));
      await stage.show(h(Mover, { client }));
      expect(stage.text).toBe('idle undefined undefined');
      const { run } = move;
      await stage.act(() => void run({ card: 'a' }));
      expect(stage.text).toBe('pending undefined undefined');
      await stage.act(() => answer?.('moved'));
      expect(stage.text).toBe('success moved undefined');
      expect(move.run).toBe(run);
      await stage.act(() => void run({ card: 'b' }));
      expect(stage.text).toBe('pending moved undefined');
      expect(stage.server.received('move')).toEqual([{ card: 'a' }, { card: 'b' }]);
      await stage.act(() => move.reset());
      expect(stage.text).toBe('idle undefined undefined');
      await stage.act(() => answer?.('late'));
      expect(stage.text).toBe('idle undefined undefined');
    });

    it('has the error, which nobody needs to catch and anybody may', async () => {
      const client = await stage.client();
      stage.server.onCall('move', () => {
        throw new ClientError('TOO_FAR', 'Too far');
      });
      const unhandled = jest.fn();
      process.on('unhandledRejection', unhandled);
      await stage.show(h(Mover, { client }));
      await stage.act(() => void move.run({ card: 'a' }));
      expect(stage.text).toBe('error undefined TOO_FAR');
      await stage.act(() =>
        expect(move.run({ card: 'a' })).rejects.toMatchObject({ code: 'TOO_FAR' }),
      );
      await new Promise((resolve) => setImmediate(resolve));
      process.off('unhandledRejection', unhandled);
      expect(unhandled).not.toHaveBeenCalled();
    });

    it('gives up when told to, and tells the server', async () => {
      const client = await stage.client();
      let signal: AbortSignal | undefined;
      stage.server.onCall('move', (_data, how) => {
        ({ signal } = how);
        return new Promise<string>(() => {});
      });
      await stage.show(h(Mover, { client }));
      await stage.act(() => void move.run({ card: 'a' }));
      await stage.act(() => move.abort());
      expect(stage.text).toBe('error undefined ABORTED');
      expect(signal?.aborted).toBe(true);
    });

    it('shows the later of two calls, whichever is answered first', async () => {
      const client = await stage.client();
      const answers = new Map<string, (text: string) => void>();
      stage.server.onCall('move', ({ card }) => {
        const answer = new Promise<string>((resolve) => answers.set(card, resolve));
        return answer;
      });
      await stage.show(h(Mover, { client }));
      await stage.act(() => {
        void move.run({ card: 'a' });
        void move.run({ card: 'b' });
      });
      await stage.act(() => answers.get('a')?.('first'));
      expect(stage.text).toBe('pending undefined undefined');
      await stage.act(() => answers.get('b')?.('second'));
      expect(stage.text).toBe('success second undefined');
    });

    it('has the error of a client that is not let in again', async () => {
      const client = await stage.client();
      stage.server.onCall('move', () => new Promise<string>(() => {}));
      await stage.show(h(Mover, { client }));
      await stage.act(() => void move.run({ card: 'a' }));
      await stage.act(() => {
        stage.server.refuse(403);
        stage.server.drop();
      });
      await stage.sees('error undefined DISCONNECTED');
      await stage.act(() => void move.run({ card: 'a' }));
      await stage.sees('error undefined REFUSED');
    });

    it('goes on when the component has gone', async () => {
      const client = await stage.client();
      stage.server.onCall('move', ({ card }) => card);
      await stage.show(h(Mover, { client }));
      let answer: Promise<string> | undefined;
      await stage.act(() => {
        answer = move.run({ card: 'a' });
      });
      await stage.show(null);
      expect(await answer).toBe('a');
    });
  });

  describe('useUpload', () => {
    type Picture = ReturnType<typeof useUpload<Board, 'picture'>>;
    type Sent = Parameters<Client<Board>['upload']>;
    let picture: Picture;
    const bytes = new Uint8Array(8);
    const Uploader = ({ client }: { client: Client<Board> }): string => {
      picture = useUpload(client, 'picture');
      const { status, progress, data, error } = picture;
      return `${status} ${progress?.sent} ${data} ${error?.code}`;
    };

    /** What has been handed to the client, whose own tests bring it to servers. */
    function watch(client: Client<Board>) {
      const uploads: { options: UploadOptions; given: Sent; end: (text: string) => void }[] = [];
      jest.spyOn(client, 'upload').mockImplementation(((...given: Sent) => {
        const options = given[3] ?? {};
        return new Promise((resolve, reject) => {
          uploads.push({ options, given, end: resolve });
          options.signal?.addEventListener('abort', () => reject(new ClientError('ABORTED', 'No')));
        });
      }) as never);
      return uploads;
    }

    it('is idle, says how far it has come, and has the answer', async () => {
      const client = await stage.client();
      const uploads = watch(client);
      await stage.show(h(Uploader, { client }));
      expect(stage.text).toBe('idle undefined undefined undefined');
      const { run } = picture;
      await stage.act(() => void run(bytes, { card: 'a' }));
      expect(stage.text).toBe('pending undefined undefined undefined');
      expect(uploads).toMatchObject([{ given: ['picture', bytes, { card: 'a' }, {}] }]);
      await stage.act(() => uploads[0]?.options.onProgress?.({ sent: 4, total: 8 }));
      expect(stage.text).toBe('pending 4 undefined undefined');
      await stage.act(() => uploads[0]?.end('there'));
      expect(stage.text).toBe('success 4 there undefined');
      expect(picture.run).toBe(run);
      await stage.act(() => picture.reset());
      expect(stage.text).toBe('idle undefined undefined undefined');
    });

    it('gives up when told to, however often, and can be run again', async () => {
      const client = await stage.client();
      const uploads = watch(client);
      await stage.show(h(Uploader, { client }));
      await stage.act(() => void picture.run(bytes, { card: 'a' }));
      await stage.act(() => {
        picture.abort();
        picture.abort();
      });
      expect(stage.text).toBe('error undefined undefined ABORTED');
      await stage.act(() => void picture.run(bytes, { card: 'a' }));
      await stage.act(() => uploads[1]?.end('there'));
      expect(stage.text).toBe('success undefined there undefined');
    });

    it('shows the later of two, and the steps of that alone', async () => {
      const client = await stage.client();
      const uploads = watch(client);
      await stage.show(h(Uploader, { client }));
      await stage.act(() => {
        void picture.run(bytes, { card: 'a' });
        void picture.run(bytes, { card: 'b' });
      });
      await stage.act(() => uploads[1]?.options.onProgress?.({ sent: 2, total: 8 }));
      await stage.act(() => uploads[0]?.options.onProgress?.({ sent: 6, total: 8 }));
      await stage.act(() => uploads[0]?.end('first'));
      expect(stage.text).toBe('pending 2 undefined undefined');
      await stage.act(() => uploads[1]?.end('second'));
      expect(stage.text).toBe('success 2 second undefined');
    });

    it('has the error, which nobody needs to catch', async () => {
      const client = await stage.client();
      await stage.show(h(Uploader, { client }));
      // The client refuses it by itself: that is no source.
      await stage.act(() => void picture.run(5 as never, { card: 'a' }));
      expect(stage.text).toBe('error undefined undefined BAD_REQUEST');
    });
  });

  describe('useStream', () => {
    interface Ticking {
      readonly client: Client<Board>;
      readonly from?: number;
      readonly keep?: number;
      readonly enabled?: boolean;
      readonly resume?: boolean;
    }
    const Ticks = ({ client, from = 1, ...options }: Ticking): string => {
      const { status, items, last, error } = useStream(client, 'ticks', { from }, options);
      return `${status} ${items.join(',')} ${last} ${error?.code}`;
    };

    it('has the items, the newest of them, and the end; StrictMode asks once', async () => {
      const client = await stage.client();
      const ticks = itemSource<number>();
      stage.server.onStream('ticks', () => ticks);
      await stage.show(h(Ticks, { client, keep: 2 }));
      expect(stage.text).toBe('waiting  undefined undefined');
      for (const n of [1, 2, 3]) await stage.act(() => ticks.push(n));
      expect(stage.text).toBe('streaming 2,3 3 undefined');
      await stage.act(() => ticks.end());
      expect(stage.text).toBe('done 2,3 3 undefined');
      expect(stage.server.received('ticks')).toEqual([{ from: 1 }]);
    });

    it('asks again for other data alone, and cancels what it had', async () => {
      const client = await stage.client();
      const sources = [itemSource<number>(), itemSource<number>()];
      let asked = 0;
      stage.server.onStream('ticks', () => sources[asked++] ?? []);
      await stage.show(h(Ticks, { client }));
      await stage.act(() => sources[0]?.push(1));
      await stage.show(h(Ticks, { client }));
      expect(stage.text).toBe('streaming 1 1 undefined');
      await stage.show(h(Ticks, { client, from: 5 }));
      expect(stage.text).toBe('waiting  undefined undefined');
      expect(sources[0]?.left).toBe(true);
      expect(stage.server.received('ticks')).toEqual([{ from: 1 }, { from: 5 }]);
      await stage.show(null);
      expect(sources[1]?.left).toBe(true);
    });

    it('has the error it ends with, and none where it is resumed', async () => {
      const client = await stage.client();
      const ticks = itemSource<number>();
      stage.server.onStream('ticks', () => ticks);
      await stage.show(h(Ticks, { client }));
      await stage.act(() => ticks.fail(new ClientError('TOO_LATE', 'No more')));
      expect(stage.text).toBe('error  undefined TOO_LATE');

      stage.server.onStream('ticks', () => itemSource<number>());
      await stage.show(h(Ticks, { client, from: 2 }));
      await stage.act(() => stage.server.drop());
      await stage.sees('error  undefined DISCONNECTED');

      const sources = [itemSource<number>(), itemSource<number>()];
      let asked = 0;
      stage.server.onStream('ticks', () => sources[asked++] ?? []);
      await stage.act(() => client.opened());
      await stage.show(h(Ticks, { client, from: 3, resume: true }));
      await stage.act(() => stage.server.drop());
      await stage.act(() => client.opened());
      await stage.act(() => sources[1]?.push(9));
      await stage.sees('streaming 9 9 undefined');
    });

    it.each([403, 401])(
      'has the error of a client that is not let in again (%d), and asks anew when it is',
      async (status) => {
        const client = await stage.client();
        const sources = [itemSource<number>(), itemSource<number>()];
        let asked = 0;
        stage.server.onStream('ticks', () => sources[asked++] ?? []);
        await stage.show(h(Ticks, { client, resume: true }));
        await stage.act(() => sources[0]?.push(1));
        await stage.act(() => {
          stage.server.refuse(status);
          stage.server.drop();
        });
        await stage.sees(`error 1 1 ${status === 403 ? 'REFUSED' : 'SIGNED_OUT'}`);
        await stage.act(() => {
          stage.server.admit();
          client.connect();
        });
        await stage.act(() => sources[1]?.push(2));
        await stage.sees('streaming 2 2 undefined');
      },
    );

    it('asks nothing while it is not enabled', async () => {
      const client = await stage.client();
      stage.server.onStream('ticks', () => [1]);
      await stage.show(h(Ticks, { client, enabled: false }));
      expect(stage.server.frames).toEqual([]);
      await stage.show(h(Ticks, { client, enabled: true }));
      expect(stage.text).toBe('done 1 1 undefined');
    });
  });

  describe('useRoom', () => {
    let room: Room<Board> | undefined;
    const Lobby = ({ client, enabled }: { client: Client<Board>; enabled?: boolean }): string => {
      const lobby = useRoom(client, 'lobby', { enabled });
      ({ room } = lobby);
      return `${lobby.status} ${lobby.recovered?.recovered} ${lobby.error?.code};`;
    };

    it('enters once under StrictMode, for however many components, and leaves with the last', async () => {
      const client = await stage.client();
      await stage.show([h(Lobby, { client, key: 1 }), h(Lobby, { client, key: 2 })]);
      expect(stage.text).toBe('joined undefined undefined;joined undefined undefined;');
      expect(moves()).toEqual(['$join']);
      await stage.show([h(Lobby, { client, key: 2 })]);
      // One page gives way to another that is in the same room.
      await stage.show([h(Lobby, { client, key: 3 })]);
      expect(stage.text).toBe('joined undefined undefined;');
      expect(moves()).toEqual(['$join']);
      await stage.show(null);
      expect(moves()).toEqual(['$join', '$leave']);
      expect(stage.server.room('lobby').members).toEqual([]);
      await stage.show(h(Lobby, { client }));
      expect(moves()).toEqual(['$join', '$leave', '$join']);
    });

    it('comes back after a cut, and says whether some is lost', async () => {
      const client = await stage.client();
      const lobby = stage.server.room('lobby');
      const heard: string[] = [];
      await stage.show(h(Lobby, { client }));
      room?.on('said', (text) => heard.push(text));
      await stage.act(() => lobby.publish('said', 'one'));
      await stage.act(() => {
        stage.server.drop();
        lobby.publish('said', 'two');
      });
      await stage.sees('joined true undefined;');
      expect(heard).toEqual(['one', 'two']);
      await stage.act(() => {
        stage.server.drop();
        lobby.forget();
      });
      await stage.sees('joined false undefined;');
    });

    it('says that it was refused', async () => {
      const client = await stage.client();
      stage.server.onJoin(() => false);
      await stage.show(h(Lobby, { client }));
      expect(stage.text).toBe('refused undefined FORBIDDEN;');
    });

    it('says that it is not let in again, and is in the room when it is asked to anew', async () => {
      const errors: unknown[] = [];
      const client = await stage.client({ onError: (error) => errors.push(error) });
      const People = (): string => `${usePresence(client.room('lobby')).size};`;
      const lobby = stage.server.room('lobby');
      lobby.enter('bob', { name: 'Bob' });
      await stage.show([h(Lobby, { client, key: 1 }), h(People, { key: 2 })]);
      expect(stage.text).toBe('joined undefined undefined;1;');
      await stage.act(() => {
        stage.server.onJoin(() => false);
        stage.server.drop();
      });
      await stage.sees('refused undefined FORBIDDEN;0;');
      expect([lobby.members, errors]).toEqual([[], []]);

      stage.server.onJoin(() => ({ presence: true }));
      await stage.show([h(Lobby, { client, enabled: false, key: 1 }), h(People, { key: 2 })]);
      await stage.show([h(Lobby, { client, key: 1 }), h(People, { key: 2 })]);
      await stage.sees('joined undefined undefined;1;');
    });

    it('says nothing of a refusal any more when the client has stopped and comes again', async () => {
      const client = await stage.client();
      stage.server.onJoin(() => false);
      await stage.show(h(Lobby, { client }));
      await stage.act(() => client.close());
      expect(stage.text).toBe('joining undefined undefined;');
      stage.server.onJoin(() => true);
      await stage.act(() => client.connect());
      await stage.sees('joined undefined undefined;');
    });

    it('enters and leaves as it is enabled', async () => {
      const client = await stage.client();
      await stage.show(h(Lobby, { client, enabled: false }));
      expect(moves()).toEqual([]);
      await stage.show(h(Lobby, { client, enabled: true }));
      await stage.show(h(Lobby, { client, enabled: false }));
      expect(moves()).toEqual(['$join', '$leave']);
    });

    it('enters nothing for a component that waits in Suspense, and once when it is shown', async () => {
      const client = await stage.client();
      let ready: (() => void) | undefined;
      let loading: Promise<void> | undefined = new Promise((resolve) => (ready = resolve));
      const Waiting = (): string => {
        const { status } = useRoom(client, 'lobby');
        // oxlint-disable-next-line typescript/only-throw-error -- how React is told to wait
        if (loading !== undefined) throw loading;
        return status;
      };
      await stage.show(h(Suspense, { fallback: 'later' }, h(Waiting)));
      expect(stage.text).toBe('later');
      expect(moves()).toEqual([]);
      await stage.act(() => {
        loading = undefined;
        ready?.();
      });
      await stage.sees('joined');
      expect(moves()).toEqual(['$join']);
    });
  });

  describe('usePresence', () => {
    it('has who is there, as they come and go', async () => {
      const client = await stage.client();
      const People = (): string => {
        const { room } = useRoom(client, 'lobby');
        return [...usePresence(room).values()].map(({ meta }) => meta.name).join();
      };
      const lobby = stage.server.room('lobby');
      lobby.enter('ada', { name: 'Ada' });
      await stage.show(h(People));
      expect(stage.text).toBe('Ada');
      await stage.act(() => lobby.enter('bob', { name: 'Bob' }));
      expect(stage.text).toBe('Ada,Bob');
      await stage.act(() => lobby.leave('ada'));
      expect(stage.text).toBe('Bob');
    });
  });

  describe('on a server', () => {
    it('renders without connecting, and the page takes over what it finds', async () => {
      leavePage();
      let html: string;
      try {
        html = onServer.renderToString(h(EveryHook));
      } finally {
        openPage();
      }
      expect(html).toBe('connecting joining 0 waiting idle idle');
      expect(stage.server.attempts).toEqual([]);
      stage.server.onStream('ticks', () => [1]);
      await stage.hydrate(html, h(EveryHook));
      expect(stage.text).toBe('open joined 0 done idle idle');
    });
  });
}
