// The benchmark in half a minute, for continuous use: `npm run bench:smoke`.
process.argv.push('--cells', 'text-64,text-1k,pipelined-64,pipelined-1k', '--peers', 'ws,engine');
process.argv.push('--rounds', '3', '--window', '400');
await import('./bench.mjs');
