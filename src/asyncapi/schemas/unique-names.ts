/** Longer names than this nobody reads. */
const MAX_NAME = 80;

/**
 * Names under which parts of a document stand: letters, digits, `_`, `-` and `.`, for AsyncAPI allows no other
 * in its components and they need no escape in a reference. None is given twice.
 */
export class UniqueNames {
  readonly #taken = new Set<string>();

  /** @param wanted anything; what may not stand in a name becomes `_` */
  take(wanted: string): string {
    const base = readable(wanted);
    let name = base;
    for (let count = 2; this.#taken.has(name); count++) name = `${base}_${count}`;
    this.#taken.add(name);
    return name;
  }
}

function readable(wanted: string): string {
  const name = wanted.replaceAll(/[^\w.-]+/g, '_').slice(0, MAX_NAME);
  // Names of properties of all objects are no names of entries for some readers.
  return /^_*$/.test(name) || name in {} ? `unnamed${name}` : name;
}
