// Makes the declarations that tsc wrote fit for every user of them; JavaScript stays as it is.
//
// - They import the package's own layers by path: TypeScript's `moduleResolution: node` knows nothing of
//   "imports" in package.json and takes what it cannot find for `any`.
// - No class says what it implements: `stripInternal` has taken members away that the interfaces ask for,
//   which is an error to those who check their libraries. Nothing else depends on it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const declarations = ['dist/src', 'dist/libs'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .map((file) => posix.join(folder, file.replaceAll('\\', '/')))
    .filter((file) => file.endsWith('.d.ts')),
);
for (const file of declarations) {
  const text = readFileSync(join(root, file), 'utf8');
  const tidy = text.replace(/(["'])(#\w+)\1/g, (specifier, quote, name) => {
    if (imports[name] === undefined) return specifier;
    // Where there is a choice all have the same types.
    const target = imports[name].default ?? imports[name];
    const path = posix.relative(posix.dirname(file), target);
    return `${quote}${path.startsWith('.') ? path : `./${path}`}${quote}`;
  });
  const plain = tidy.replace(
    /^(export (?:declare )?(?:abstract )?class [^{]*?) implements [^{]*\{/gm,
    '$1 {',
  );
  if (plain !== text) writeFileSync(join(root, file), plain);
}
