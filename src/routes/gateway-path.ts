import { pathToRegexp, type Keys } from 'path-to-regexp';
import { WsConfigurationError } from '../support/ws-configuration-error.js';

/** What a path that matched has in the places of its parameters. */
export class PathMatch {
  readonly #keys: Keys;
  readonly #found: RegExpExecArray;

  constructor(keys: Keys, found: RegExpExecArray) {
    this.#keys = keys;
    this.#found = found;
  }

  /**
   * Decoded parameters in a record without prototype, or `null` when a percent-encoding is malformed.
   * They are decoded after matching, so an encoded slash never adds a segment. A wildcard gives the list of
   * its segments, as for controllers on Express 5.
   */
  params(): Record<string, string | string[]> | null {
    const params: Record<string, string | string[]> = Object.create(null);
    try {
      this.#keys.forEach((key, index) => {
        const raw = this.#found[index + 1];
        if (raw === undefined) return;
        params[key.name] =
          key.type === 'wildcard'
            ? raw.split('/').map((segment) => decodeURIComponent(segment))
            : decodeURIComponent(raw);
      });
    } catch {
      return null;
    }
    return params;
  }
}

/**
 * A gateway's path, compiled. The syntax is that of controllers in Express 5 and Nest 11 and later
 * (path-to-regexp 8): `/chat/:room`, `/files/*path`, `/a{/:b}`; case-insensitive, one trailing slash
 * allowed.
 */
export class GatewayPath {
  /** The normalised pattern: one leading slash, no trailing one. */
  readonly pattern: string;
  readonly #regexp: RegExp;
  readonly #keys: Keys;

  /**
   * @param owner whose it is, for the error
   * @throws {WsConfigurationError} when the pattern does not parse
   */
  constructor(pattern: string, owner?: string) {
    this.pattern = joinPath(pattern);
    try {
      ({ regexp: this.#regexp, keys: this.#keys } = pathToRegexp(this.pattern));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const of = owner === undefined ? '' : ` of ${owner}`;
      throw new WsConfigurationError(
        `Cannot parse gateway path: current value is ${JSON.stringify(this.pattern)}${of} (${why})`,
      );
    }
  }

  /** Two patterns of one shape claim the same requests, whatever they call their parameters. */
  get shape(): string {
    return this.pattern
      .replaceAll(/([:*])(?:"[^"]*"|[\p{ID_Start}$_][\p{ID_Continue}$]*)/gu, '$1')
      .toLowerCase();
  }

  /**
   * @param path undecoded, without query
   * @returns null when it is another one
   */
  match(path: string): PathMatch | null {
    const found = this.#regexp.exec(path);
    return found === null ? null : new PathMatch(this.#keys, found);
  }
}

/** The undecoded path of a request target: origin-form or absolute-form (RFC 9112 3.2). */
export function pathOf(target: string): string {
  let start = 0;
  if (!target.startsWith('/')) {
    const scheme = target.indexOf('://');
    if (scheme < 0) return target;
    const authority = target.slice(scheme + 3).search(/[/?#]/);
    start = scheme + 3 + authority;
    // A slash in the query begins no path: that one is the root (RFC 9110 4.2.3).
    if (authority < 0 || target[start] !== '/') return '/';
  }
  const end = target.slice(start).search(/[?#]/);
  return end < 0 ? target.slice(start) : target.slice(start, start + end);
}

/** Joins parts of a path: one leading slash, none at the end, none doubled in between. */
export function joinPath(...parts: readonly string[]): string {
  const inner = parts.map((part) => part.replaceAll(/^\/+|\/+$/g, '')).filter(Boolean);
  return `/${inner.join('/')}`;
}
