import type { Emission } from '../emissions/emission.js';
import { quoted } from '../types/literals.js';
import type { Place } from '../types/place.js';
import type { WireTypes } from '../types/wire-types.js';
import { UNDEFINED, union, type Member, type WireType } from '../types/wire-type.js';

/** What clients hear of, by its name: where it is sent from several places, any of what they send. */
export function sentOf(
  types: WireTypes,
  emissions: readonly Emission[],
  part: Emission['part'],
): Member[] {
  const found = new Map<string, WireType[]>();
  for (const { part: own, event, node, data } of emissions) {
    if (own !== part) continue;
    const place: Place = {
      node,
      of: `the data of ${quoted(event)}`,
      trail: '',
      direction: 'out',
      within: [],
    };
    const type = data === undefined ? UNDEFINED : types.of(data, place);
    found.set(event, [...(found.get(event) ?? []), type]);
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, all]) => ({ name, type: union(all), isOptional: false, isReadonly: false }));
}
