/** A place in the history of a room. */
export interface Position {
  readonly room: string;
  readonly epoch: string;
  readonly offset: number;
}

/** One message, whatever codec carries it; see docs/wire.md. */
export interface Frame {
  readonly event: string;
  readonly data?: unknown;
  readonly id?: string | number | undefined;
  /** Asks the server to handle a call once, however often it is sent. */
  readonly key?: string | undefined;
  /** Bytes belong to this call. */
  readonly upload?: { readonly size?: number | undefined } | undefined;
  readonly complete?: boolean | undefined;
  readonly at?: Position | undefined;
  readonly mail?: number | undefined;
}

const LONGEST_NAME = 128;

/** What the server sent, with every field checked; undefined when it is no message of this wire. */
export function readFrame(value: unknown): Frame | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { event, data, id, complete, at, mail } = value as Record<string, unknown>;
  const known =
    isName(event) &&
    (id === undefined || isName(id) || Number.isFinite(id)) &&
    (at === undefined || isPosition(at)) &&
    (mail === undefined || Number.isSafeInteger(mail));
  if (!known) return undefined;
  return {
    event,
    data,
    id: id as Frame['id'],
    complete: complete === true,
    at,
    mail: mail as number | undefined,
  };
}

/** Whether it is a place of the room's history. */
export function isPosition(value: unknown): value is Position {
  const { room, epoch, offset } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof room === 'string' &&
    typeof epoch === 'string' &&
    Number.isSafeInteger(offset) &&
    (offset as number) >= 0
  );
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME;
}
