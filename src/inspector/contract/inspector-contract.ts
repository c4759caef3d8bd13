// What the inspector's page and its server say to each other: types alone.

export type Tab = 'connections' | 'rooms' | 'users' | 'events' | 'incidents' | 'cluster';

/** What of a list is shown. */
export interface View {
  readonly tab: Tab;
  /** A column of the tab. */
  readonly sort: string;
  readonly descending: boolean;
  /** Rows that contain it, in whatever they say of themselves; '' for all. At most 256 characters. */
  readonly search: string;
  /** The first row, counted from 0, and how many of them: at most 200. */
  readonly from: number;
  readonly count: number;
  /** Of connections: those in this room alone. */
  readonly room?: string | undefined;
  /** Of connections: those of this user alone. */
  readonly user?: string | undefined;
  /** Of connections: those alone that have something waiting, or have lost something. */
  readonly slow?: boolean | undefined;
  /** Id of the connection that is looked at closely. */
  readonly open?: string | undefined;
}

export interface ConnectionRow {
  readonly id: string;
  readonly path: string;
  readonly user: string | null;
  readonly ip: string;
  /** Milliseconds since it was opened, and since its last message. */
  readonly age: number;
  readonly idle: number;
  /** Milliseconds from ping to pong, -1 before the first. */
  readonly latency: number;
  /** Bytes that have waited for a second at least. */
  readonly queue: number;
  readonly rooms: number;
  /** In the last second: messages and bytes, both ways. */
  readonly messages: number;
  readonly bytes: number;
  /** Messages that a policy has left out since the inspector has been looking. */
  readonly dropped: number;
  /** Bytes a second, both ways, of the last 40 seconds at most: the oldest first. */
  readonly spark: readonly number[];
}

export interface RoomRow {
  readonly name: string;
  readonly members: number;
}

export interface UserRow {
  readonly id: string;
  readonly connections: number;
}

/** A handler, since the inspector has been looking. */
export interface EventRow {
  readonly path: string;
  readonly event: string;
  /** In the last second. */
  readonly rate: number;
  readonly total: number;
  readonly failed: number;
  /** Milliseconds of the last 10 to 20 seconds. */
  readonly p50: number;
  readonly p99: number;
}

export type IncidentKind =
  | 'refused upgrade'
  | 'refused message'
  | 'rate limit'
  | 'dropped'
  | 'too slow'
  | 'closed badly'
  | 'cluster'
  | 'action';

/** Something that went wrong, or that somebody did. */
export interface IncidentRow {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: IncidentKind;
  readonly path: string;
  readonly what: string;
  /** Id of the connection; '' where there is none. */
  readonly connection: string;
}

export interface NodeRow {
  readonly id: string;
  readonly name: string;
  /** Whether it is the one that answers. */
  readonly here: boolean;
  readonly uptime: number;
  readonly connections: number;
  readonly users: number;
  readonly rooms: number;
  readonly codecs: string;
}

/** The row of each tab. */
export interface RowOf {
  connections: ConnectionRow;
  rooms: RoomRow;
  users: UserRow;
  events: EventRow;
  incidents: IncidentRow;
  cluster: NodeRow;
}

/** A part of a list. */
export type Window = {
  [T in Tab]: {
    readonly tab: T;
    readonly from: number;
    /** Of how many rows that match. */
    readonly total: number;
    readonly rows: readonly RowOf[T][];
  };
}[Tab];

/** One connection, closely. */
export interface Details {
  readonly id: string;
  readonly open: boolean;
  readonly user: string | null;
  readonly path: string;
  readonly protocol: string;
  readonly ip: string;
  readonly origin: string;
  readonly agent: string;
  readonly connectedAt: number;
  readonly tags: readonly string[];
  /** The first 200, and how many there are. */
  readonly rooms: readonly string[];
  readonly roomCount: number;
  /** Since the inspector has been looking. */
  readonly received: Traffic;
  readonly sent: Traffic;
  readonly latency: number;
  readonly queue: number;
  readonly dropped: number;
  readonly idle: number;
}

export interface Traffic {
  readonly messages: number;
  readonly bytes: number;
}

/** The whole of this process. */
export interface Summary {
  readonly node: string;
  readonly name: string;
  readonly link: 'alone' | 'connecting' | 'up' | 'down';
  readonly draining: boolean;
  readonly uptime: number;
  readonly connections: number;
  /** 0 where there is none. */
  readonly limit: number;
  readonly users: number;
  readonly rooms: number;
  readonly nodes: number;
  /** In the last second. */
  readonly received: Traffic;
  readonly sent: Traffic;
  /** Bytes that have waited for a second at least, of all connections, and how many of them have some. */
  readonly queue: number;
  readonly waiting: number;
  readonly incidents: number;
  /** Broadcasts that wait for the broker. */
  readonly outbox: number;
  /** Milliseconds between two looks: more than 1,000 where a look takes long. */
  readonly interval: number;
}

/** What an inspector is told of itself. */
export interface Rights {
  readonly payloads: boolean;
  readonly actions: boolean;
  /** Who it is: the id of its user, or its address. */
  readonly who: string;
}

export interface Tick {
  readonly summary: Summary;
  readonly window: Window;
  readonly details: Details | null;
}

/** A message of the connection that is followed. */
export interface TailFrame {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly direction: 'in' | 'out';
  readonly bytes: number;
  readonly binary: boolean;
  /** What it says it is; '' where it says nothing that can be read. */
  readonly event: string;
  /** Its beginning; undefined where payloads are not shown. */
  readonly payload?: string | undefined;
}

export interface TailFrames {
  readonly connection: string;
  readonly frames: readonly TailFrame[];
  /** Frames that were too many to be told since the last time. */
  readonly skipped: number;
  /** Nothing more comes: the connection has closed. */
  readonly ended: boolean;
}

export interface Done {
  /** False where there was nothing to do: the connection has closed, or was not in the room. */
  readonly done: boolean;
}

/** What the inspector's path speaks. */
export interface InspectorContract {
  calls: {
    rights(): Rights;
    /**
     * Shows this from now on: the answer is the first look, `tick` brings the others. Null where looking has
     * taken long already: then the next `tick` brings this one, too.
     */
    look(view: View): Tick | null;
    /** Follows the messages of one connection, and of no other; '' of none. */
    tail(data: { connection: string }): Done;
    disconnect(data: { connection: string }): Done;
    leave(data: { connection: string; room: string }): Done;
  };
  events: { tick: Tick; frames: TailFrames };
}
