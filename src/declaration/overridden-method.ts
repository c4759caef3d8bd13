import { GUARDS_METADATA, METHOD_ENHANCERS } from '../support/nest-metadata.js';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import {
  DECORATORS,
  DESCRIPTION_METADATA,
  OWN_METADATA,
  PROTOCOL_METADATA,
  RATE_METADATA,
} from './metadata.js';

/** What is said about a method beside what it is for. */
const ADDITIONS: ReadonlySet<unknown> = new Set([PROTOCOL_METADATA, RATE_METADATA]);

/** A class whose methods are looked at. */
export interface MethodHost {
  readonly name: string;
  readonly prototype: object;
}

/**
 * The function that carries what a decorator of ours says about a method, if any does. A method that
 * overrides another keeps what it does not say anew: a check must not vanish because a subclass writes the
 * method without repeating the decorator.
 */
export function decorated(
  key: string,
  { prototype }: MethodHost,
  name: string,
): object | undefined {
  return versionsOf(prototype, name).find((method) => Reflect.hasOwnMetadata(key, method));
}

/** How many classes of the chain are at or below the one that first has the method: base classes first. */
export function levelOf({ prototype }: MethodHost, name: string): number {
  let level = 0;
  for (let at: object | null = prototype; at !== null; at = Reflect.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name)) level = depthOf(at);
  }
  return level;
}

/** Prototypes under this one, `Object.prototype` included. */
export function depthOf(prototype: object): number {
  const below = Reflect.getPrototypeOf(prototype);
  return below === null ? 0 : 1 + depthOf(below);
}

/**
 * Refuses a method that keeps its place in the gateway and loses what other decorators said about the one
 * it overrides: guards and roles are on that function, and Nest does not look at it any more.
 *
 * @param decides whether it lets clients in: then guards may not get lost when it is decorated anew, either
 * @throws {WsConfigurationError}
 */
export function assertKeepsDecorators(type: MethodHost, name: string, decides: boolean): void {
  const [own, ...overridden] = versionsOf(type.prototype, name);
  if (own === undefined) return;
  const said = Reflect.getOwnMetadataKeys(own);
  const lost = new Set<unknown>();
  // Whose place it keeps: one that only has a limit of its own, or another place beside it, keeps it as well.
  for (const method of placesKept(said, overridden)) {
    for (const key of Reflect.getOwnMetadataKeys(method)) if (!isOurKey(key)) lost.add(key);
  }
  const base = overridden.find(isOurs);
  if (decides && base !== undefined && Reflect.hasOwnMetadata(GUARDS_METADATA, base)) {
    lost.add(GUARDS_METADATA);
  }
  const missing = [...lost].filter((key) => !said.includes(key));
  if (missing.length === 0) return;
  const names = missing.map((key) => METHOD_ENHANCERS.get(key) ?? String(key));
  throw new WsConfigurationError(
    `Cannot map ${type.name}.${name}: it overrides a method and has to repeat its decorators, current value is without ${names.join(', ')}`,
  );
}

/** Those of the overridden methods that say what the method is for, which it does not say itself. */
function placesKept(said: readonly unknown[], overridden: readonly object[]): Set<object> {
  const seen = new Set<unknown>(said);
  const kept = new Set<object>();
  for (const method of overridden) {
    for (const key of Reflect.getOwnMetadataKeys(method)) {
      if (!isWorkingKey(key) || ADDITIONS.has(key) || seen.has(key)) continue;
      seen.add(key);
      kept.add(method);
    }
  }
  return kept;
}

/** The functions of that name, of the class and of those it extends. */
function versionsOf(prototype: object, name: string): object[] {
  const versions: object[] = [];
  for (let at: object | null = prototype; at !== null; at = Reflect.getPrototypeOf(at)) {
    const value: unknown = Reflect.getOwnPropertyDescriptor(at, name)?.value;
    if (typeof value === 'function') versions.push(value);
  }
  return versions;
}

/** The decorators of ours that say something about a method: `@OnMessage` and the like. */
export function ourDecorators({ prototype }: MethodHost, name: string): string[] {
  const keys = versionsOf(prototype, name).flatMap((method) =>
    Reflect.getOwnMetadataKeys(method).filter(isWorkingKey),
  );
  return [...new Set(keys)].map((key) => DECORATORS.get(key) ?? String(key));
}

function isOurs(method: object): boolean {
  return Reflect.getOwnMetadataKeys(method).some(isWorkingKey);
}

/** Who only describes a method anew has not decorated it anew. */
function isWorkingKey(key: unknown): boolean {
  return isOurKey(key) && !String(key).startsWith(DESCRIPTION_METADATA);
}

function isOurKey(key: unknown): boolean {
  return typeof key === 'string' && key.startsWith(OWN_METADATA);
}
