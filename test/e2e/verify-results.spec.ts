import { afterEach, describe, expect, it } from '@jest/globals';
import { ForbiddenException } from '@nestjs/common';
import { CanJoin, Connection, OnMessage, VerifyClient, WsGateway } from 'nestwire';
import { of } from 'rxjs';
import { closeApps, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';

afterEach(closeApps);

function* neverRun(): Generator<boolean> {
  yield false;
}

async function* neverAwaited(): AsyncGenerator<boolean> {
  await Promise.resolve();
  yield false;
}

class Account {
  readonly #secret = 1;
  get secret(): number {
    return this.#secret;
  }
}

type Row = readonly [name: string, make: () => unknown];

/** Neither a user nor a yes: no method that returns one lets anybody in. */
const NOBODY: readonly Row[] = [
  ['an empty list', () => []],
  ['a list', () => [{ id: 1 }]],
  ['a list that resolves', () => Promise.resolve([])],
  // oxlint-disable-next-line unicorn/no-thenable -- the query of an ORM is one
  ['a thenable of a list', () => ({ then: (done: (value: unknown) => void) => done([]) })],
  ['an Observable of a list', () => of([])],
  ['an Observable of no', () => of(false)],
  ['an empty Map', () => new Map()],
  ['a Set', () => new Set([1])],
  ['a WeakMap', () => new WeakMap()],
  ['bytes', () => Buffer.from('x')],
  ['a Uint8Array', () => new Uint8Array(1)],
  ['an ArrayBuffer', () => new ArrayBuffer(1)],
  ['a generator', () => neverRun()],
  ['an asynchronous generator', () => neverAwaited()],
  ['headers', () => new Headers()],
  ['search parameters', () => new URLSearchParams('id=1')],
  ['an answer of another service', () => new Response(null, { status: 401 })],
  ['a Date', () => new Date()],
  ['a RegExp', () => /x/],
  ['a boxed no', () => Object(false)],
  ['a boxed yes', () => Object(true)],
  ['a function', () => () => true],
  ['a class', () => Account],
  ['a text', () => 'ada'],
  ['a number', () => 1],
  ['a bigint', () => 1n],
  ['a symbol', () => Symbol('yes')],
  ['null', () => null],
  ['a returned refusal', () => new ForbiddenException()],
];

const SOMEBODY: readonly Row[] = [
  ['true', () => true],
  ['an Observable of true', () => of(true)],
  ['a record', () => ({ id: 1 })],
  ['a record that resolves', () => Promise.resolve({ id: 1 })],
  ['an empty record', () => ({})],
  ['a record without prototype', () => Object.create(null)],
  ['an instance', () => new Account()],
  ['a record with a promise in it', () => ({ id: 1, team: Promise.resolve('x') })],
  ['a frozen record', () => Object.freeze({ id: 1 })],
];

async function startDoors(rows: readonly Row[]): Promise<string> {
  @WsGateway('/door/:index')
  class DoorGateway {
    @VerifyClient()
    verify(handshake: { params: Record<string, string> }): object {
      return rows[Number(handshake.params['index'])]?.[1]() as object;
    }

    @OnMessage('kind')
    kind(connection: Connection): string {
      return typeof connection.user;
    }
  }
  return (await startApp({ providers: [DoorGateway] })).url;
}

describe('what a verifying method returns', () => {
  it('lets nobody in who is no single user', async () => {
    const url = await startDoors(NOBODY);
    const answered: Record<string, number> = {};
    for (const [index, [name]] of NOBODY.entries()) {
      answered[name] = (await refusal(`${url}/door/${index}`)).status;
    }
    expect(answered).toEqual(Object.fromEntries(NOBODY.map(([name]) => [name, 403])));
  });

  it.each(SOMEBODY.map(([name], index) => [name, index] as const))(
    'lets in %s',
    async (name, index) => {
      const url = await startDoors(SOMEBODY);
      const client = await Client.connect(`${url}/door/${index}`);
      const isTrue = name.endsWith('true');
      expect((await client.ask('kind')).data).toBe(isTrue ? 'undefined' : 'object');
    },
  );
});

describe('what @CanJoin returns', () => {
  it('grants nothing that is no grant', async () => {
    @WsGateway('/rooms')
    class RoomsGateway {
      @CanJoin()
      canJoin(_: Connection, room: string): object {
        return NOBODY[Number(room)]?.[1]() as object;
      }
    }
    const { url } = await startApp({ providers: [RoomsGateway] });
    const client = await Client.connect(`${url}/rooms`);
    const answered: Record<string, string> = {};
    for (const [index, [name]] of NOBODY.entries()) {
      const { event } = await client.ask('$join', { room: String(index) });
      answered[name] = event;
    }
    expect(answered).toEqual(Object.fromEntries(NOBODY.map(([name]) => [name, 'exception'])));
  });
});
