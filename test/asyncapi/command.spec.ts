// `npx nestwire asyncapi` as it is typed: in a process of its own, beside an application that was built.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { transformSync } from '@swc/core';
import { runCommand } from '../../libs/cli/src/command/run-command.js';
import { TranslatedBuild } from '../support/translated-build.js';
import { parse } from './support/parsed.js';

const SOURCE = `
import { Injectable, Module, VersioningType } from '@nestjs/common';
import { IsString } from 'class-validator';
import { MessageBody, OnMessage, WsGateway, WsModule } from 'nestwire';
import { ApiReply } from 'nestwire/asyncapi';

// As many applications do somewhere: the command ends all the same.
setInterval(() => {}, 1_000);

class SayDto {
  @IsString()
  text!: string;
}

@Injectable()
class Database {
  constructor() {
    throw new Error('nobody may connect here');
  }
}

@WsGateway('/chat')
class ChatGateway {
  constructor(readonly database: Database) {}

  @ApiReply(String)
  @OnMessage('say')
  async say(@MessageBody() { text }: SayDto): Promise<string> {
    return text;
  }
}

@Module({ imports: [WsModule.forRoot()], providers: [ChatGateway, Database] })
export class AppModule {}

@WsGateway('/open')
class OpenGateway {
  @OnMessage('open')
  async open(): Promise<string> {
    return '';
  }
}

@Module({ imports: [WsModule.forRoot({ prefix: 'own' })], providers: [OpenGateway] })
export class OpenModule {}

@WsGateway({ useFactory: (path: string) => ({ path }), inject: ['PATH'] })
class LateGateway {}

@Module({
  imports: [WsModule.forRoot()],
  providers: [LateGateway, { provide: 'PATH', useFactory: () => '/late' }],
})
export class LateModule {}

export function configure(app: import('@nestjs/common').INestApplication): void {
  app.setGlobalPrefix('api');
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: '2' });
}

export const NoModule = 1;
`;

// Each test starts a few processes, and each of them an application.
jest.setTimeout(180_000);

let build: TranslatedBuild | undefined;
let app: string;

beforeAll(() => {
  const parts = ['src', 'libs/cli/src', 'libs/contract/src', 'libs/engine/src', 'libs/hub/src'];
  build = new TranslatedBuild('asyncapi', parts);
  // Where \`nestwire\` is found by its own name.
  app = join(build.folder, 'app');
  mkdirSync(join(app, 'dist'), { recursive: true });
  const { code } = transformSync(SOURCE, {
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
    module: { type: 'es6' },
  });
  writeFileSync(join(app, 'dist/app.module.js'), code);
});

afterAll(() => build?.remove());

beforeEach(() => {
  for (const name of ['asyncapi.json', 'asyncapi.yaml']) rmSync(join(app, name), { force: true });
});

function run(...args: string[]): { status: number | null; printed: string; complained: string } {
  const main = join(build!.folder, 'dist/libs/cli/src/main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'asyncapi', ...args], {
    cwd: app,
    encoding: 'utf8',
  });
  return { status, printed: stdout, complained: stderr };
}

describe('nestwire asyncapi', () => {
  it('writes the document of a built application, of which nothing is constructed', async () => {
    const { status, printed, complained } = run('--title', 'Chat', '--server', 'live=wss://a.b/c');
    expect([status, complained]).toEqual([0, '']);
    expect(JSON.parse(printed)).toMatchObject({
      info: { title: 'Chat' },
      servers: { live: { host: 'a.b', pathname: '/c' } },
      channels: { chat: { address: '/chat', messages: { say: {}, 'say.reply': {} } } },
    });
    expect((await parse(printed)).complaints).toEqual([]);
  });

  it('keeps a file up to date, as JSON and as YAML, and tells when it is not', async () => {
    expect(run('--out', 'asyncapi.yaml')).toMatchObject({
      status: 0,
      printed: 'Wrote asyncapi.yaml\n',
    });
    expect((await parse(readFileSync(join(app, 'asyncapi.yaml'), 'utf8'))).complaints).toEqual([]);
    expect(run('--out', 'asyncapi.yaml', '--check').printed).toBe('asyncapi.yaml is up to date\n');

    expect(run('--out', 'asyncapi.json').printed).toBe('Wrote asyncapi.json\n');
    const file = join(app, 'asyncapi.json');
    const document = JSON.parse(readFileSync(file, 'utf8')) as { info: { title: string } };
    writeFileSync(file, JSON.stringify(document));
    expect(run('--out', 'asyncapi.json').printed).toBe('asyncapi.json is up to date\n');
    document.info.title = 'Another';
    writeFileSync(file, JSON.stringify(document));
    const { status, complained } = run('--out', 'asyncapi.json', '--check', '--title', 'Chat');
    expect(status).toBe(1);
    expect(complained).toMatch(/- {5}"title": "Another",\n\+ {5}"title": "Chat",/);
  });

  it('takes prefix and versions from the function that sets them, and options of the module', () => {
    const { printed } = run('--configure', 'dist/app.module.js', '--no-wire');
    expect(Object.keys((JSON.parse(printed) as { channels: object }).channels)).toEqual([
      'api.v2.chat',
    ]);
    const open = run('dist/app.module.js#OpenModule');
    expect(JSON.parse(open.printed)).toMatchObject({ channels: { 'own.open': {} } });
    expect(open.complained).toContain('OpenGateway.open: what it answers is not declared');
  });

  it('fails where something is not declared, with --strict', () => {
    const { status, printed, complained } = run('dist/app.module.js#OpenModule', '--strict');
    expect([status, printed]).toEqual([1, '']);
    expect(complained).toContain('OpenGateway.open: what it answers is not declared');
  });

  it('constructs what has to be constructed only when it is told so', () => {
    const { status, complained } = run('dist/app.module.js#LateModule');
    expect(status).toBe(1);
    expect(complained).toContain('takes --construct');
    const { printed } = run('dist/app.module.js#LateModule', '--construct');
    expect(JSON.parse(printed)).toMatchObject({ channels: { late: { address: '/late' } } });
  });

  it.each([
    [['--chek'], 'did you mean --check?'],
    [['--check'], 'expected --out with the file'],
    [['a', 'b'], 'expected one module'],
    [['dist/missing.js'], 'expected a file, current value is dist/missing.js'],
    [['src/app.module.ts'], 'expected JavaScript that was built'],
    [['--server', 'wss://a.b'], 'expected a name and a URL'],
    [['--out'], 'expected a file behind it'],
    [[], 'was the application built?'],
  ])('says what is wrong with %j', async (args, message) => {
    const empty = join(app, 'empty');
    mkdirSync(join(empty, 'src'), { recursive: true });
    writeFileSync(join(empty, 'src/app.module.ts'), '');
    expect(await runHere(empty, ...args)).toEqual({
      status: 2,
      printed: '',
      complained: expect.stringContaining(message),
    });
  });

  it('names the module that was meant', () => {
    const { status, printed, complained } = run('dist/app.module.js#AppModul');
    expect([status, printed]).toEqual([2, '']);
    expect(complained).toContain('current value is AppModul (did you mean AppModule?)');
  });

  it('explains itself', async () => {
    const { status, printed } = await runHere(app, '--help');
    expect(status).toBe(0);
    expect(printed).toContain('--configure <file#name>');
    expect(existsSync(join(app, 'asyncapi.json'))).toBe(false);
  });
});

/** In this process: for what ends before an application is loaded. */
async function runHere(cwd: string, ...args: string[]) {
  let printed = '';
  let complained = '';
  const status = await runCommand(['asyncapi', ...args], {
    cwd,
    print: (text) => (printed += text),
    complain: (text) => (complained += text),
  });
  return { status, printed, complained };
}
