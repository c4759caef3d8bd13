/**
 * Whether JSON text may hold a `__proto__` key. An escape can hide any letter of it, so text with
 * an ASCII escape is suspected as well; both searches run at memory speed and nearly always fail.
 */
export function maySetPrototype(text: string): boolean {
  return text.includes('__proto__') || text.includes('\\u00');
}

/**
 * Removes own `__proto__` keys from a value JSON.parse made. JSON.parse itself only creates plain
 * properties, but the first `Object.assign` or `target[key] = …` over them swaps the prototype of
 * the application's object. Walks with a list instead of recursion: depth is the peer's choice.
 */
export function dropPrototypeKeys(root: unknown): void {
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__');
    for (const child of Object.values(value)) {
      if (typeof child === 'object' && child !== null) pending.push(child);
    }
  }
}
