/** Texts that are what they look like without quotes. */
const PLAIN = /^[A-Za-z_$/][\w$/.-]*$/;
/** Words that YAML 1.1 or 1.2 takes for something else than a text. */
const OTHER = /^(?:true|false|null|yes|no|on|off|y|n|nan|inf)$/i;
/** Line breaks of YAML 1.1, and halves of characters that no UTF-8 has. */
const UNSAFE = /[\u007f-\u009f\u2028\u2029\ufeff]|\p{Cs}/gu;

/** A value that JSON carries, as YAML 1.2. */
export function toYaml(value: unknown): string {
  // What JSON leaves out or writes otherwise is so here, too.
  const plain: unknown = JSON.parse(JSON.stringify(value));
  return `${block(plain, '').replace(/^\n/, '')}\n`;
}

function block(value: unknown, indent: string): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return value.map((one) => `\n${indent}- ${block(one, `${indent}  `).trimStart()}`).join('');
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) return '{}';
    return entries.map(([key, one]) => `\n${indent}${text(key)}:${member(one, indent)}`).join('');
  }
  return typeof value === 'string' ? text(value) : JSON.stringify(value);
}

function member(value: unknown, indent: string): string {
  const written = block(value, `${indent}  `);
  return written.startsWith('\n') ? written : ` ${written}`;
}

/** Text between double quotes is the same in JSON and YAML. */
function text(value: string): string {
  if (PLAIN.test(value) && !OTHER.test(value)) return value;
  return JSON.stringify(value).replaceAll(UNSAFE, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
