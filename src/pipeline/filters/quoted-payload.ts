import { Stream } from 'node:stream';
import { isRecord } from '../../support/is-record.js';

/** Objects looked at in one reply, and how deep: what nobody has looked at is not sent. */
const MAX_OBJECTS = 100_000;
const MAX_DEPTH = 64;

/** Validation errors of one reply: a client may fail a rule once for each element of a long array. */
const MAX_VALIDATION_ERRORS = 1_000;

/**
 * What goes out of an error, without the payload in it. An `exceptionFactory` that passes class-validator's
 * errors on would echo the payload, which they carry as `target` and `value`: of such errors, at any depth
 * and in whatever they are wrapped, only the names and sentences are left. A name that the client has made
 * up (`forbidNonWhitelisted`) is payload, too, and so is a request with its headers.
 *
 * @returns the value itself when there is nothing to leave out; `undefined` in place of what has more
 *   objects or levels than can be looked at, or that cannot be read
 */
export function withoutPayload(value: unknown): unknown {
  return new PayloadRemover().clean(value, 0);
}

class PayloadRemover {
  readonly #above = new Set<object>();
  #objects = 0;
  #validationErrors = 0;

  clean(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return withoutMadeUpName(value);
    if (!isRecord(value) || ArrayBuffer.isView(value) || value instanceof Date) return value;
    // A request with its headers, a response, a socket: what they hold is nobody's business.
    if (value instanceof Stream) return undefined;
    if (depth > MAX_DEPTH || ++this.#objects > MAX_OBJECTS || this.#above.has(value)) {
      return undefined;
    }
    this.#above.add(value);
    try {
      return this.#cleanObject(value, depth + 1);
    } catch {
      // A getter, a `toJSON` or a proxy that throws.
      return undefined;
    } finally {
      this.#above.delete(value);
    }
  }

  #cleanObject(value: Record<string, unknown>, depth: number): unknown {
    if (Array.isArray(value)) return this.#cleanList(value, depth);
    if (isValidationError(value)) return this.#cleanValidationError(value, depth);
    if (value instanceof Map) {
      const entries: unknown[] = [...value];
      const clean = this.#cleanList(entries, depth);
      return clean === entries ? value : clean;
    }
    if (value instanceof Set) {
      const items: unknown[] = [...value];
      const clean = this.#cleanList(items, depth);
      return clean === items ? value : clean;
    }
    const clean = this.#cleanEntries(value, depth);
    if (clean !== value || typeof value['toJSON'] !== 'function') return clean;
    const json: unknown = value['toJSON']();
    const cleanJson = this.clean(json, depth);
    return cleanJson === json ? value : cleanJson;
  }

  #cleanList(list: readonly unknown[], depth: number): unknown {
    let changed = false;
    const clean: unknown[] = [];
    for (const item of list) {
      const hadErrors = this.#validationErrors;
      const kept = this.clean(item, depth);
      changed ||= kept !== item;
      // Beyond the limit nothing is left of a validation error.
      if (kept === undefined && item !== undefined && hadErrors >= MAX_VALIDATION_ERRORS) continue;
      clean.push(kept);
    }
    return changed ? clean : list;
  }

  #cleanEntries(record: Record<string, unknown>, depth: number): Record<string, unknown> {
    let changed = false;
    const entries: [string, unknown][] = [];
    for (const key of Object.keys(record)) {
      const kept = this.#cleanProperty(record, key, depth);
      const name = isMadeUpGroup(key, kept?.value) ? '*' : key;
      changed ||= kept === undefined || name !== key || kept.changed;
      if (kept !== undefined) entries.push([name, kept.value]);
    }
    return changed ? Object.fromEntries(entries) : record;
  }

  /** @returns `undefined` for one that cannot be read */
  #cleanProperty(
    record: Record<string, unknown>,
    key: string,
    depth: number,
  ): { readonly value: unknown; readonly changed: boolean } | undefined {
    try {
      const value = record[key];
      const clean = this.clean(value, depth);
      return { value: clean, changed: clean !== value };
    } catch {
      return undefined;
    }
  }

  #cleanValidationError(error: Record<string, unknown>, depth: number): unknown {
    if (++this.#validationErrors > MAX_VALIDATION_ERRORS) return undefined;
    const { property, constraints, children } = error;
    const clean: Record<string, unknown> = {};
    const isMadeUp = isRecord(constraints) && Object.hasOwn(constraints, 'whitelistValidation');
    if (typeof property === 'string' && !isMadeUp) clean['property'] = property;
    if (constraints !== undefined) clean['constraints'] = this.clean(constraints, depth);
    if (Array.isArray(children) && children.length > 0) {
      clean['children'] = this.#cleanList(children.slice(0, MAX_VALIDATION_ERRORS), depth);
    }
    return clean;
  }
}

/** By its shape: the class may be one of several copies of class-validator, or a plain copy of its fields. */
function isValidationError(value: Record<string, unknown>): boolean {
  const isNamed = typeof value['property'] === 'string';
  const isRuled = 'constraints' in value || Array.isArray(value['children']);
  return isNamed ? isRuled || 'target' in value || 'value' in value : isRuled && 'target' in value;
}

/** How class-validator words that nobody has declared a property, and its `toString()`. */
const BEFORE_NAME = /(?:^|[,;\n.-] ?)property (?!should not exist)/;
const AFTER_NAME = [
  ' should not exist',
  ' has failed the following constraints: whitelistValidation',
];
const NAMELESS = `property${AFTER_NAME[0]}`;

/** From the first such name to the end of the last one: what stands between may be a name as well. */
function withoutMadeUpName(text: string): string {
  for (const after of AFTER_NAME) {
    const end = text.lastIndexOf(after);
    const before = end < 0 ? null : BEFORE_NAME.exec(text);
    if (before === null) continue;
    const start = before.index + before[0].length;
    if (start < end) return withoutMadeUpName(text.slice(0, start - 1) + text.slice(end));
  }
  return text;
}

/** `errorFormat: 'grouped'` has the name as key. */
function isMadeUpGroup(key: string, sentences: unknown): boolean {
  return key !== '*' && Array.isArray(sentences) && sentences.some((text) => text === NAMELESS);
}
