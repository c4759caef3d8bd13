import type { DropRule, SendPolicy } from '#engine';
import type { HubScope } from '../support/hub-scope.js';
import type { CloseInfo } from './state/connection-end.js';

/** What a connection asks of whoever dispatches its messages. One object serves all connections. */
export interface ConnectionOwner<Client> {
  /** Id of this node; default ''. */
  readonly node?: string | undefined;
  /** Path it is served on, with the names of its parameters; default ''. */
  readonly path?: string | undefined;
  /** Whose its news are; default its own. */
  readonly scope?: HubScope | undefined;
  /** @param bytes length of the message on the wire, before inflating */
  onText(connection: Client, text: string, bytes: number): void;
  onBinary(connection: Client, payload: Buffer): void;
  /** A message of a connection that takes no more; what is under way may wait for it. */
  onHeld?(connection: Client, payload: string | Buffer): void;
  onPing(connection: Client, payload: Buffer): void;
  onPong(connection: Client, payload: Buffer): void;
  /** Whether `onPing` does anything; default true. */
  readonly hearsPings?: boolean;
  readonly hearsPongs?: boolean;
  onDrain(connection: Client): void;
  onError(connection: Client, error: Error): void;
  /** Once, last. The owner forgets the connection, then calls `finish` on it. */
  onClose(connection: Client, info: CloseInfo): void;
  /** `user` was set. */
  onUser?(connection: Client): void;
  /** Messages were dropped because the peer reads too slowly. */
  onDropped?(connection: Client, messages: number, policy: SendPolicy): void;
  /** What happens to an event that names no policy; undefined closes at the limit. */
  dropRule?(event: string): DropRule | undefined;
}
