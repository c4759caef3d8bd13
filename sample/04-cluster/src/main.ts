import 'reflect-metadata';
import cluster from 'node:cluster';
import { readCommandLine } from './command-line.js';
import { startNode } from './node/start-node.js';
import { Primary } from './primary/primary.js';

// The same file runs in all processes: the primary forks the nodes, and all of them share its port.
if (cluster.isPrimary) await new Primary(readCommandLine(process.argv.slice(2))).run();
else await startNode();
