// The contracts beside the samples are what their gateways say: `npm run contracts` writes them anew.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { openProject } from '../../libs/cli/src/compiler/project.js';
import { readProject } from '../../libs/cli/src/file/contract-file.js';
import { normalForm } from '../../libs/cli/src/print/normal-form.js';
import { ROOT } from '../support/sources.js';
import { compileAlone } from './support/compile-alone.js';

jest.setTimeout(60_000);

// One program for all: TypeScript reads Nest and this package once.
const project = openProject(ROOT, 'tsconfig.sample.json');

it.each(['02-chat', '03-auth', '05-streaming', '06-binary', '08-notifications'])(
  'the contract of %s is that of its gateways, and needs no other file',
  (name) => {
    const written = readFileSync(join(ROOT, 'sample', name, 'src/contract.ts'), 'utf8');
    const text = readProject(project, { sources: [`sample/${name}`], events: true });
    expect(normalForm(project.ts, written)).toBe(normalForm(project.ts, text));
    expect(compileAlone(written)).toEqual([]);
  },
);
