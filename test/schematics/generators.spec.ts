import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Generators } from './support/generators.js';

const MODULE = `import { Module } from '@nestjs/common';
import { AppController } from './app.controller';

@Module({
  imports: [],
  controllers: [AppController],
  providers: [],
})
export class AppModule {}
`;

type Files = Record<string, string>;

/** An application as `nest new` makes it, as far as generators look at it. */
function application(file: object = {}): Files {
  return {
    '/package.json': JSON.stringify({ name: 'shop', dependencies: {}, ...file }),
    '/nest-cli.json': '{}',
    '/src/app.module.ts': MODULE,
  };
}

function without(path: string): Files {
  const { [path]: _gone, ...files } = application();
  return files;
}

let generators: Generators;

beforeAll(async () => {
  generators = await Generators.start();
}, 60_000);

afterAll(() => generators.stop());

describe('nest add nestwire', () => {
  it('imports WsModule into the module of the application, and makes a first gateway', async () => {
    const { files, tasks } = await generators.run(application(), 'nestAdd', {});
    expect(files['/src/app.module.ts']).toBe(`import { Module } from '@nestjs/common';
import { AppController } from './app.controller';
import { WsModule } from 'nestwire';
import { ChatGateway } from './chat/chat.gateway';

@Module({
  imports: [WsModule.forRoot()],
  controllers: [AppController],
  providers: [ChatGateway],
})
export class AppModule {}
`);
    expect(Object.keys(files)).toContain('/src/chat/chat.gateway.ts');
    expect(tasks).toBe(1);
  });

  it('makes no gateway where none is named, and nothing twice', async () => {
    const once = await generators.run(application(), 'nestAdd', { gateway: ' ' });
    const twice = await generators.run(once.files, 'nestAdd', { gateway: '' });
    expect(twice.files).toEqual(once.files);
    expect(twice.said).toEqual(['src/app.module.ts has WsModule already']);
    expect(Object.keys(twice.files)).toHaveLength(3);
  });

  it('says what to do where there is no module', async () => {
    await expect(generators.run(without('/src/app.module.ts'), 'nestAdd', {})).rejects.toThrow(
      'Cannot add WsModule: a module is expected in src, as app.module.ts is; add WsModule.forRoot() to the imports of yours',
    );
  });

  it('says so where the module has no object of its own', async () => {
    const files = {
      ...application(),
      '/src/app.module.ts': 'const options = {};\n@Module(options)\nexport class A {}\n',
    };
    await expect(generators.run(files, 'nestAdd', {})).rejects.toThrow(
      'Cannot add WsModule: src/app.module.ts has no @Module({ … }) with an object',
    );
  });
});

describe('nest g -c nestwire gateway', () => {
  it('makes a gateway, what it is sent, and its test, and adds what they import', async () => {
    const { files, tasks } = await generators.run(application(), 'gateway', { name: 'chat' });
    expect(
      Object.keys(files)
        .toSorted()
        .filter((path) => path.startsWith('/src/chat')),
    ).toEqual([
      '/src/chat/chat.gateway.spec.ts',
      '/src/chat/chat.gateway.ts',
      '/src/chat/dto/say.dto.ts',
    ]);
    expect(files['/src/app.module.ts']).toContain('providers: [ChatGateway]');
    expect(JSON.parse(files['/package.json']!)).toEqual({
      name: 'shop',
      dependencies: { 'class-transformer': '^0.5.1', 'class-validator': '^0.15.1' },
    });
    expect(tasks).toBe(1);
  });

  it.each([
    [
      'GameRoom',
      '/src/game-room/game-room.gateway.ts',
      'class GameRoomGateway',
      "@WsGateway('/game-room')",
    ],
    ['admin/live', '/src/admin/live/live.gateway.ts', 'class LiveGateway', "@WsGateway('/live')"],
    ['game_room', '/src/game-room/game-room.gateway.ts', 'class GameRoomGateway', "'/game-room'"],
  ])('puts %s where its name says', async (name, path, ...parts) => {
    const { files } = await generators.run(application(), 'gateway', { name });
    for (const part of parts) expect(files[path]).toContain(part);
  });

  it('imports files by the rules of the application, and its test runner by its own', async () => {
    const cjs = await generators.run(application(), 'gateway', { name: 'chat' });
    expect(cjs.files['/src/chat/chat.gateway.ts']).toContain("from './dto/say.dto';");
    expect(cjs.files['/src/chat/chat.gateway.spec.ts']).not.toContain('vitest');
    const esm = application({ type: 'module', devDependencies: { vitest: '^4.0.0' } });
    const { files } = await generators.run(esm, 'gateway', { name: 'chat' });
    expect(files['/src/chat/chat.gateway.ts']).toContain("from './dto/say.dto.js';");
    expect(files['/src/chat/chat.gateway.spec.ts']).toContain("from 'vitest';");
    expect(files['/src/app.module.ts']).toContain("from './chat/chat.gateway.js';");
  });

  it('leaves out what is not wanted', async () => {
    const options = { name: 'chat', spec: false, flat: true, skipImport: true };
    const { files, said } = await generators.run(application(), 'gateway', options);
    expect(
      Object.keys(files)
        .toSorted()
        .filter((path) => /gateway|dto/.test(path)),
    ).toEqual(['/src/chat.gateway.ts', '/src/dto/say.dto.ts']);
    expect(files['/src/app.module.ts']).toBe(MODULE);
    expect(said).toEqual([]);
  });

  it('says which class to provide where it finds no module', async () => {
    const { said } = await generators.run(without('/src/app.module.ts'), 'gateway', {
      name: 'chat',
    });
    expect(said).toEqual(['No module was found: add ChatGateway to the providers of one']);
  });

  it('writes over nothing', async () => {
    const files = { ...application(), '/src/chat/chat.gateway.ts': 'mine' };
    await expect(generators.run(files, 'gateway', { name: 'chat' })).rejects.toThrow(
      'Cannot generate src/chat/chat.gateway.ts: it is there already',
    );
  });

  it.each(['', '1st', 'a b!', 'née', "x'); process.exit(); ('", '../..', 'class/'])(
    'refuses %j, which can be no name of a class and a path',
    async (name) => {
      await expect(generators.run(application(), 'gateway', { name })).rejects.toThrow(
        /^Cannot generate/,
      );
    },
  );

  it('refuses another language', async () => {
    await expect(
      generators.run(application(), 'gateway', { name: 'chat', language: 'js' }),
    ).rejects.toThrow('Cannot generate chat: ts is expected as language, current value is js');
  });
});

describe('nest g -c nestwire contract', () => {
  it('makes a file of types and its decorator', async () => {
    const { files } = await generators.run(application(), 'contract', { name: 'board' });
    const text = files['/src/board/board.contract.ts'];
    expect(text).toContain('export interface Board {');
    expect(text).toContain('export const { OnMessage } = contract<Board>();');
  });
});
