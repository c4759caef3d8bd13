import type {
  AnyContract,
  Contract,
  EventData,
  EventName,
  MailData,
  MailName,
  QuestionAnswer,
  QuestionData,
  QuestionName,
  StreamData,
  StreamItem,
  StreamName,
  UploadAnswer,
  UploadData,
  UploadName,
} from '#contract';
import type { LeanClient, OnceOptions, Rest } from './messages/lean-client.js';
import type { FrameListener } from './messages/on-frame.js';
import type { MailInfo, MailOptions } from './mail/mail-options.js';
import type { StreamOptions } from './messages/stream-options.js';
import type { Room } from './rooms/room.js';
import type { Off } from './support/off.js';
import type { UploadOptions, UploadSource } from './uploads/upload-options.js';

/** A connection to one path that comes back by itself. */
export interface Client<C extends Contract = AnyContract> extends LeanClient<C> {
  /** The next event of that name. @throws {ClientError} TIMEOUT, ABORTED, and what ends the client */
  once<N extends EventName<C>>(event: N, options?: OnceOptions): Promise<EventData<C, N>>;
  /** Asked when the first item is; leaving the loop cancels it at the server. */
  stream<N extends StreamName<C>>(
    event: N,
    ...rest: Rest<StreamData<C, N>, StreamOptions<StreamData<C, N>, StreamItem<C, N>>>
  ): AsyncIterableIterator<StreamItem<C, N>, undefined>;
  /** Sends bytes as fast as the server takes them, and goes on after a lost connection. */
  upload<N extends UploadName<C>>(
    event: N,
    source: UploadSource,
    ...rest: Rest<UploadData<C, N>, UploadOptions>
  ): Promise<UploadAnswer<C, N>>;
  /** Answers questions of the server; the signal aborts when the connection is lost. One handler an event. */
  onAsk<N extends QuestionName<C>>(
    event: N,
    handler: (
      data: QuestionData<C, N>,
      how: { readonly signal: AbortSignal },
    ) => QuestionAnswer<C, N> | Promise<QuestionAnswer<C, N>>,
  ): Off;
  /** Shows every frame, in and out, for developers; see the function `onFrame`. */
  onFrame(listener: FrameListener): Off;
  /** Handles mail, once in all tabs of a browser, and acknowledges it when the handler has ended. */
  onMail<N extends MailName<C>>(
    event: N,
    handler: (data: MailData<C, N>, info: MailInfo) => void | Promise<void>,
    options?: MailOptions,
  ): Off;
  /** The room of that name; the same object each time. */
  room(name: string): Room<C>;
}
