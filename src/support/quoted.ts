/** What JSON leaves as it is, and a terminal or a viewer of logs may not: DEL, C1, ends of lines, directions. */
const UNSAFE = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text of a stranger for one line of a log: in quotes, and nothing in it that is not shown. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(
    UNSAFE,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
