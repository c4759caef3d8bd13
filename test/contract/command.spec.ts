// `npx nestwire` as it is typed: what it prints, what it writes, and the status it ends with.
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { runCommand } from '../../libs/cli/src/command/run-command.js';
import { gateway, tinyApp } from './support/tiny-app.js';

// TypeScript takes its time on a busy machine.
jest.setTimeout(60_000);

const SAY = "@OnMessage('say') say(@MessageBody('text') _text: string): void {}";
const CONTRACT = `/* eslint-disable */
// Written by \`npx nestwire contract\` from the gateways: change them, not this file.

/** /board: BoardGateway */
export interface BoardContract {
  calls: {
    say(data: { text: string }): void;
  };
}
`;

const board = (): string => tinyApp({ 'src/board.gateway.ts': gateway(SAY) });

function run(cwd: string, ...args: string[]) {
  let printed = '';
  let complained = '';
  const status = runCommand(args, {
    cwd,
    print: (text) => (printed += text),
    complain: (text) => (complained += text),
  });
  return { status, printed, complained };
}

describe('nestwire', () => {
  it('says what there is', () => {
    expect(run('.', '--help')).toMatchObject({
      status: 0,
      printed: expect.stringContaining('contract    writes the contract'),
    });
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(run('.', '--version').printed).toBe(`${version}\n`);
    expect(run('.')).toMatchObject({
      status: 2,
      complained: expect.stringContaining('Usage: nestwire <command>'),
    });
  });

  it('names the command and the option that were meant', () => {
    expect(run('.', 'contarct')).toEqual({
      status: 2,
      printed: '',
      complained:
        'Cannot run nestwire: command: current value is contarct (did you mean contract?), expected one of asyncapi, contract\n',
    });
    expect(run('.', '--hlep').complained).toContain('(did you mean --help?)');
    expect(run('.', 'constructor')).toMatchObject({ status: 2 });
  });
});

describe('nestwire contract', () => {
  it('explains every option it takes', () => {
    const { printed } = run('.', 'contract', '--help');
    for (const option of ['--out', '--check', '--project', '--path', '--gateway', '--protocol']) {
      expect(printed).toMatch(new RegExp(`^ .*${option}.* {2}\\w`, 'm'));
    }
  });

  it.each([
    [['--chek'], 'Cannot read option: current value is --chek (did you mean --check?)'],
    [['--out'], 'Cannot read option --out: expected a file behind it, current value is none'],
    [
      ['--check=yes'],
      'Cannot read option --check: expected nothing behind it, current value is yes',
    ],
    [['--check'], 'Cannot check the contract: expected --out with the file, current value is none'],
    [
      ['--codec', 'mspack'],
      'Cannot read option --codec: current value is mspack (did you mean msgpack?)',
    ],
    [['--project', 'nowhere'], 'Cannot find the project: expected a tsconfig file or a folder'],
    [['src/other'], 'Cannot find a gateway: expected a class with @WsGateway in src/other'],
    [['--path', '/bored'], 'Cannot find the path: current value is /bored (did you mean /board?)'],
  ])('refuses %j', (args, message) => {
    const { status, printed, complained } = run(board(), 'contract', ...args);
    expect(complained).toContain(message);
    expect([status, printed]).toEqual([2, '']);
  });

  it('prints the contract, of gateways that are no tests', () => {
    const cwd = tinyApp({
      'src/board.gateway.ts': gateway(SAY),
      'src/board.gateway.spec.ts': gateway("@OnMessage('tested') tested(): void {}"),
    });
    expect(run(cwd, 'contract')).toEqual({ status: 0, printed: CONTRACT, complained: '' });
    expect(run(cwd, 'contract', 'src/board.gateway.ts').printed).toBe(CONTRACT);
  });

  it('writes it into a file, and leaves one alone that says the same in another form', () => {
    const cwd = board();
    const out = join(cwd, 'web/api/contract.ts');
    const write = (): string => run(cwd, 'contract', '--out', 'web/api/contract.ts').printed;
    expect(write()).toBe('Wrote web/api/contract.ts\n');
    expect(readFileSync(out, 'utf8')).toBe(CONTRACT);
    writeFileSync(
      out,
      CONTRACT.replaceAll('  ', '\t').replaceAll(';', ',').replace('//', '/* x */ //'),
    );
    utimesSync(out, 1, 1);
    expect(write()).toBe('web/api/contract.ts is up to date\n');
    expect(statSync(out).mtimeMs).toBe(1000);
  });

  it('checks the file, and shows what is different', () => {
    const cwd = board();
    const check = () => run(cwd, 'contract', '--check', '-o', 'contract.ts');
    expect(check()).toMatchObject({ status: 1, printed: '' });
    expect(existsSync(join(cwd, 'contract.ts'))).toBe(false);
    run(cwd, 'contract', '--out', 'contract.ts');
    expect(check()).toEqual({ status: 0, printed: 'contract.ts is up to date\n', complained: '' });
    writeFileSync(
      join(cwd, 'src/board.gateway.ts'),
      gateway(`${SAY}\n@OnMessage('shout') shout(): number { return 1; }`),
    );
    const { status, complained } = check();
    expect(status).toBe(1);
    expect(complained).toContain('contract.ts is out of date');
    expect(complained).toMatch(/^\+ {9}shout\(\): number;$/m);
    expect(complained).not.toMatch(/^-/m);
  });

  it('says where sources are wrong, and ends with 1', () => {
    const cwd = tinyApp({ 'board.ts': gateway("@OnMessage('a') a(): symbol { throw 1; }") });
    expect(run(cwd, 'contract', '--out', 'contract.ts')).toMatchObject({
      status: 1,
      complained: expect.stringMatching(/^board\.ts:5:1: .* is symbol/m),
    });
  });

  it('reads the project that an application is built from', () => {
    const cwd = tinyApp({
      'src/board.gateway.ts': gateway(SAY),
      'e2e/other.ts': gateway("@OnMessage('other') other(): void {}"),
      'tsconfig.build.json': JSON.stringify({ extends: './tsconfig.json', include: ['src'] }),
      'broken/tsconfig.json': '{ "compilerOptions": { "target": "es1" } }',
      'empty/tsconfig.json': '{ "files": [], "references": [] }',
    });
    expect(run(cwd, 'contract').printed).toBe(CONTRACT);
    expect(run(cwd, 'contract', '-p', 'broken')).toMatchObject({
      status: 1,
      complained: expect.stringContaining('broken/tsconfig.json:1:'),
    });
    expect(run(cwd, 'contract', '-p', 'empty').status).not.toBe(0);
    expect(run(join(cwd, 'src'), 'contract').complained).toContain(
      'Cannot find the project: expected tsconfig.build.json or tsconfig.json in',
    );
  });
});
