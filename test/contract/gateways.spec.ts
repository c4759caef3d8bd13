// What is written of the gateways beside this file, which are of every kind that Nest lets one write.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { openProject } from '../../libs/cli/src/compiler/project.js';
import { readProject, type ContractOptions } from '../../libs/cli/src/file/contract-file.js';
import { normalForm } from '../../libs/cli/src/print/normal-form.js';
import { ROOT } from '../support/sources.js';
import { compileAlone } from './support/compile-alone.js';

// TypeScript takes its time on a busy machine.
jest.setTimeout(60_000);

const folder = join(ROOT, 'test/contract');
const written = readFileSync(join(folder, 'gateways/contract.ts'), 'utf8');
const project = openProject(folder, 'gateways');

function names(options: ContractOptions): string[] | null {
  return readProject(project, options).match(/(?<=export (interface|type) )\w+Contract/g);
}

describe('the contract of gateways of every kind', () => {
  it('says what their handlers take and answer, as the wire carries it', () => {
    const text = readProject(project, { protocol: 'v1' });
    expect(normalForm(project.ts, text)).toBe(normalForm(project.ts, written));
  });

  it('needs no other file, and keeps the strictest rules', () => {
    expect(compileAlone(written)).toEqual([]);
  });

  it('is a contract for clients and for servers', () => {
    const { program } = project;
    const errors = program.getSemanticDiagnostics(
      program.getSourceFile(join(folder, 'gateways/client.ts')),
    );
    expect(errors.map(({ messageText }) => messageText)).toEqual([]);
  });

  it('keeps dates and bytes where MessagePack carries them', () => {
    const text = readProject(project, { paths: ['board/:id'], codec: 'msgpack' });
    expect(text).toContain('created: Date;');
    expect(text).toContain('picture: Uint8Array;');
  });

  it('is of the chosen paths and gateways alone, under the same names', () => {
    expect(names({ paths: ['/wall'] })).toEqual(['WallContract']);
    expect(names({ gateways: ['NewCardsGateway'] })).toEqual(['CardsV2Contract']);
    expect(names({ gateways: ['BoardGateway'] })).toEqual(['BoardContract', 'WallContract']);
    expect(() => names({ paths: ['/bord/:id'] })).toThrow(
      'Cannot find the path: current value is /bord/:id (did you mean /board/:id?), expected one of /,',
    );
    expect(() => names({ gateways: ['CardGateway'] })).toThrow('(did you mean CardsGateway?)');
    expect(() => names({ sources: ['support'] })).toThrow(
      'Cannot find a gateway: expected a class with @WsGateway in support',
    );
  });
});
