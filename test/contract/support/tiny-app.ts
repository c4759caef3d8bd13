import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';

/** The decorators alone: whole packages would take TypeScript seconds for each application. */
const NESTWIRE = `
export declare function WsGateway(options?: string | object): ClassDecorator;
export declare function OnMessage(event?: string | object, options?: object): MethodDecorator;
export declare function MessageBody(...given: unknown[]): ParameterDecorator;
export declare function Upload(options?: object): ParameterDecorator;
`;

const CONFIG = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023'],
    types: [],
    strict: true,
    experimentalDecorators: true,
  },
};

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/**
 * An application outside the repository, which goes when the tests of the file have ended.
 * @param files by their paths; a tsconfig for all of them is there
 * @returns its folder
 */
export function tinyApp(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'nestwire-contract-'));
  folders.push(folder);
  const all: Readonly<Record<string, string>> = {
    'package.json': JSON.stringify({ type: 'module' }),
    'tsconfig.json': JSON.stringify(CONFIG),
    'node_modules/nestwire/package.json': JSON.stringify({ name: 'nestwire', types: 'index.d.ts' }),
    'node_modules/nestwire/index.d.ts': NESTWIRE,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}

/** A gateway of these members at `/board`, and what stands beside it. */
export function gateway(members: string, beside = ''): string {
  return `import { MessageBody, OnMessage, Upload, WsGateway } from 'nestwire';
${beside}
@WsGateway('/board')
export class BoardGateway {
${members}
}
`;
}
