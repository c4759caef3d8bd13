#!/usr/bin/env node
import { runCommand } from './command/run-command.js';

const status = await runCommand(process.argv.slice(2), {
  cwd: process.cwd(),
  print: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
});
// An application that was loaded may keep the process alive; what was printed has to be out.
process.stdout.write('', () => process.exit(status));
