import { useInsertionEffect, useRef } from 'react';

/** What was given with the latest render that was shown, for whoever is called later. */
export function useLatest<T>(value: T): { readonly current: T } {
  const latest = useRef(value);
  // Before all other effects: those of the same render see it, too.
  useInsertionEffect(() => {
    latest.current = value;
  }, [value]);
  return latest;
}
