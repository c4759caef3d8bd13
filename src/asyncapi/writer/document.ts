import type { JsonSchema } from '../schemas/json-schema.js';

/** A version of AsyncAPI that parsers and pages of today read. */
export const ASYNCAPI_VERSION = '3.0.0';

/** A reference to another part of the document. */
export interface Reference {
  readonly $ref: string;
}

interface Tag {
  readonly name: string;
}

/** Who is asked, and what holds. */
export interface ContactObject {
  readonly name?: string;
  readonly url?: string;
  readonly email?: string;
}

export interface LicenseObject {
  readonly name: string;
  readonly url?: string;
}

export interface InfoObject {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  readonly contact?: ContactObject;
  readonly license?: LicenseObject;
}

export interface ServerObject {
  readonly host: string;
  readonly protocol: string;
  readonly pathname?: string;
  readonly description?: string;
}

export interface MessageObject {
  readonly name: string;
  readonly title: string;
  readonly summary?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly contentType?: string;
  readonly payload: JsonSchema;
  readonly correlationId?: Reference;
  readonly examples?: readonly { readonly payload: unknown }[];
}

interface ReplyObject {
  readonly channel: Reference;
  readonly messages: readonly Reference[];
}

export interface OperationObject {
  readonly action: 'send' | 'receive';
  readonly channel: Reference;
  readonly title: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly Tag[];
  readonly messages: readonly Reference[];
  readonly reply?: ReplyObject;
  readonly security?: readonly Reference[];
}

export interface ChannelObject {
  readonly address: string;
  readonly title?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly Tag[];
  readonly messages: Readonly<Record<string, MessageObject | Reference>>;
  readonly parameters?: Readonly<Record<string, { readonly description?: string }>>;
  readonly bindings: { readonly ws: Readonly<Record<string, unknown>> };
}

/** A document of AsyncAPI 3, as it is written. */
export interface AsyncApiDocument {
  readonly asyncapi: typeof ASYNCAPI_VERSION;
  readonly info: InfoObject;
  readonly defaultContentType: string;
  readonly servers?: Readonly<Record<string, ServerObject>>;
  readonly channels: Readonly<Record<string, ChannelObject>>;
  readonly operations: Readonly<Record<string, OperationObject>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly messages: Readonly<Record<string, MessageObject>>;
    readonly securitySchemes?: Readonly<Record<string, unknown>>;
    readonly correlationIds: Readonly<Record<string, { readonly location: string }>>;
  };
}
