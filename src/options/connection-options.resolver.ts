import {
  DEFAULT_LIMITS,
  normalizeOrigin,
  resolveCompression,
  resolveLimits,
  type PerMessageDeflateOptions,
  type TransportLimits,
} from '#engine';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { isRecord } from '../support/is-record.js';
import {
  check,
  isFunction,
  isString,
  knownKeys,
  millisecondsOrOff,
  positive,
} from './option-checks.js';
import { checkLoadOptions, LOAD_OPTIONS } from './realtime-options.js';
import type { CodecOption, ConnectionOptions, SessionOptions } from './ws-options.interface.js';

/** Names of the options that the module and its gateways have in common. */
export const CONNECTION_OPTIONS = [
  'limits',
  'compression',
  'concurrency',
  'queueSize',
  'queueBytes',
  'timeout',
  'allowedOrigins',
  'session',
  'codecs',
  ...LOAD_OPTIONS,
] as const satisfies readonly (keyof ConnectionOptions)[];

const SESSION_OPTIONS = ['expiresAt', 'notice'] satisfies (keyof SessionOptions)[];

/** What holds for the connections of one path: the gateway's options over the module's. */
export interface ResolvedConnectionOptions {
  readonly limits: Readonly<Partial<TransportLimits>>;
  /** false for none. */
  readonly compression: PerMessageDeflateOptions | false;
  readonly concurrency: number;
  readonly queueSize: number;
  readonly queueBytes: number;
  readonly timeout: number;
  readonly allowedOrigins: ConnectionOptions['allowedOrigins'];
  readonly session: SessionOptions;
  readonly codecs: Readonly<Record<string, CodecOption>>;
}

/** @param own checked, and merged over the gateways of the path */
export function overrideOptions(
  defaults: ResolvedConnectionOptions,
  own: ConnectionOptions,
): ResolvedConnectionOptions {
  return {
    limits: { ...defaults.limits, ...own.limits },
    compression: own.compression === undefined ? defaults.compression : deflateOf(own.compression),
    concurrency: own.concurrency ?? defaults.concurrency,
    queueSize: own.queueSize ?? defaults.queueSize,
    queueBytes: own.queueBytes ?? defaults.queueBytes,
    timeout: own.timeout ?? defaults.timeout,
    allowedOrigins: own.allowedOrigins ?? defaults.allowedOrigins,
    session: { ...defaults.session, ...own.session },
    codecs: { ...defaults.codecs, ...own.codecs },
  };
}

/** The module's own, which every path starts from; defaults as documented at `ConnectionOptions`. */
export function defaultOptions(options: ConnectionOptions): ResolvedConnectionOptions {
  const { limits = {}, allowedOrigins, session = {}, codecs = {} } = options;
  const { concurrency = 1, queueSize = 64, queueBytes = 256 * 1024, timeout = 0 } = options;
  const compression = deflateOf(options.compression);
  const load = { concurrency, queueSize, queueBytes, timeout };
  return { limits, compression, ...load, allowedOrigins, session, codecs };
}

function deflateOf(
  compression: ConnectionOptions['compression'] = 'disabled',
): PerMessageDeflateOptions | false {
  return resolveCompression(
    typeof compression === 'string' ? { compression } : { perMessageDeflate: compression },
  );
}

/**
 * Checks what a gateway and the module have in common.
 * @param owner who set them, for the message: `WsModule option` or `option` of a gateway
 * @throws {WsConfigurationError} naming the option, its value and what is allowed
 */
export function checkConnectionOptions(options: ConnectionOptions, owner: string): void {
  positive(options.concurrency, `${owner} concurrency`, 1);
  positive(options.queueSize, `${owner} queueSize`, 1);
  positive(options.queueBytes, `${owner} queueBytes`, 1);
  millisecondsOrOff(options.timeout, `${owner} timeout`, 0);
  checkLimits(options, owner);
  checkCompression(options, owner);
  checkCodecs(options.codecs, `${owner} codecs`);
  checkSession(options.session, `${owner} session`);
  checkOrigins(options.allowedOrigins, `${owner} allowedOrigins`);
  checkLoadOptions(options, owner);
}

function checkLimits({ limits = {} }: ConnectionOptions, owner: string): void {
  knownKeys(limits, Object.keys(DEFAULT_LIMITS), `${owner} limits`);
  try {
    resolveLimits(limits);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new WsConfigurationError(`Cannot read ${owner} limits: ${why}`);
  }
}

function checkCompression({ compression }: ConnectionOptions, owner: string): void {
  try {
    deflateOf(compression);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new WsConfigurationError(`Cannot read ${owner} compression: ${why}`);
  }
}

function checkCodecs(codecs: ConnectionOptions['codecs'] = {}, name: string): void {
  const allowed = "'json', 'msgpack' or an object with encode and decode";
  for (const [protocol, codec] of Object.entries(codecs)) {
    check(codec, `${name}.${protocol}`, allowed, isCodec, 'json');
  }
}

function checkSession(session: SessionOptions = {}, name: string): void {
  knownKeys(session, SESSION_OPTIONS, name);
  check(session.expiresAt, `${name}.expiresAt`, 'a function', isFunction, undefined);
  millisecondsOrOff(session.notice, `${name}.notice`, 0);
}

function checkOrigins(origins: ConnectionOptions['allowedOrigins'], name: string): void {
  if (origins === undefined || origins === '*') return;
  check(origins, name, "a list of origins or '*'", Array.isArray, undefined);
  // One that can never match, for instance with a path behind it, would lock its page out unnoticed.
  for (const origin of origins)
    check(origin, name, 'scheme://host or scheme://host:port', isOrigin, '');
}

function isCodec(value: unknown): value is CodecOption {
  if (value === 'json' || value === 'msgpack') return true;
  return isRecord(value) && isFunction(value['encode']) && isFunction(value['decode']);
}

function isOrigin(value: unknown): value is string {
  return isString(value) && normalizeOrigin(value) !== null;
}
