/** An option of a command, as its help says it. */
export interface CommandOption {
  /** What stands behind it; `undefined` for one that takes nothing. */
  readonly value: string | undefined;
  readonly short?: string;
  readonly isList?: boolean;
  readonly help: string;
}

/** What `nestwire contract` takes. */
export const CONTRACT_OPTIONS = {
  out: {
    value: 'file',
    short: 'o',
    help: 'where the contract stands; without it, it is printed',
  },
  check: { value: undefined, help: 'writes nothing; fails when the file says something else' },
  project: {
    value: 'tsconfig',
    short: 'p',
    help: 'a tsconfig file or its folder; default tsconfig.build.json, else tsconfig.json',
  },
  path: { value: 'path', isList: true, help: 'only the contract of that path; may be repeated' },
  gateway: {
    value: 'class',
    isList: true,
    help: 'only the contract of that gateway; may be repeated',
  },
  protocol: {
    value: 'name',
    help: 'whose handlers are meant where an event has one for each subprotocol',
  },
  codec: {
    value: 'name',
    help: 'json (default) or msgpack, where dates and bytes stay themselves',
  },
  events: {
    value: undefined,
    help: 'also writes events and mail: what the gateways, and what they use, send',
  },
  help: { value: undefined, short: 'h', help: 'this text' },
} satisfies Readonly<Record<string, CommandOption>>;

/** What `nestwire asyncapi` takes. */
export const ASYNCAPI_OPTIONS = {
  out: {
    value: 'file',
    short: 'o',
    help: 'where the document stands, as JSON or, with .yaml, as YAML; without it, it is printed',
  },
  check: { value: undefined, help: 'writes nothing; fails when the file says something else' },
  yaml: { value: undefined, help: 'prints YAML' },
  title: { value: 'text', help: 'what the API is called; default the name in package.json' },
  'api-version': { value: 'text', help: 'its version; default the one in package.json' },
  server: {
    value: 'name=url',
    isList: true,
    help: 'where it is reached, such as production=wss://example.com; may be repeated',
  },
  configure: {
    value: 'file#name',
    help: 'a function that sets prefix and versions of the application, as its main file does',
  },
  construct: {
    value: undefined,
    help: 'constructs the providers, with all they connect to; default is to construct nothing',
  },
  'no-wire': { value: undefined, help: 'leaves out messages of the wire itself' },
  strict: { value: undefined, help: 'fails where something is not declared' },
  help: { value: undefined, short: 'h', help: 'this text' },
} satisfies Readonly<Record<string, CommandOption>>;
