import { parse, type ParsedUrlQuery } from 'node:querystring';

/**
 * A request target taken apart, with the members of Node's `url.parse(target, true)`. A target names no
 * server, so those members are null.
 */
export interface ResourceUrl {
  readonly protocol: null;
  readonly slashes: null;
  readonly auth: null;
  readonly host: null;
  readonly hostname: null;
  readonly port: null;
  readonly hash: null;
  readonly href: string;
  readonly path: string;
  /** Without the query, not decoded. */
  readonly pathname: string;
  /** With its "?"; '' when there is none. */
  readonly search: string;
  /** Decoded; a name that comes several times has an array. Without a prototype. */
  readonly query: ParsedUrlQuery;
}

/** @param query without its "?" */
export function resourceUrl(pathname: string, query: string): ResourceUrl {
  const search = query === '' ? '' : `?${query}`;
  const path = pathname + search;
  return {
    protocol: null,
    slashes: null,
    auth: null,
    host: null,
    hostname: null,
    port: null,
    hash: null,
    href: path,
    path,
    pathname,
    search,
    query: parse(query),
  };
}
