// One node in a process of its own: publishes at a steady rate, and notes what its client gets and when.
import { setTimeout as pause } from 'node:timers/promises';
import { SYSTEMS } from './systems.mjs';

const { system, name, url } = JSON.parse(process.argv[2]);
const TICK = 5;
const padding = 'x'.repeat(120);

const failures = [];
process.on('unhandledRejection', (error) => failures.push(`unhandled: ${String(error)}`));
process.on('uncaughtException', (error) => failures.push(`uncaught: ${error}`));

const sent = [];
const received = [];
const gaps = [];
let lastArrival = Date.now();

const node = await SYSTEMS[system](url, {
  received({ p, n }) {
    lastArrival = Date.now();
    received.push([p, n, lastArrival]);
  },
  gap: ({ rooms, since, until }) => gaps.push({ rooms, since, until }),
});

async function publish({ rate, milliseconds }) {
  const started = performance.now();
  for (let elapsed = 0; elapsed < milliseconds; elapsed = performance.now() - started) {
    while (sent.length < (elapsed / 1000) * rate) {
      const data = { p: name, n: sent.length, padding };
      sent.push(Date.now());
      try {
        node.publish(data);
      } catch (error) {
        failures.push(String(error));
      }
    }
    await pause(TICK);
  }
}

const commands = {
  publish,
  nodes: () => node.nodes(),
  silence: () => Date.now() - lastArrival,
  report: () => ({ name, sent, received, gaps, failures }),
};

process.on('disconnect', () => process.exit());
async function answer(message) {
  // An adapter of its own has messages of its own here.
  if (message?.compare === undefined) return;
  const value = await commands[message.command](message.argument);
  process.send({ compare: message.compare, value });
}

process.on('message', (message) => void answer(message));
process.send({ compare: 0 });
