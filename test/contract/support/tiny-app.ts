import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';

/** What is read of this package alone: whole packages would take TypeScript seconds for each application. */
const NESTWIRE = `
export declare function WsGateway(options?: string | object): ClassDecorator;
export declare function OnMessage(event?: string | object, options?: object): MethodDecorator;
export declare function MessageBody(...given: unknown[]): ParameterDecorator;
export declare function Upload(options?: object): ParameterDecorator;
export declare class Connection<C = any> {
  send<N extends string>(event: N, ...given: [data?: any, options?: object]): string;
  sendAsync<N extends string>(event: N, ...given: [data?: any, options?: object]): Promise<string>;
  sendRaw(data: string): string;
}
export declare class Broadcast<C = any> {
  except(...without: readonly (Connection | string)[]): Broadcast<C>;
  send<N extends string>(event: N, ...given: [data?: any, options?: object]): object;
}
export declare class Rooms<C = any> {
  to(...rooms: string[]): Broadcast<C>;
}
export declare class History<C = any> {
  publish<N extends string>(room: string, event: N, ...given: [data?: any]): Promise<object>;
}
export declare class Mailbox<C = any> {
  send<N extends string>(userId: string, event: N, ...given: [data?: any]): Promise<object>;
}
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
