import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Headers,
  Injectable,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-jwt';
import {
  Connection,
  ConnectionRegistry,
  firstToken,
  MessageBody,
  OnConnect,
  OnMessage,
  Sessions,
  tokenFromCookie,
  tokenFromHeader,
  tokenFromProtocol,
  tokenFromQuery,
  VerifyClient,
  WsGateway,
  type HandshakeSnapshot,
  type WsModuleOptions,
} from 'nestwire';
import { closeApps, startApp, type TestApp } from './support/app.js';
import { Client, refusal } from './support/client.js';
import { deferred } from './support/deferred.js';

afterEach(closeApps);

const SECRET = 'a secret of the test';

interface Claims {
  sub: string;
  roles?: string[];
  exp?: number;
}

const findToken = firstToken(
  tokenFromHeader(),
  tokenFromProtocol(),
  tokenFromQuery(),
  tokenFromCookie('session'),
);

@Injectable()
class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({ jwtFromRequest: findToken, secretOrKey: SECRET });
  }

  validate(claims: Claims): Claims {
    return claims;
  }
}

@Injectable()
class JwtGuard extends AuthGuard('jwt') {}

@Injectable()
class AdminGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { user } = context.switchToWs().getClient<Connection>();
    return (user as Claims).roles?.includes('admin') === true;
  }
}

@VerifyClient(JwtGuard)
@WsGateway('/passport')
class PassportGateway {
  @OnMessage('me')
  me({ user, protocol }: Connection): unknown {
    const { sub, roles } = user as Claims;
    return { sub, roles, protocol };
  }

  @UseGuards(AdminGuard)
  @OnMessage('admin')
  admin(): string {
    return 'welcome';
  }
}

@WsGateway('/claims')
class ClaimsGateway {
  constructor(private readonly jwt: JwtService) {}

  @VerifyClient()
  async verify(handshake: HandshakeSnapshot): Promise<object> {
    const token = findToken(handshake);
    if (token === null) throw new UnauthorizedException('No token');
    return this.jwt.verifyAsync<Claims>(token).catch(() => {
      throw new UnauthorizedException('Bad token');
    });
  }

  @OnConnect()
  entered(connection: Connection): void {
    connection.send('welcome', (connection.user as Claims).sub);
  }

  @OnMessage('me')
  me({ user }: Connection): unknown {
    return (user as Claims).roles ?? null;
  }

  @OnMessage('busy')
  busy(): Promise<never> {
    return new Promise(() => {});
  }
}

interface AuthApp extends TestApp {
  readonly sign: (claims: Claims, seconds?: number) => string;
}

const teamOf = (user: unknown): string | undefined => (user as Claims).roles?.join();

async function start(options: WsModuleOptions = {}): Promise<AuthApp> {
  const testApp = await startApp({
    imports: [PassportModule, JwtModule.register({ secret: SECRET })],
    providers: [JwtStrategy, JwtGuard, AdminGuard, PassportGateway, ClaimsGateway],
    options,
  });
  const jwt = testApp.app.get(JwtService);
  const sign = (claims: Claims, seconds = 60): string =>
    jwt.sign(claims, claims.exp === undefined ? { expiresIn: seconds } : {});
  return { ...testApp, sign };
}

const bearer = (token: string): object => ({ headers: { authorization: `Bearer ${token}` } });

describe("passport's JWT strategy", () => {
  it('lets in with a good token from header, subprotocol, query or cookie', async () => {
    const { url, sign, port } = await start();
    const token = sign({ sub: 'ada' });
    const path = `${url}/passport`;
    const origin = `http://127.0.0.1:${port}`;
    const clients = [
      await Client.connect(path, bearer(token)),
      await Client.connect(path, { protocols: [`bearer.${token}`] }),
      await Client.connect(`${path}?token=${token}`),
      await Client.connect(path, { headers: { cookie: `session=${token}`, origin } }),
    ];
    for (const client of clients) {
      expect((await client.ask('me')).data).toMatchObject({ sub: 'ada', protocol: '' });
    }
  });

  it('refuses with 401 without a token, with a wrong one and with one that has expired', async () => {
    const { url, sign } = await start();
    const expired = sign({ sub: 'ada' }, -1);
    for (const options of [{}, bearer('x.y.z'), bearer(expired)]) {
      expect((await refusal(`${url}/passport`, options)).status).toBe(401);
    }
  });

  it('gives guards of messages the user, with their roles', async () => {
    const { url, sign } = await start();
    const guest = await Client.connect(`${url}/passport`, bearer(sign({ sub: 'ada' })));
    expect((await guest.ask('admin')).data).toMatchObject({ code: 'FORBIDDEN' });
    const claims = { sub: 'bob', roles: ['admin'] };
    const admin = await Client.connect(`${url}/passport`, bearer(sign(claims)));
    expect((await admin.ask('admin')).data).toBe('welcome');
  });
});

describe('a token as subprotocol', () => {
  it('is sent back only when it is the only offer, and is never the protocol of the connection', async () => {
    const { url, sign, app } = await start();
    const offer = `bearer.${sign({ sub: 'ada' })}`;
    const alone = await Client.connect(`${url}/passport`, { protocols: [offer] });
    expect(alone.socket.protocol).toBe(offer);
    const [connection] = app.get(ConnectionRegistry);
    expect(connection?.protocol).toBe('');
    expect(connection?.handshake.protocol).toBe('');
  });

  it('beside a protocol that no gateway of the path speaks leaves a warning, once and without the token', async () => {
    const { url, sign, log } = await start();
    const protocols = ['chat', `bearer.${sign({ sub: 'ada' })}`];
    for (let clients = 0; clients < 2; clients++) {
      await expect(Client.connect(`${url}/passport`, { protocols })).rejects.toThrow(
        'Server sent no subprotocol',
      );
    }
    const warnings = log.of('warn').filter((line) => line.includes('subprotocol'));
    expect(warnings).toEqual([
      expect.stringMatching(
        /^Cannot take a subprotocol that a client of \/passport offers: .*@Protocol/,
      ),
    ]);
    expect(warnings[0]).not.toContain('bearer.');
  });
});

describe('a session', () => {
  it('tells the client before the token expires when that will be', async () => {
    const { url, sign } = await start({ session: { notice: 120_000 } });
    const exp = Math.floor(Date.now() / 1_000) + 60;
    const client = await Client.connect(`${url}/passport`, bearer(sign({ sub: 'ada', exp })));
    const notice = await client.next();
    expect(notice).toMatchObject({ event: 'expiring', data: { expiresAt: exp * 1_000 } });
  });

  it('ends with 4401 when the token expires', async () => {
    const { url, sign } = await start();
    // `expiresIn` counts whole seconds from the last one, which may be almost over.
    const exp = Date.now() / 1_000 + 1;
    const client = await Client.connect(`${url}/passport`, bearer(sign({ sub: 'ada', exp })));
    expect(await client.closed).toEqual({ code: 4401, reason: 'Session expired' });
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000);
  });

  it('is renewed in place by reauthenticate, through the same verification', async () => {
    const { url, sign } = await start({ session: { notice: 120_000 } });
    for (const path of ['passport', 'claims']) {
      const client = await Client.connect(`${url}/${path}`, bearer(sign({ sub: 'ada' }, 60)));
      if (path === 'claims') expect((await client.next()).data).toBe('ada');
      expect((await client.next()).event).toBe('expiring');
      const token = sign({ sub: 'ada', roles: ['editor'] }, 200);
      const answer = await client.ask('reauthenticate', { token }, 1);
      expect(answer).toMatchObject({ event: 'reauthenticate', id: 1 });
      const { expiresAt } = answer.data as { expiresAt: number };
      expect(expiresAt).toBeGreaterThan(Date.now() + 100_000);
      expect(JSON.stringify((await client.ask('me', null, 2)).data)).toContain('editor');
    }
  });

  it('goes on as it was when the new token is refused or belongs to somebody else', async () => {
    const { url, sign, app } = await start();
    const client = await Client.connect(`${url}/passport`, bearer(sign({ sub: 'ada' })));
    const [connection] = app.get(ConnectionRegistry);
    const before = app.get(Sessions).expiresAt(connection as Connection);
    const refusals = [
      ['x.y.z', 'UNAUTHORIZED'],
      [sign({ sub: 'bob' }), 'FORBIDDEN'],
      ['', 'BAD_REQUEST'],
      ['a\r\nb: c', 'BAD_REQUEST'],
      ['x'.repeat(8_193), 'BAD_REQUEST'],
      [{ toString: 'x' }, 'BAD_REQUEST'],
    ] as const;
    for (const [token, code] of refusals) {
      expect((await client.ask('reauthenticate', { token }, 1)).data).toMatchObject({ code });
    }
    expect((await client.ask('me')).data).toMatchObject({ sub: 'ada' });
    expect(app.get(Sessions).expiresAt(connection as Connection)).toBe(before);
  });

  it('knows its user by the id that the application says how to find', async () => {
    const { url, sign } = await start({ userId: teamOf });
    const first = sign({ sub: 'ada', roles: ['team'] });
    const client = await Client.connect(`${url}/passport`, bearer(first));
    const other = sign({ sub: 'bob', roles: ['others'] });
    expect((await client.ask('reauthenticate', { token: other })).event).toBe('exception');
    const mate = sign({ sub: 'bob', roles: ['team'] });
    expect((await client.ask('reauthenticate', { token: mate })).event).toBe('reauthenticate');
  });

  it('is never renewed for a user that cannot be told from the other one', async () => {
    const users: Record<string, unknown>[] = [];
    @WsGateway('/nameless')
    class NamelessGateway {
      @VerifyClient()
      verify(): object | true {
        return users.shift() ?? true;
      }
      @OnMessage('become')
      become(connection: Connection, user: unknown): null {
        connection.user = user;
        return null;
      }
      @OnMessage('who')
      who(connection: Connection, _data: unknown): unknown {
        return connection.user ?? 'nobody';
      }
    }
    const { url, log } = await startApp({ providers: [NamelessGateway] });
    const pairs: [Record<string, unknown> | undefined, Record<string, unknown>][] = [
      [{ name: 'ada' }, { name: 'bob' }],
      [{ role: 'user' }, { role: 'user' }],
      [{ role: 'guest' }, { sub: 'admin' }],
      [undefined, { sub: 'admin' }],
      [{ sub: 'ada' }, { role: 'user' }],
      [
        { sub: 'ada', iss: 'one' },
        { sub: 'ada', iss: 'other' },
      ],
    ];
    for (const [first, second] of pairs) {
      if (first !== undefined) users.push(first);
      const client = await Client.connect(`${url}/nameless`);
      users.push(second);
      const { data } = await client.ask('reauthenticate', { token: 'new' });
      expect(data).toMatchObject({ code: 'FORBIDDEN' });
      expect((await client.ask('who')).data).toEqual(first ?? 'nobody');
      users.length = 0;
      // What the application does on purpose is its own to judge.
      await client.ask('become', { sub: 'eve' });
      users.push({ sub: 'eve', roles: ['new'] });
      expect((await client.ask('reauthenticate', { token: 'new' })).event).toBe('reauthenticate');
      await client.close();
    }
    expect(log.of('warn').filter((line) => line.includes('userId'))).toHaveLength(1);
  });

  it('is not renewed when its user is another one by the time the token is verified', async () => {
    const shared = { id: 'ada' };
    const verified = deferred<object>();
    @WsGateway('/shared')
    class SharedGateway {
      @VerifyClient()
      verify(@Headers('authorization') authorization: string | undefined): object {
        if (authorization === undefined) return shared;
        // A strategy that fills the object it has handed out before.
        shared.id = 'bob';
        return authorization.endsWith('slow') ? verified.promise : shared;
      }
      @OnMessage('become')
      become(connection: Connection, user: unknown): null {
        connection.user = user;
        return null;
      }
    }
    const { url } = await startApp({ providers: [SharedGateway] });
    const client = await Client.connect(`${url}/shared`);
    const { data } = await client.ask('reauthenticate', { token: 'new' });
    expect(data).toMatchObject({ code: 'FORBIDDEN' });
    client.send('reauthenticate', { token: 'slow' }, 1);
    await client.ask('become', { id: 'carol' });
    verified.resolve({ id: 'bob' });
    expect(await client.next()).toMatchObject({ id: 1, data: { code: 'FORBIDDEN' } });
  });

  it('can be renewed while a handler keeps the connection busy', async () => {
    const { url, sign } = await start();
    const client = await Client.connect(`${url}/claims`, bearer(sign({ sub: 'ada' })));
    expect((await client.next()).event).toBe('welcome');
    client.send('busy');
    const token = sign({ sub: 'ada' });
    expect((await client.ask('reauthenticate', { token }, 1)).id).toBe(1);
  });

  it('goes on as it was when the client cancels before the new token is verified', async () => {
    const decision = deferred<object>();
    @WsGateway('/slow')
    class SlowGateway {
      @VerifyClient()
      verify(@Headers('authorization') authorization: string | undefined): object {
        return authorization === undefined ? { id: 'ada' } : decision.promise;
      }
      @OnMessage('who')
      who(connection: Connection, _data: unknown): unknown {
        return connection.user;
      }
    }
    const { url } = await startApp({ providers: [SlowGateway] });
    const client = await Client.connect(`${url}/slow`);
    client.send('reauthenticate', { token: 'new' }, 1);
    client.send('$cancel', undefined, 1);
    expect((await client.ask('who')).data).toEqual({ id: 'ada' });
    decision.resolve({ id: 'ada', roles: ['editor'] });
    expect(await client.next()).toMatchObject({ id: 1, data: { code: 'CANCELLED' } });
    expect((await client.ask('who')).data).toEqual({ id: 'ada' });
  });

  it('was over before it began: the client is closed at once', async () => {
    const { url, sign } = await start({ session: { expiresAt: () => new Date(0) } });
    const client = await Client.connect(`${url}/passport`, bearer(sign({ sub: 'ada' })));
    expect((await client.closed).code).toBe(4401);
  });

  it('ends when the application says so, and never when it says never', async () => {
    const { url, sign, app } = await start({ session: { expiresAt: () => undefined } });
    const client = await Client.connect(`${url}/passport`, bearer(sign({ sub: 'ada' })));
    expect((await client.ask('me')).data).toMatchObject({ sub: 'ada' });
    const [connection] = app.get(ConnectionRegistry);
    expect(app.get(Sessions).expiresAt(connection as Connection)).toBeUndefined();
  });

  it('may begin after the connect, by a message', async () => {
    @WsGateway('/late')
    class LateGateway {
      constructor(private readonly sessions: Sessions) {}
      @OnMessage('login')
      login(connection: Connection, seconds: number): number | undefined {
        const exp = Date.now() / 1_000 + seconds;
        return this.sessions.renew(connection, { id: 'ada', exp });
      }
      @OnMessage('reauthenticate')
      own(@MessageBody() _data: unknown): string {
        return 'ours';
      }
    }
    const options = { session: { notice: 120_000 } };
    const { url, app } = await startApp({ providers: [LateGateway], options });
    const client = await Client.connect(`${url}/late`);
    expect((await client.ask('reauthenticate')).data).toBe('ours');
    client.send('login', 60, 1);
    expect((await client.take(2)).map(({ event }) => event).sort()).toEqual(['expiring', 'login']);
    expect([...app.get(ConnectionRegistry)].map(({ user }) => user)).toMatchObject([{ id: 'ada' }]);
    client.send('login', -1);
    expect((await client.closed).code).toBe(4401);
  });
});

describe('a user', () => {
  it('is disconnected everywhere by id', async () => {
    const { url, sign, app } = await start();
    const tokens = [sign({ sub: 'ada' }), sign({ sub: 'ada' }), sign({ sub: 'bob' })];
    const clients = await Promise.all(
      tokens.map((token) => Client.connect(`${url}/passport`, bearer(token))),
    );
    expect(app.get(ConnectionRegistry).disconnectUser('ada', 4403, 'Banned')).toBe(2);
    for (const client of clients.slice(0, 2)) {
      expect(await client.closed).toEqual({ code: 4403, reason: 'Banned' });
    }
    expect((await clients[2]?.ask('me'))?.data).toMatchObject({ sub: 'bob' });
  });
});
