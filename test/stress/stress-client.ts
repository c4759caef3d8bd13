import { WebSocket } from 'ws';

/** What a client knows of a room it is in or wants to be in. */
interface Membership {
  epoch: string | undefined;
  /** Offset of the message that has to come next. */
  next: number;
  joined: boolean;
  leaving: boolean;
}

interface Frame {
  readonly event: string;
  readonly data: unknown;
  readonly at?: { readonly room: string; readonly epoch: string; readonly offset: number };
}

interface JoinedData {
  readonly room: string;
  readonly epoch: string;
  readonly offset: number;
  readonly count: number;
  readonly recovered?: boolean;
}

/** What all clients of a run have seen together. */
export class Tally {
  received = 0;
  /** Of these, messages that were missed and made up for. */
  recoveredMessages = 0;
  recoveries = 0;
  connects = 0;
  cuts = 0;
  joins = 0;
  leaves = 0;
  said = 0;
  readonly errors: string[] = [];
}

/**
 * A client that checks every message against what has to come: the next offset of the room, with
 * nothing left out and nothing twice, whatever happens to its connections.
 */
export class StressClient {
  private socket: WebSocket | undefined;
  private readonly rooms = new Map<string, Membership>();
  private stopped = false;
  private gone = Promise.resolve();

  constructor(
    private readonly url: string,
    readonly name: string,
    private readonly tally: Tally,
  ) {}

  get open(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Connected, and in every room it wants to be in. */
  get settled(): boolean {
    return this.open && [...this.rooms.values()].every(({ joined, leaving }) => joined && !leaving);
  }

  get roomNames(): string[] {
    return [...this.rooms.keys()];
  }

  connect(): void {
    if (this.stopped) return;
    this.tally.connects++;
    const socket = new WebSocket(`${this.url}/?user=${this.name}`, { perMessageDeflate: false });
    this.socket = socket;
    this.gone = new Promise((resolve) => {
      socket.on('close', () => {
        resolve();
        if (this.socket === socket && !this.stopped) this.comeBack();
      });
    });
    socket.on('open', () => {
      for (const room of this.rooms.keys()) this.sendJoin(room);
    });
    socket.on('message', (data: Buffer) => this.receive(JSON.parse(data.toString()) as Frame));
    socket.on('error', () => {});
  }

  join(room: string): void {
    if (this.rooms.has(room)) return;
    this.rooms.set(room, { epoch: undefined, next: 0, joined: false, leaving: false });
    this.tally.joins++;
    if (this.open) this.sendJoin(room);
  }

  leave(room: string): void {
    const membership = this.rooms.get(room);
    if (membership?.joined !== true || membership.leaving || !this.open) return;
    membership.leaving = true;
    this.tally.leaves++;
    this.send('$leave', { room }, 1);
  }

  say(room: string): void {
    if (!this.open) return;
    this.tally.said++;
    this.send('say', { room });
  }

  /** The network is gone: no Close frame, nothing. */
  cut(): void {
    if (!this.open) return;
    this.tally.cuts++;
    this.socket?.terminate();
  }

  async stop(how: 'close' | 'terminate'): Promise<void> {
    this.stopped = true;
    this.socket?.[how]();
    await this.gone;
  }

  /** Whether everything up to `offset` of a room has come; true for rooms it is not in. */
  isAt(room: string, offset: number): boolean {
    const membership = this.rooms.get(room);
    return membership === undefined || membership.next === offset + 1;
  }

  private comeBack(): void {
    for (const [room, membership] of this.rooms) {
      membership.joined = false;
      // The server has taken it out, as it wished.
      if (membership.leaving) this.rooms.delete(room);
    }
    setTimeout(() => this.connect(), Math.random() * 400);
  }

  private sendJoin(room: string): void {
    const membership = this.rooms.get(room);
    if (membership === undefined) return;
    const { epoch, next } = membership;
    this.send('$join', epoch === undefined ? { room } : { room, epoch, offset: next - 1 });
  }

  private send(event: string, data: unknown, id?: number): void {
    this.socket?.send(JSON.stringify({ event, data, id }));
  }

  private receive({ event, data, at }: Frame): void {
    if (at !== undefined) this.message(at, data);
    else if (event === '$joined') this.joined(data as JoinedData);
    else if (event === '$leave') this.rooms.delete((data as { room: string }).room);
    else if (event === 'exception') this.fail(`exception ${JSON.stringify(data)}`);
  }

  private joined({ room, epoch, offset, count, recovered }: JoinedData): void {
    const membership = this.rooms.get(room);
    if (membership === undefined) return this.fail(`joined ${room} without asking`);
    if (membership.epoch !== undefined) {
      this.tally.recoveries++;
      this.tally.recoveredMessages += count;
      if (recovered !== true) this.fail(`${room} was not recovered at ${membership.next - 1}`);
      if (offset - count !== membership.next - 1) {
        this.fail(
          `${room}: ${count} messages up to ${offset} do not follow ${membership.next - 1}`,
        );
      }
    } else {
      membership.next = offset - count + 1;
    }
    membership.epoch = epoch;
    membership.joined = true;
  }

  private message(at: NonNullable<Frame['at']>, data: unknown): void {
    const membership = this.rooms.get(at.room);
    if (membership?.joined !== true) return this.fail(`message of ${at.room} outside of it`);
    this.tally.received++;
    if (at.offset !== membership.next) {
      const what = at.offset < membership.next ? 'duplicate' : 'gap';
      this.fail(`${what} in ${at.room}: ${at.offset} came, ${membership.next} was due`);
    }
    if ((data as { n: number }).n !== at.offset) this.fail(`order in ${at.room} at ${at.offset}`);
    membership.next = at.offset + 1;
  }

  private fail(what: string): void {
    // The first ones say it all; a broken run must not fill the memory with words.
    if (this.tally.errors.length < 20) this.tally.errors.push(`${this.name}: ${what}`);
  }
}
