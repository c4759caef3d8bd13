import { Inject, Query } from '@nestjs/common';
import {
  Broadcaster,
  ConnectedSocket,
  History,
  MessageBody,
  OnConnect,
  OnMessage,
  Presence,
  readSince,
  VerifyClient,
  WsGateway,
  type Connection,
} from 'nestwire';
import type { Place } from '../place.js';
import { EnterDto } from './enter.dto.js';
import { readGuest, type Guest } from './guest.js';
import { MachineLink } from './machine-link.service.js';
import { OrderDto } from './order.dto.js';
import { PLACE } from './place.token.js';
import { Placement } from './placement.js';
import { SayDto } from './say.dto.js';

const ROOM = 'lobby';
/** How many lines a newcomer gets to read. */
const NEWCOMERS_READ = 50;
/** The page is asked to connect again: the port hands it to another node then. */
const ANOTHER_NODE = 4000;

/** The same chat on every node: nothing in here knows of the others. */
@WsGateway('/chat')
export class ChatGateway {
  constructor(
    private readonly broadcaster: Broadcaster,
    private readonly history: History,
    private readonly presence: Presence,
    private readonly link: MachineLink,
    private readonly placement: Placement,
    @Inject(PLACE) private readonly place: Place,
  ) {}

  /** Its `id` makes a guest one person, on two nodes for a moment after one of them was killed. */
  @VerifyClient()
  admit(@Query('guest') id: unknown, @Query('name') name: unknown): Guest {
    return readGuest(id, name);
  }

  @OnConnect()
  welcome(connection: Connection): void {
    const { fresh, avoid } = connection.handshake.query;
    if (this.placement.prefersAnother({ fresh: fresh !== undefined, avoid })) {
      connection.close(ANOTHER_NODE, 'Another node has more room');
      return;
    }
    if (this.link.latest !== undefined) connection.send('machine', this.link.latest);
  }

  /** Asked by the page, so that it can ask again: without the broker nobody knows what it has missed. */
  @OnMessage('enter')
  async enter(
    @ConnectedSocket() connection: Connection,
    @MessageBody() { epoch, offset }: EnterDto,
  ): Promise<void> {
    const since = readSince(epoch, offset);
    await this.history.join(connection, ROOM, { since, latest: NEWCOMERS_READ });
    await this.presence.track(connection, ROOM, this.meta(connection));
  }

  /** Kept at the broker, whatever becomes of this node; rejects with UNAVAILABLE while that is away. */
  @OnMessage('say')
  async say(
    @ConnectedSocket() connection: Connection,
    @MessageBody() { key, text }: SayDto,
  ): Promise<void> {
    const line = { ...this.meta(connection), key, text, at: new Date().toISOString() };
    await this.history.publish(ROOM, 'said', line);
  }

  /** Not kept: people on this node see it at once, those on others as soon as the broker is there. */
  @OnMessage('wave')
  wave(@ConnectedSocket() connection: Connection): void {
    this.broadcaster.to(ROOM).send('waved', this.meta(connection));
  }

  @OnMessage('order')
  order(@MessageBody() { action, node }: OrderDto): void {
    this.link.tell({ kind: 'order', action, node });
  }

  private meta({ user }: Connection): { name: string; node: number } {
    return { name: (user as Guest).name, node: this.place.number };
  }
}
