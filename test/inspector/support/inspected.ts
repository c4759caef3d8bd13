import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  OnConnect,
  OnMessage,
  Rooms,
  VerifyClient,
  WsGateway,
  type Connection,
} from 'nestwire';
import { connect, type Client } from 'nestwire/client';
import { WebSocket } from 'nestwire/engine';
import { InspectorModule, type InspectorOptions } from 'nestwire/inspector';
import type {
  InspectorContract,
  View,
} from '../../../src/inspector/contract/inspector-contract.js';
import { closeApps, startApp, type AppOptions, type TestApp } from '../../e2e/support/app.js';
import { makeInspectorPage } from './assets.js';

/** Lets in who has the cookie `admin`, and makes its value the user. */
@Injectable()
export class AdminGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{
      headers: { cookie?: string };
      user?: unknown;
    }>();
    const [, id] = /(?:^|; )admin=([^;]+)/.exec(request.headers.cookie ?? '') ?? [];
    if (id === undefined) return false;
    request.user = { id };
    return true;
  }
}

export const COOKIE = { headers: { cookie: 'admin=grace' } };

/** What there is to look at. */
@WsGateway('/live')
export class LiveGateway {
  constructor(private readonly rooms: Rooms) {}

  @VerifyClient()
  verify({ query }: { query: Record<string, string> }): object {
    const { user } = query;
    return user === undefined ? {} : { id: user };
  }

  @OnConnect()
  enter(@ConnectedSocket() connection: Connection): void {
    for (const room of [connection.handshake.query['room']].flat()) {
      if (room !== undefined) this.rooms.join(connection, room);
    }
  }

  @OnMessage('say')
  say(@MessageBody() text: string): string {
    return `heard ${text}`;
  }

  @OnMessage('fail')
  fail(): never {
    throw new Error('on purpose');
  }

  @OnMessage('tell')
  tell(@MessageBody('room') room: string, @MessageBody('text') text: string): void {
    this.rooms.to(room).send('told', text);
  }
}

/** An application that is looked into. */
export async function startInspected(
  options: Partial<InspectorOptions> = {},
  { imports = [], providers = [], ...rest }: AppOptions = {},
): Promise<TestApp> {
  await makeInspectorPage();
  return startApp({
    ...rest,
    imports: [InspectorModule.forRoot({ guard: AdminGuard, ...options }), ...imports],
    providers: [LiveGateway, ...providers],
  });
}

export type InspectorClient = Client<InspectorContract>;

/** With the cookie that a browser would send. */
class SignedIn extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols, COOKIE);
  }
}

const inspectors: InspectorClient[] = [];

/** Ends all inspectors of a test, and what they looked into. */
export async function closeInspected(): Promise<void> {
  for (const inspector of inspectors.splice(0)) inspector.close();
  await closeApps();
}

/** An inspector, without its page. */
export async function inspect(
  { url }: Pick<TestApp, 'url'>,
  path = '/inspector/socket',
): Promise<InspectorClient> {
  const client = connect<InspectorContract>(url + path, { WebSocket: SignedIn });
  inspectors.push(client);
  await client.opened();
  return client;
}

export const CONNECTIONS: View = {
  tab: 'connections',
  sort: 'user',
  descending: false,
  search: '',
  from: 0,
  count: 50,
};
