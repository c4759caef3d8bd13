import type { Client } from './client.js';
import { ClientCore } from './client-core.js';
import type { MailHandler, MailOptions } from './mail/mail-options.js';
import { onMail } from './mail/on-mail.js';
import { stream } from './messages/ask-stream.js';
import type { OnceOptions } from './messages/lean-client.js';
import { onAsk } from './messages/on-ask.js';
import { onFrame, type FrameListener } from './messages/on-frame.js';
import { once } from './messages/once.js';
import type { QuestionHandler } from './messages/questions.js';
import type { StreamOptions } from './messages/stream-options.js';
import { room } from './rooms/enter-room.js';
import type { Room } from './rooms/room.js';
import type { Off } from './support/off.js';
import type { UploadOptions, UploadSource } from './uploads/upload-options.js';
import { upload } from './uploads/upload.js';
import type { AnyContract } from '#contract';

/** What `connect` returns; `Client` is how its types are seen. */
export class FullClient extends ClientCore {
  once(event: string, options?: OnceOptions): Promise<unknown> {
    return once(this.#self, event, options);
  }

  stream(
    event: string,
    data?: unknown,
    options?: StreamOptions<unknown, unknown>,
  ): AsyncIterableIterator<unknown, undefined> {
    return stream<AnyContract, string>(this.#self, event, data, options);
  }

  upload(
    event: string,
    source: UploadSource,
    data?: unknown,
    options?: UploadOptions,
  ): Promise<unknown> {
    return upload<AnyContract, string>(this.#self, event, source, data, options);
  }

  onAsk(event: string, handler: QuestionHandler): Off {
    return onAsk<AnyContract, string>(this.#self, event, handler);
  }

  onFrame(listener: FrameListener): Off {
    return onFrame(this.#self, listener);
  }

  onMail(event: string, handler: MailHandler, options?: MailOptions): Off {
    return onMail(this.#self, event, handler as (data: unknown) => void, options);
  }

  room(name: string): Room<AnyContract> {
    return room(this.#self, name);
  }

  get #self(): Client {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same, without the names of a contract
    return this as unknown as Client;
  }
}
