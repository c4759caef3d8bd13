import { setTimeout as sleep } from 'node:timers/promises';
import { CanJoin, History, OnMessage, WsGateway } from 'nestwire';

/** What the gateway of these tests speaks: a state, and what changes it. */
export interface BoardContract {
  calls: {
    board(): Snapshot;
    unplaced(): object;
    lagging(): Snapshot;
  };
  events: { added: number; unrelated: number };
}

export interface Snapshot {
  readonly numbers: readonly number[];
  readonly at: { readonly epoch: string; readonly offset: number };
}

/** Numbers to which more are added. */
@WsGateway('/board')
export class BoardGateway {
  numbers: number[] = [];
  at: Snapshot['at'] | undefined;
  /** Snapshots that were asked for. */
  asked = 0;
  /** What happens before a snapshot is taken, and between that and its answer. */
  before: () => unknown = () => {};
  between: () => unknown = () => {};
  /** Whom the room lets in. */
  lets = true;
  onJoin: () => unknown = () => {};

  constructor(readonly history: History<BoardContract>) {}

  @CanJoin()
  async mayJoin(): Promise<boolean> {
    await this.onJoin();
    return this.lets;
  }

  /** The state and its place change together. */
  async add(n: number): Promise<void> {
    const { epoch, offset } = await this.history.publish('board', 'added', n);
    this.numbers.push(n);
    this.at = { epoch, offset };
  }

  @OnMessage('board')
  async board(): Promise<Snapshot> {
    this.asked += 1;
    await this.before();
    this.at ??= await this.history.position('board');
    const snapshot = { numbers: [...this.numbers], at: this.at };
    await this.between();
    return snapshot;
  }

  @OnMessage('unplaced')
  unplaced(): object {
    return { numbers: this.numbers, at: { offset: 1 } };
  }

  /** Behind the room for a while. */
  @OnMessage('lagging')
  async lagging(): Promise<Snapshot> {
    const { at, numbers } = this;
    const now = await this.board();
    await sleep(1);
    return this.asked < 3 && at !== undefined
      ? { numbers: numbers.slice(0, -1), at: { ...at, offset: at.offset - 1 } }
      : now;
  }
}
