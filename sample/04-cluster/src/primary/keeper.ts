// Runs a program until standard input ends, which happens at the latest when our parent is gone, however
// it went: `node keeper.js program words ...`. The program is killed, as if the machine had gone.
import { spawn } from 'node:child_process';

const [program = '', ...words] = process.argv.slice(2);
const child = spawn(program, words, { stdio: ['ignore', 'inherit', 'inherit'] });
child.once('error', () => process.exit(1));
child.once('exit', (code) => process.exit(code ?? 0));
// What it says is for our parent, who may be gone.
process.stdin.once('close', () => child.kill('SIGKILL'));
process.stdin.resume();
