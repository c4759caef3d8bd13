// The rows of the table: each a file that begins with its number, by what it attacks.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .map((path) => ({
    path: path.replaceAll('\\', '/'),
    id: /(?:^|\/|\\)a(\d+)-[^/]*\.mjs$/.exec(path)?.[1],
  }))
  .filter(({ id }) => id !== undefined)
  .map(({ path, id }) => ({ path, id: `A${Number(id)}` }))
  .sort((one, other) => Number(one.id.slice(1)) - Number(other.id.slice(1)));

/** What there is, in the order of the table. */
export const IDS = files.map(({ id }) => id);

export async function rowOf(id) {
  const { path } = files.find((file) => file.id === id);
  const { row } = await import(`./${path}`);
  return { id, ...row };
}
