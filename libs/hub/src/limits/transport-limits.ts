import { DEFAULT_LIMITS, resolveLimits, type TransportLimits } from '#engine';
import { attempt } from '../options/option-kinds.js';
import type { OptionPlace } from '../options/option-place.js';
import type { Option } from '../options/option.js';
import { checkNames, isOptions, valueOf } from '../options/option-table.js';

type Limits = Readonly<Partial<TransportLimits>>;

const SAMPLES = Object.entries(DEFAULT_LIMITS);
const NAMES = SAMPLES.map(([name]) => name);

/**
 * The engine's limits, which it checks and completes by its own table. One set over another keeps what
 * it does not name.
 */
export function transportLimits<Fallback extends Limits | undefined>(
  fallback: Fallback,
): Option<Limits, Limits | Fallback> {
  return {
    allowed: 'an object',
    fallback,
    names: NAMES,
    read(value, at) {
      if (!isOptions(value)) throw at.refuse('an object', value);
      checkNames(value, NAMES, at);
      const limits: Limits = Object.fromEntries(given(value, at));
      attempt(() => resolveLimits(limits), at);
      return limits;
    },
    merge: (base, own) => ({ ...base, ...own }),
  };
}

function* given(limits: object, at: OptionPlace): Generator<[string, unknown]> {
  for (const [name, sample] of SAMPLES) {
    const allowed = typeof sample === 'boolean' ? 'true or false' : 'a whole number';
    const value = valueOf(limits, name, allowed, at);
    if (value === undefined) continue;
    if (typeof value !== typeof sample) throw at.in(name).refuse(allowed, value);
    yield [name, value];
  }
}
