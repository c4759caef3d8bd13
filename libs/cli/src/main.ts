#!/usr/bin/env node
import { runCommand } from './command/run-command.js';

process.exitCode = runCommand(process.argv.slice(2), {
  cwd: process.cwd(),
  print: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
});
