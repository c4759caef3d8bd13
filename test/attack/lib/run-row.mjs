// One row on one server: calm, the attack, and what is left when the attackers are gone.
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from './child.mjs';
import { MIB } from './wire.mjs';

/** Criterion G: what holds beside every attack. */
const G = { p99: 50, handshake: 250, left: 30 };
/**
 * Megabytes more over HTTP/2, which Node reads into a new buffer each time: those that were collected stay with
 * the process.
 */
const HTTP2_MORE = 60;

const CALM = 600;
/** How much longer an attack may take where times are not judged, on a machine with other things to do. */
const PATIENT = 6;
/** Milliseconds after which the attackers' leftovers have to be gone. */
const LEFT = 2_000;
const PATIENCE = 5_000;

const SERVERS = { 'ws-api': 'ws-api', ws: 'ws-api', engine: 'engine', nest: 'nest' };

function ready(file, task, more = {}) {
  return new Promise((resolve, reject) => {
    const child = new Child(file, task, {
      ...more,
      questions: { ...more.questions, ready: () => resolve(child) },
    });
    void child.gone.then((code) => reject(new Error(`${file} ended with ${code}`)));
  });
}

const isTime = ({ what }) => what === 'p99' || what === 'handshake p99';

/** @returns a check like those of an attack */
function check(what, found, limit, unit, holds = found <= limit) {
  return { what, found, allowed: typeof limit === 'number' ? `<= ${limit}` : limit, unit, holds };
}

function limited(work, milliseconds, what) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took too long`)), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/**
 * @param timing whether times are judged, which takes a machine with nothing else to do
 * @returns what was measured, and checks of which each holds or not
 */
export async function runRow(row, impl, { build, http2 = false, timing = true }) {
  const execArgv = ['--expose-gc', ...(row.heap ? [`--max-old-space-size=${row.heap}`] : [])];
  const options = impl === 'ws-api' || impl === 'ws' ? row.options : undefined;
  const server = new Child(
    `servers/${SERVERS[impl]}.mjs`,
    { impl, build, http2, deflate: row.deflate === true, options, limits: row.limits },
    { execArgv, env: { WS_NO_BUFFER_UTIL: '1' } },
  );
  const children = [server];
  const result = { row: row.id, title: row.title, impl, checks: [] };
  const { checks } = result;
  try {
    const port = await limited(server.ask('port'), 30_000, 'starting the server');
    const healthy = await limited(
      ready('healthy.mjs', { port, impl, http2, warm: timing }),
      30_000,
      'connecting',
    );
    children.push(healthy);
    for (const child of children) child.prefer();
    const seconds = (row.seconds ?? 3) * (timing ? 1 : PATIENT);
    const attacker = await ready(
      'attacker.mjs',
      { id: row.id, port, impl, http2, seconds },
      {
        questions: {
          server: () => server.ask('stats', {}),
          question: (name) => server.ask(name),
        },
      },
    );
    children.push(attacker);
    if (timing) {
      await pause(CALM / 2);
      await healthy.ask('figures');
      await pause(CALM);
    }
    const start = await server.ask('stats', { forget: true, whole: true });
    const calm = await healthy.ask('figures');
    let failure;
    const attack = await limited(
      attacker.ask('attack'),
      seconds * 1_000 + PATIENCE,
      'the attack',
    ).catch((error) => {
      failure = error.message;
      return { checks: [], took: 0 };
    });
    await attacker.stop(0);
    const during = await healthy.ask('figures');
    // It may be too busy to answer, or gone.
    const after = await limited(calmAgain(server, start), LEFT + 8_000, 'the server after it');
    const figures = await healthy.ask('leave');
    checks.push(...attack.checks);
    if (failure !== undefined) checks.push(check('attack', failure, 'runs', '', false));
    const peak = (after.peak - start.resident) / MIB;
    const left = (after.rss - start.rss) / MIB;
    const more = http2 ? HTTP2_MORE : 0;
    if (row.peak !== undefined) checks.push(check('peak RSS', peak, row.peak + more, 'MB'));
    checks.push(
      check('lost', figures.lost, 0, 'messages'),
      check('healthy closed', figures.closed, 0, ''),
      check('uncaught', after.errors.length, 0, ''),
      check('connections left', after.connections - start.connections, 0, ''),
      check('RSS left', left, G.left + more, 'MB'),
      check('Object.prototype', after.prototype - start.prototype, 0, 'names more'),
    );
    if (timing) {
      checks.push(
        check('p99', during.echoes.p99, G.p99, 'ms'),
        check('handshake p99', during.handshakes.p99, G.handshake, 'ms'),
      );
    }
    Object.assign(result, {
      seconds: attack.took / 1_000,
      calm: calm.echoes,
      echoes: during.echoes,
      handshakes: during.handshakes,
      messages: calm.echoes.count + during.echoes.count + figures.echoes.count,
      peak,
      left,
      held: (after.held - start.held) / MIB,
      cpu: after.cpu - start.cpu,
      closes: after.closes,
      errors: after.errors,
    });
  } catch (error) {
    const alive = server.isRunning ? 'answers' : 'lives';
    checks.push(check('server', `${error.message}`, alive, '', false));
  } finally {
    await Promise.all(children.map((child) => child.stop(500)));
  }
  const failed = checks.filter(({ holds }) => !holds);
  result.passes = failed.length === 0;
  // Times that are as bad without the attack say nothing about it.
  const busy = (result.calm?.p99 ?? 0) > G.p99 / 2;
  result.verdict = result.passes ? 'pass' : busy && failed.every(isTime) ? 'busy' : 'FAIL';
  return result;
}

/** What the server has `LEFT` ms after the attackers left, or as soon as all is as it was. */
async function calmAgain(server, start) {
  const ends = performance.now() + LEFT;
  for (;;) {
    const stats = await server.ask('stats', { whole: true });
    const small = stats.rss - start.rss < (G.left * MIB) / 2;
    // A handshake of a healthy client may just be there.
    if (stats.connections <= start.connections && small) return stats;
    if (performance.now() > ends) return stats;
    await pause(100);
  }
}
