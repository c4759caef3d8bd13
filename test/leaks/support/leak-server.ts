import type { INestApplication } from '@nestjs/common';
import {
  CanJoin,
  ConnectedSocket,
  ConnectionRegistry,
  History,
  Hub,
  Mailbox,
  MessageBody,
  OnConnect,
  OnMessage,
  Presence,
  Rooms,
  Signal,
  VerifyClient,
  WsGateway,
  type Connection,
  type HandshakeSnapshot,
  type RoomGrant,
} from 'nestwire';
import { closeApps, startApp, type LogBook } from '../../e2e/support/app.js';

/** Bytes of a message at most. */
export const MAX_PAYLOAD = 64 * 1024;

interface User {
  readonly id: string;
  /** When its session ends, in milliseconds since the epoch. */
  readonly until: number | undefined;
}

/** A gateway that uses all there is: sessions, rooms with a history, presence, mail, compression. */
@WsGateway('/all')
class EverythingGateway {
  constructor(
    private readonly history: History,
    private readonly mailbox: Mailbox,
    private readonly presence: Presence,
    private readonly registry: ConnectionRegistry,
    private readonly rooms: Rooms,
  ) {}

  @VerifyClient()
  async verify({ query }: HandshakeSnapshot): Promise<User | false> {
    const id = String(query['user']);
    if (id === 'refused') return false;
    await this.mailbox.send(id, 'welcome', { id });
    const { session } = query;
    return { id, until: session === undefined ? undefined : Date.now() + Number(session) };
  }

  @OnConnect()
  async connected(@ConnectedSocket() connection: Connection): Promise<void> {
    this.registry.tag(connection, 'here', `tag ${connection.id}`);
    this.rooms.join(connection, `own ${connection.id}`);
    await this.presence.track(connection, 'hall', { id: connection.userId });
  }

  @CanJoin()
  mayJoin(): RoomGrant {
    return { latest: 3, presence: true };
  }

  @OnMessage('say')
  async say(@MessageBody() data: unknown): Promise<string> {
    await this.history.publish('talk', 'said', data);
    return 'said';
  }

  @OnMessage('mail')
  async mail(@ConnectedSocket() { userId = '' }: Connection): Promise<void> {
    await this.mailbox.send(userId, 'letter', { userId });
  }

  /** Ends with the connection alone. */
  @OnMessage('wait')
  async wait(@Signal() signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
}

export interface LeakServer {
  readonly app: INestApplication;
  readonly hub: Hub;
  readonly port: number;
  readonly log: LogBook;
}

/** @param pings milliseconds between pings, and those a pong may take; 0 for none of them */
export async function startLeakServer(pings: number): Promise<LeakServer> {
  const { app, port, log } = await startApp({
    providers: [EverythingGateway],
    options: {
      compression: { threshold: 0, serverNoContextTakeover: false },
      limits: {
        maxPayload: MAX_PAYLOAD,
        pingInterval: pings,
        pongTimeout: pings,
      },
      session: { expiresAt: (user) => (user as User).until, notice: 20 },
      connections: { total: 100_000, perIp: 100_000, pendingPerIp: 100_000 },
      history: { maxMessages: 20 },
      mailbox: { maxUsers: 100 },
    },
  });
  return { app, port, log, hub: app.get(Hub) };
}

export async function stopLeakServer(): Promise<void> {
  await closeApps();
}
