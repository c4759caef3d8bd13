/** Levels of nesting that an encoder of MessagePack goes down. */
const MAX_DEPTH = 100;

interface WithOwnForm {
  toJSON(key: string): unknown;
}

/** Whether an object says itself what is sent of it. Bytes and dates have a form of MessagePack's own. */
export function hasOwnForm(value: unknown): value is WithOwnForm {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { toJSON?: unknown }).toJSON === 'function' &&
    !isCarried(value)
  );
}

/**
 * A copy of `value` in which every object with `toJSON` is what that returns, as in JSON.
 * @throws {Error} for too deep a nesting, a cycle among them
 */
export function inOwnForms(value: unknown, depth = 1): unknown {
  if (typeof value !== 'object' || value === null || isCarried(value)) return value;
  if (depth > MAX_DEPTH) throw new Error(`Too deep objects in depth ${depth}`);
  const own: unknown = hasOwnForm(value) ? value.toJSON('') : value;
  if (typeof own !== 'object' || own === null || isCarried(own)) return own;
  if (Array.isArray(own)) return own.map((item: unknown) => inOwnForms(item, depth + 1));
  return Object.fromEntries(
    Object.entries(own).map(([key, item]) => [key, inOwnForms(item, depth + 1)]),
  );
}

function isCarried(value: object): boolean {
  return value instanceof Date || ArrayBuffer.isView(value);
}
