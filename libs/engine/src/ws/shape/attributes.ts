/**
 * Gives a class the shape of WHATWG's interfaces, as Web IDL has it: constants on the class and on its
 * prototype that nobody can change, and members that `for ... in` shows.
 */
export function shapeAs(
  target: { prototype: object },
  constants: Readonly<Record<string, number>>,
  members: readonly string[],
): void {
  const { prototype } = target;
  for (const [name, value] of Object.entries(constants)) {
    const constant = { value, enumerable: true, configurable: false, writable: false };
    Object.defineProperty(target, name, constant);
    Object.defineProperty(prototype, name, constant);
  }
  // Its own, and not those of a class above it: `Object.getOwnPropertyDescriptor` is asked by some.
  for (const name of members) {
    Object.defineProperty(prototype, name, { ...find(prototype, name), enumerable: true });
  }
}

function find(prototype: object, name: string): PropertyDescriptor {
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at) as object) {
    const found = Object.getOwnPropertyDescriptor(at, name);
    if (found !== undefined) return found;
  }
  throw new TypeError(`Cannot shape the class: it has no member ${name}`);
}
