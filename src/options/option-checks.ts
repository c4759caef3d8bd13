import { inspect } from 'node:util';
import { WsConfigurationError } from '../support/ws-configuration-error.js';

/** The longest delay Node's timers take; a longer one would fire at once. */
const MAX_DELAY = 2 ** 31 - 1;

/** @throws {WsConfigurationError} for a key that is not allowed: a typing error would go unnoticed */
export function knownKeys(value: object, allowed: readonly string[], name: string): void {
  for (const key of Object.keys(value)) {
    if (allowed.includes(key)) continue;
    throw new WsConfigurationError(
      `Cannot read ${name}: expected one of ${allowed.join(', ')}, current value is ${key}`,
    );
  }
}

/**
 * One option: its value, or the fallback when it is not set.
 * @throws {WsConfigurationError} naming the option, its value and what is allowed
 */
export function check<T, F>(
  value: unknown,
  name: string,
  allowed: string,
  holds: (value: unknown) => value is T,
  fallback: F,
): T | F {
  if (value === undefined) return fallback;
  if (holds(value)) return value;
  throw new WsConfigurationError(
    `Cannot read ${name}: expected ${allowed}, current value is ${inspect(value, { depth: 1 })}`,
  );
}

export function positive<F>(value: unknown, name: string, fallback: F): number | F {
  return check(value, name, 'a whole number, 1 or more', isPositive, fallback);
}

export function milliseconds<F>(value: unknown, name: string, fallback: F): number | F {
  const allowed = `whole milliseconds, 1 to ${MAX_DELAY}`;
  return check(value, name, allowed, isDelay, fallback);
}

/** The same for times that 0 turns off. */
export function millisecondsOrOff<F>(value: unknown, name: string, fallback: F): number | F {
  return value === 0 ? 0 : milliseconds(value, name, fallback);
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

export function isString(value: unknown): value is string {
  return typeof value === 'string';
}

export function isFunction(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === 'function';
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isPositive(value: unknown): value is number {
  return isCount(value) && value > 0;
}

function isDelay(value: unknown): value is number {
  return isPositive(value) && value <= MAX_DELAY;
}
