import {
  CanJoin,
  ConnectedSocket,
  contract,
  History,
  IncomingUpload,
  Mailbox,
  MessageBody,
  Upload,
  VerifyClient,
  WsGateway,
  type Connection,
  type RoomGrant,
} from 'nestwire';
import { JwtGuard } from '../../03-auth/src/jwt.guard.js';
import type { BoardContract, Card } from './board.contract.js';
import { Board } from './board.service.js';
import { AddDto, AttachDto, MoveDto } from './card.dto.js';

const { OnMessage } = contract<BoardContract>();
type Client = Connection<BoardContract>;

/** Bytes of a file on a card. */
const MAX_FILE = 2 * 1024 * 1024;

/**
 * The room `board` has a history: a page that was away gets what it has missed. Who wrote a card finds
 * mail when somebody else has moved it, now or at the next visit.
 */
@VerifyClient(JwtGuard)
@WsGateway('/board')
export class BoardGateway {
  constructor(
    private readonly board: Board,
    private readonly history: History<BoardContract>,
    private readonly mailbox: Mailbox<BoardContract>,
  ) {}

  @CanJoin()
  mayJoin({ user }: Client, room: string): RoomGrant<BoardContract> | boolean {
    return room === 'board' && { presence: true, meta: { name: user?.sub ?? '' } };
  }

  @OnMessage('cards')
  cards(): readonly Card[] {
    return this.board.all;
  }

  @OnMessage('add')
  async add(@ConnectedSocket() { user }: Client, @MessageBody() { title }: AddDto): Promise<Card> {
    return this.tell(this.board.add(title, user?.sub ?? ''));
  }

  @OnMessage('move')
  async move(
    @ConnectedSocket() { user }: Client,
    @MessageBody() { id, column }: MoveDto,
  ): Promise<Card> {
    const card = await this.tell(this.board.move(id, column));
    const by = user?.sub ?? '';
    if (by !== card.by)
      await this.mailbox.send(card.by, 'moved', { title: card.title, column, by });
    return card;
  }

  @OnMessage('attach')
  async attach(
    @Upload({ maxSize: MAX_FILE }) upload: IncomingUpload,
    @MessageBody() { id, name }: AttachDto,
  ): Promise<Card> {
    // Refused before its first byte where there is no card.
    this.board.find(id);
    const bytes = await upload.bytes();
    return this.tell(this.board.attach(id, name, bytes));
  }

  private async tell(card: Card): Promise<Card> {
    await this.history.publish('board', 'changed', card);
    return card;
  }
}
