import { callback, flag, kind, OptionTable, text, type OptionsFor } from '#hub';
import { isRecord } from '../../support/is-record.js';
import type { Gap } from '../schemas/gaps.js';
import type { ContactObject, LicenseObject } from '../writer/document.js';

/** Where an application is reached. */
export interface AsyncApiServer {
  /** Such as `wss://example.com/api`; the paths of gateways are put behind it. */
  url: string;
  /** What it is for; CommonMark. */
  description?: string;
}

/** What a document says that no gateway knows. */
export interface AsyncApiOptions {
  /** What the API is called. Default `WebSocket API`. */
  title?: string;
  /** Its version, not that of AsyncAPI. Default `1.0.0`. */
  version?: string;
  /** What it is for; CommonMark. */
  description?: string;
  /** Who is asked. */
  contact?: ContactObject;
  /** Under what it may be used. */
  license?: LicenseObject;
  /** Where it is reached, by name. Default: nothing is said. */
  servers?: Readonly<Record<string, string | AsyncApiServer>>;
  /** Whether messages of the wire itself are listed, such as `$ping` and `exception`. Default true. */
  wire?: boolean;
  /** Whether what nobody has declared is an error. Default false: the document leaves it open. */
  strict?: boolean;
  /** Told what nobody has declared. */
  onGap?: (gap: Gap) => void;
}

const contact = kind('an object with name, url or email', isTexts('name', 'url', 'email'));
const license = kind(
  'an object with a name, and a url or none',
  (value): value is LicenseObject => isTexts('name', 'url')(value) && 'name' in value,
);
const servers = kind(
  'an object with a URL for each server, or { url, description }',
  (value): value is NonNullable<AsyncApiOptions['servers']> =>
    isRecord(value) && Object.values(value).every(isServer),
);

/** What makes a document. */
export const ASYNCAPI_OPTIONS = new OptionTable({
  title: text('WebSocket API'),
  version: text('1.0.0'),
  description: text(undefined),
  contact: contact(undefined),
  license: license(undefined),
  servers: servers(undefined),
  wire: flag(true),
  strict: flag(false),
  onGap: callback<NonNullable<AsyncApiOptions['onGap']>>(),
} satisfies OptionsFor<AsyncApiOptions>);

function isServer(value: unknown): boolean {
  return typeof value === 'string' || (isTexts('url', 'description')(value) && 'url' in value);
}

/** An object with these fields alone, all of them texts. */
function isTexts<Name extends string>(...names: Name[]) {
  return (value: unknown): value is { readonly [Field in Name]?: string } =>
    isRecord(value) &&
    Object.entries(value).every(
      ([name, one]) => names.some((known) => known === name) && typeof one === 'string',
    );
}
