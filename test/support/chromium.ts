import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome'];

/** Where the lookup looks, and how it installs: replaced in its own spec. */
export interface ChromiumEnvironment {
  readonly env: NodeJS.ProcessEnv;
  readonly isExecutable: (path: string) => boolean;
  /** Root on a system with apt-get: allowed to install Debian's package. */
  readonly mayInstall: boolean;
  readonly install: () => void;
  /** Returns when no other test process is installing one: until then what is found may be half of it. */
  readonly waitForOthers: () => void;
  readonly report: (line: string) => void;
}

/**
 * Finds a Chromium for the browser tests, or installs it: CHROMIUM_PATH if set, else the first of
 * chromium, chromium-browser and google-chrome on PATH, else Debian's package when root on Debian.
 * Says on standard error what it did. Tests never skip in silence for want of a browser.
 * @returns the path of the executable
 * @throws {Error} a sentence that says what to install
 */
export function findChromium(environment: ChromiumEnvironment = thisMachine()): string {
  const { env, isExecutable, mayInstall, install, waitForOthers, report } = environment;
  if (env['CHROMIUM_PATH']) {
    if (!isExecutable(env['CHROMIUM_PATH'])) {
      throw new Error(
        `Cannot run the browser named by CHROMIUM_PATH: current value is ${env['CHROMIUM_PATH']}`,
      );
    }
    report(`Chromium: ${env['CHROMIUM_PATH']} (CHROMIUM_PATH)`);
    return env['CHROMIUM_PATH'];
  }

  const search = () =>
    (env['PATH'] ?? '')
      .split(delimiter)
      .flatMap((folder) => COMMANDS.map((command) => join(folder, command)))
      .find(isExecutable);

  waitForOthers();
  const found = search();
  if (found !== undefined) {
    report(`Chromium: ${found} (on PATH)`);
    return found;
  }
  if (mayInstall) {
    report('Chromium: none on PATH, installing the Debian package chromium');
    install();
    const installed = search();
    if (installed !== undefined) {
      report(`Chromium: ${installed} (installed)`);
      return installed;
    }
  }
  throw new Error(
    'Cannot find Chromium for the browser tests: install it (Debian and Ubuntu: apt-get install chromium) or set CHROMIUM_PATH to a Chromium or Chrome executable',
  );
}

/** A headless browser with an empty profile that talks to nobody but the page under test. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    headless: true,
    // Chromium refuses to sandbox when it runs as root, as in most containers.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Containers often give /dev/shm 64 MB, too little for a page.
      '--disable-dev-shm-usage',
    ],
  });
}

function thisMachine(): ChromiumEnvironment {
  return {
    env: process.env,
    isExecutable: (path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    },
    mayInstall: process.getuid?.() === 0 && existsSync('/etc/debian_version'),
    install: installDebianPackage,
    waitForOthers: () => {
      if (existsSync(LOCK)) spawnSync('flock', [LOCK, 'true']);
    },
    // Not console.log, which jest would hold back and decorate with a stack.
    report: (line) => void process.stderr.write(`${line}\n`),
  };
}

/** Held while a test process installs; the tests of two workers may both need a browser. */
const LOCK = join(tmpdir(), 'nestwire-chromium.lock');

// A stale mirror may fail `update` while the package is still to be had: only the search after the
// installation decides.
const INSTALL =
  'command -v chromium >&2 || { apt-get update; apt-get install -y --no-install-recommends chromium; }';

function installDebianPackage(): void {
  const { status } = spawnSync('flock', [LOCK, 'sh', '-c', `{ ${INSTALL}; } > /dev/null`], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) process.stderr.write(`Chromium: the installation ended with ${status}\n`);
}
