/**
 * Chooses the subprotocol (RFC 6455 4.2.2 item 5): the first the server speaks that the client offers.
 *
 * @returns the name; `''` when the path has no protocols or the client offers none; `undefined` when
 *   the client offers only others, with whom there is no common language
 */
export function negotiateProtocol(
  spoken: readonly string[],
  offered: readonly string[],
): string | undefined {
  if (spoken.length === 0 || offered.length === 0) return '';
  return spoken.find((name) => offered.includes(name));
}
