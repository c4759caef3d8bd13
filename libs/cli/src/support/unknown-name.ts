import { nearestName } from '#engine';

/** What is said of a name that is not among those there are, with the one that was most likely meant. */
export function unknownName(given: string, known: readonly string[]): string {
  const nearest = nearestName(given, known);
  const meant = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
  const allowed = known.length === 0 ? 'there are none' : `expected one of ${known.join(', ')}`;
  return `current value is ${given}${meant}, ${allowed}`;
}
