/** What ends a hash tag early, what escapes, and what UTF-8 has no bytes for. */
const UNSAFE = /[%{}]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
const ESCAPED = /%u([0-9A-F]{4})|%([0-9A-F]{2})/g;

/**
 * A name of the application between the braces of a key: whatever it contains, two names never become
 * one key, and all keys of a name have one hash slot of Redis Cluster.
 */
export function escapeName(name: string): string {
  return name.replace(UNSAFE, (unit) => {
    const code = unit.charCodeAt(0).toString(16).toUpperCase();
    return code.length > 2 ? `%u${code}` : `%${code}`;
  });
}

/** The name that was escaped. */
export function unescapeName(escaped: string): string {
  if (!escaped.includes('%')) return escaped;
  return escaped.replace(ESCAPED, (_all, unit: string | undefined, byte: string | undefined) =>
    String.fromCharCode(Number.parseInt(unit ?? byte ?? '', 16)),
  );
}
