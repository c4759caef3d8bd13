/** The parts of a request target, neither decoded nor normalized. */
interface RequestTarget {
  path: string;
  /** Without its "?"; '' when there is none. */
  query: string;
}

/** Scheme and authority of an absolute-form target (RFC 9112 3.2.2). */
const ABSOLUTE_FORM = /^(?:https?|wss?):\/\/[^/?#]+/i;

/**
 * Splits the target of an opening handshake. RFC 6455 4.2.1/1 lets it be a path or an absolute URI,
 * whose path is taken.
 * @returns null for an empty target, "*", an authority alone, and anything with a fragment, which
 *   never belongs on the wire (RFC 6455 3)
 */
export function parseRequestTarget(target: string | undefined): RequestTarget | null {
  if (target === undefined || target.includes('#')) return null;
  let rest = target;
  const authority = ABSOLUTE_FORM.exec(target);
  if (authority !== null) {
    rest = target.slice(authority[0].length);
    // "http://host" and "http://host?query" name the root (RFC 9110 4.2.3).
    if (!rest.startsWith('/')) rest = `/${rest}`;
  }
  if (!rest.startsWith('/')) return null;
  const mark = rest.indexOf('?');
  return mark < 0
    ? { path: rest, query: '' }
    : { path: rest.slice(0, mark), query: rest.slice(mark + 1) };
}
