import { Gaps } from '../schemas/gaps.js';
import { toRecord } from '../schemas/json-schema.js';
import { Schemas } from '../schemas/schemas.js';
import { UniqueNames } from '../schemas/unique-names.js';
import {
  ASYNCAPI_VERSION,
  type AsyncApiDocument,
  type ChannelObject,
  type InfoObject,
  type MessageObject,
  type OperationObject,
  type Reference,
  type ServerObject,
} from './document.js';

/** The id of a message, by which an answer is known. */
export const CORRELATION: Reference = { $ref: '#/components/correlationIds/id' };

/** A document while it is written: what its parts share. */
export class DocumentWriter {
  readonly gaps = new Gaps();
  readonly schemas = new Schemas(this.gaps);
  readonly channelNames = new UniqueNames();
  readonly operationNames = new UniqueNames();
  readonly #channels = new Map<string, ChannelObject>();
  readonly #operations = new Map<string, OperationObject>();
  readonly #messages = new Map<string, MessageObject>();
  readonly #security = new Map<string, { readonly name: string; readonly scheme: unknown }>();
  readonly #securityNames = new UniqueNames();

  addChannel(name: string, channel: ChannelObject): void {
    this.#channels.set(name, channel);
  }

  addOperation(name: string, operation: OperationObject): void {
    this.#operations.set(this.operationNames.take(name), operation);
  }

  /** A message that all channels have in common. */
  shareMessage(name: string, make: () => MessageObject): Reference {
    if (!this.#messages.has(name)) this.#messages.set(name, make());
    return { $ref: `#/components/messages/${name}` };
  }

  /** A scheme by which clients sign in; the same one is written once. */
  shareSecurity(name: string, scheme: unknown): Reference {
    const key = JSON.stringify(scheme);
    const known = this.#security.get(key) ?? { name: this.#securityNames.take(name), scheme };
    this.#security.set(key, known);
    return { $ref: `#/components/securitySchemes/${known.name}` };
  }

  finish(
    info: InfoObject,
    servers: Readonly<Record<string, ServerObject>> | undefined,
  ): AsyncApiDocument {
    const schemes = [...this.#security.values()];
    return {
      asyncapi: ASYNCAPI_VERSION,
      info,
      defaultContentType: 'application/json',
      ...(servers !== undefined && { servers }),
      channels: toRecord(this.#channels),
      operations: toRecord(this.#operations),
      components: {
        schemas: toRecord(this.schemas.components),
        messages: toRecord(this.#messages),
        ...(schemes.length > 0 && {
          securitySchemes: toRecord(schemes.map(({ name, scheme }) => [name, scheme])),
        }),
        correlationIds: { id: { location: '$message.payload#/id' } },
      },
    };
  }
}
