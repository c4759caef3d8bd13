import { toRecord } from '../schemas/json-schema.js';
import { UniqueNames } from '../schemas/unique-names.js';
import type { MessageObject, OperationObject, Reference } from './document.js';
import type { DocumentWriter } from './document-writer.js';

type Words = Pick<OperationObject, 'summary' | 'description' | 'tags'>;

/** An operation, with the messages of its channel. */
interface OperationParts extends Words {
  /** The event, mostly. */
  readonly title: string;
  readonly messages: readonly Reference[];
  readonly replies?: readonly Reference[];
}

/** A channel while it is written. */
export class ChannelWriter {
  readonly #names = new UniqueNames();
  readonly #messages = new Map<string, MessageObject | Reference>();
  readonly #shared = new Map<string, Reference>();
  readonly #reference: Reference;

  constructor(
    readonly name: string,
    readonly document: DocumentWriter,
    readonly security: readonly Reference[],
    /** Of messages with an envelope; undefined for JSON. */
    readonly contentType: string | undefined,
  ) {
    this.#reference = { $ref: `#/channels/${name}` };
  }

  get messages(): Readonly<Record<string, MessageObject | Reference>> {
    return toRecord(this.#messages);
  }

  /** @param wanted what it is called among the messages of the channel */
  addMessage(wanted: string, message: MessageObject): Reference {
    const contentType = message.contentType ?? this.contentType;
    return this.#put(wanted, {
      ...message,
      ...(contentType !== undefined && { contentType }),
    });
  }

  /** A message that other channels have, too. */
  shareMessage(name: string, make: () => MessageObject): Reference {
    const known = this.#shared.get(name);
    if (known !== undefined) return known;
    // Where the encoding is another one it is another message.
    const reference =
      this.contentType === undefined
        ? this.#put(name, this.document.shareMessage(name, make))
        : this.addMessage(name, make());
    this.#shared.set(name, reference);
    return reference;
  }

  /** @param name among the operations of the channel */
  receives(name: string, parts: OperationParts): void {
    this.#operation('receive', name, parts);
  }

  sends(name: string, parts: OperationParts): void {
    this.#operation('send', name, parts);
  }

  #operation(action: OperationObject['action'], name: string, parts: OperationParts): void {
    const { messages, replies = [], ...words } = parts;
    this.document.addOperation(`${this.name}.${action}.${name}`, {
      action,
      channel: this.#reference,
      ...words,
      ...(this.security.length > 0 && { security: this.security }),
      messages: distinct(messages),
      ...(replies.length > 0 && {
        reply: { channel: this.#reference, messages: distinct(replies) },
      }),
    });
  }

  #put(wanted: string, message: MessageObject | Reference): Reference {
    const key = this.#names.take(wanted);
    this.#messages.set(key, message);
    return { $ref: `${this.#reference.$ref}/messages/${key}` };
  }
}

function distinct(references: readonly Reference[]): Reference[] {
  return [...new Map(references.map((one) => [one.$ref, one])).values()];
}
