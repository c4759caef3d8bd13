import { Inject, UseGuards, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { Hub, type Connection } from '#hub';
import { OnConnect } from '../declaration/on-connect.decorator.js';
import { OnDisconnect } from '../declaration/on-disconnect.decorator.js';
import { OnMessage } from '../declaration/on-message.decorator.js';
import { ConnectedSocket } from '../declaration/params/connected-socket.decorator.js';
import { MessageBody } from '../declaration/params/message-body.decorator.js';
import { VerifyClient } from '../declaration/verify-client.decorator.js';
import { WsGateway } from '../declaration/ws-gateway.decorator.js';
import { joinPath } from '../routes/gateway-path.js';
import { kHub } from '../routes/own-hub.js';
import { GatewayCloseCauses } from '../support/close-causes.js';
import type { Done, Rights, Tick } from './contract/inspector-contract.js';
import { INSPECTOR, type ResolvedInspector } from './inspector-options.js';
import { Inspectors, whoIs, type InspectorConnection } from './inspectors.js';
import { OriginGuard } from './origin-guard.js';
import { readTexts, readView } from './views/read-view.js';

/** Behind the path of the page. */
export const SOCKET = 'socket';
/** Messages of one inspector in a second: it scrolls, and no more. */
const RATE = 40;
/** Bytes of the longest message of an inspector. */
const MAX_MESSAGE = 16 * 1024;

/** What inspectors ask for. */
class Looking {
  readonly [kHub]: Hub;
  readonly #inspectors: Inspectors;
  readonly #rights: Omit<Rights, 'who'>;

  constructor(inspectors: Inspectors, @Inject(INSPECTOR) { payloads, actions }: ResolvedInspector) {
    this[kHub] = inspectors.own;
    this.#inspectors = inspectors;
    this.#rights = { payloads, actions: actions !== false };
  }

  @OnConnect()
  opened(@ConnectedSocket() connection: InspectorConnection): void {
    this.#inspectors.opened(connection);
  }

  @OnDisconnect()
  closed(@ConnectedSocket() connection: InspectorConnection): void {
    this.#inspectors.closed(connection);
  }

  @OnMessage('rights')
  rights(@ConnectedSocket() connection: InspectorConnection): Rights {
    return { ...this.#rights, who: whoIs(connection) };
  }

  @OnMessage('look')
  look(
    @ConnectedSocket() connection: InspectorConnection,
    @MessageBody() view: unknown,
  ): Tick | null {
    return this.#inspectors.look(connection, readView(view));
  }

  @OnMessage('tail')
  tail(@ConnectedSocket() connection: InspectorConnection, @MessageBody() data: unknown): Done {
    const { connection: id } = readTexts(data, 'connection');
    return { done: this.#inspectors.tail(connection, id) };
  }
}

/** What inspectors do, where they may. An id is never given twice: done again, nothing is done. */
class Acting {
  readonly #inspectors: Inspectors;
  readonly #hub: Hub;

  constructor(inspectors: Inspectors, hub: Hub) {
    this.#inspectors = inspectors;
    this.#hub = hub;
  }

  @OnMessage('disconnect')
  disconnect(
    @ConnectedSocket() inspector: InspectorConnection,
    @MessageBody() data: unknown,
  ): Done {
    const connection = this.#find(readTexts(data, 'connection').connection);
    if (connection === undefined) return { done: false };
    const { code, reason } = GatewayCloseCauses.ByOperator;
    connection.close(code, reason);
    this.#inspectors.log(inspector, `disconnected ${nameOf(connection)}`, connection);
    return { done: true };
  }

  @OnMessage('leave')
  leave(@ConnectedSocket() inspector: InspectorConnection, @MessageBody() data: unknown): Done {
    const { connection: id, room } = readTexts(data, 'connection', 'room');
    const connection = this.#find(id);
    if (connection === undefined || !this.#hub.rooms.leave(connection, room))
      return { done: false };
    const what = `took ${nameOf(connection)} out of room ${JSON.stringify(room)}`;
    this.#inspectors.log(inspector, what, connection);
    return { done: true };
  }

  #find(id: string): Connection | undefined {
    return this.#hub.registry.get(id);
  }
}
// What decorates the classes would; they are made below, for each application anew.
Inject(Inspectors)(Acting, undefined, 0);
Inject(Hub)(Acting, undefined, 1);

function nameOf({ userId }: Connection): string {
  return userId === undefined ? 'a client' : `user ${JSON.stringify(userId)}`;
}

/** The gateways of the path of an inspector: classes of their own, for their guards are the application's. */
export function inspectorGateways({
  path,
  guard,
  actions,
  allowedOrigins,
}: ResolvedInspector): Type[] {
  const settings = { path: joinPath(path, SOCKET), version: VERSION_NEUTRAL } as const;
  class InspectorGateway extends Looking {}
  VerifyClient(new OriginGuard(allowedOrigins), guard)(InspectorGateway);
  WsGateway({
    ...settings,
    // Stricter than the option: see the guard.
    allowedOrigins: '*',
    codecs: { '': 'json' },
    rate: { connection: { messages: RATE } },
    slowConsumers: 'close',
    limits: { maxPayload: MAX_MESSAGE },
  })(InspectorGateway);
  if (actions === false) return [InspectorGateway];
  class InspectorActions extends Acting {}
  WsGateway(settings)(InspectorActions);
  if (actions !== true) UseGuards(actions)(InspectorActions);
  return [InspectorGateway, InspectorActions];
}
