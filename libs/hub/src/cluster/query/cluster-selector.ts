import { UsageError } from '#engine';
import type { ClusterSelector } from '../../connection/cluster-connections.js';
import { MalformedBytes } from '../../support/byte-reader.js';

const FIELDS = ['user', 'tag', 'room', 'path'] as const;

/**
 * A selector as it travels; `{}` means every connection.
 * @throws {UsageError} for a function, an unknown field, or one that is no string: what one node cannot
 *   read would mean everybody
 */
export function checkSelector(selector: unknown): ClusterSelector {
  if (typeof selector !== 'object' || selector === null || Array.isArray(selector)) {
    throw wrong(`an object of ${FIELDS.join(', ')} is expected`, typeof selector);
  }
  const meant: Partial<Record<(typeof FIELDS)[number], string>> = {};
  for (const [name, value] of Object.entries(selector)) {
    const field = FIELDS.find((one) => one === name);
    if (field === undefined) {
      const hint = name === 'where' ? 'functions do not travel' : `known are ${FIELDS.join(', ')}`;
      throw wrong(hint, name);
    }
    if (value === undefined) continue;
    if (typeof value !== 'string') throw wrong(`${name} is a string`, typeof value);
    meant[field] = value;
  }
  return meant;
}

/** @throws {MalformedBytes} for a selector that this version does not know */
export function readSelector(value: unknown): ClusterSelector {
  try {
    return checkSelector(value);
  } catch {
    throw new MalformedBytes('A selector is expected');
  }
}

function wrong(expected: string, found: string): UsageError {
  return new UsageError(`Cannot select connections: ${expected}, current value is ${found}`);
}
