/** Names of rooms and ids of users that a broker's own syntax, or its encoding, might take for another. */
const ODD = [
  '',
  ' ',
  'two words',
  'line\nline',
  '\r\n',
  '\t',
  '\u0000',
  '*',
  '**',
  '>',
  '?',
  '.',
  '..',
  'a.b',
  'a.*',
  'a.>',
  'a:b',
  ':',
  'a/b',
  '{}',
  '{a}',
  '[a-z]',
  '\\',
  '\\*',
  '%',
  '%20',
  '$JS.API',
  '$',
  '_',
  '-',
  '=',
  '~',
  'a',
  'A',
  'é',
  'e\u0301',
  '\u2028',
  '🙂',
  '\ud83d',
  '\ude42',
  '\ude42\ud83d',
  '\ufffd',
  '\ufffd\ufffd',
  '__proto__',
  'constructor',
  'x'.repeat(256),
  `${'x'.repeat(255)}y`,
  '🙂'.repeat(128),
  '\ud800'.repeat(256),
  ' '.repeat(256),
];

/** What a name might become in an encoding, which is another name. */
function encodedForms(name: string): string[] {
  const utf8 = Buffer.from(name);
  const utf16 = Buffer.from(name, 'utf16le');
  return [utf8, utf16].flatMap((encoded) => [
    encoded.toString('base64url'),
    encoded.toString('hex'),
    `_${encoded.toString('base64url')}`,
  ]);
}

/** All different, all of at most 256 UTF-16 units. */
export const ODD_NAMES: readonly string[] = [
  ...new Set([...ODD, ...ODD.slice(0, 30).flatMap(encodedForms)]),
].filter(({ length }) => length <= 256);
