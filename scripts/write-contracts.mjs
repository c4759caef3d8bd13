// Writes the contracts of the samples anew, from their gateways: `npm run contracts`.
import { fileURLToPath } from 'node:url';
import { writeContract } from '../dist/libs/cli/src/index.js';

const cwd = fileURLToPath(new URL('..', import.meta.url));

for (const name of ['02-chat', '03-auth', '05-streaming', '06-binary', '08-notifications']) {
  const out = `sample/${name}/src/contract.ts`;
  const project = 'tsconfig.sample.json';
  const options = { cwd, project, sources: [`sample/${name}`], events: true, out };
  console.log(writeContract(options) ? `Wrote ${out}` : `${out} is up to date`);
}
