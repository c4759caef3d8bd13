import { inspect } from 'node:util';
import { UsageError } from '#engine';

/** Whose options are read: how messages about them begin, and which error they are. */
interface OptionOwner {
  /** @param path of one option, such as `shutdown.code`; '' for all of them */
  at(path: string): string;
  error(message: string): Error;
}

/** Where an option stands: makes the errors about it. */
export class OptionPlace {
  readonly #owner: OptionOwner;
  readonly #path: string;

  constructor(owner: OptionOwner, path = '') {
    this.#owner = owner;
    this.#path = path;
  }

  /** The place of an option among those at this one. */
  in(name: string): OptionPlace {
    return new OptionPlace(this.#owner, this.#path === '' ? name : `${this.#path}.${name}`);
  }

  /** A value that may not be given. */
  refuse(allowed: string, value: unknown): Error {
    return this.#error(`expected ${allowed}, current value is ${show(value)}`);
  }

  /** A name that no option has. @param meant the one that is near to it */
  unknown(name: string, names: readonly string[], meant: string | undefined): Error {
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    return this.#error(`expected one of ${names.join(', ')}, current value is ${name}${hint}`);
  }

  /** A value that cannot be looked at: its getter has thrown `error`. */
  unreadable(allowed: string, error: unknown): Error {
    return this.#error(`expected ${allowed}, but reading it failed with ${reason(error)}`);
  }

  /** A value that whoever uses it has refused. */
  refused(error: unknown): Error {
    return this.#error(reason(error));
  }

  #error(message: string): Error {
    return this.#owner.error(`${this.#owner.at(this.#path)}: ${message}`);
  }
}

/**
 * The place of options of this layer.
 * @param what `hub` for those of a hub, for a message about all of them
 * @param path where they stand among others, such as `history`
 */
export function usagePlace(what: string, path?: string): OptionPlace {
  const owner: OptionOwner = {
    at: (name) => (name === '' ? `Cannot use options of ${what}` : `Cannot use option ${name}`),
    error: (message) => new UsageError(message),
  };
  return new OptionPlace(owner, path);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : show(error);
}

function show(value: unknown): string {
  try {
    return inspect(value, { depth: 1, maxArrayLength: 10, maxStringLength: 100 });
  } catch {
    // A value may bring an inspection of its own, which may throw.
    return `of type ${typeof value}`;
  }
}
