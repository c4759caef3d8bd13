import { describe, expect, it } from '@jest/globals';
import { findChromium, type ChromiumEnvironment } from './chromium.js';

function machine(over: Partial<ChromiumEnvironment> & { executables?: string[] }) {
  const said: string[] = [];
  const executables = new Set(over.executables);
  const environment: ChromiumEnvironment = {
    env: { PATH: '/opt/bin:/usr/bin' },
    isExecutable: (path) => executables.has(path),
    mayInstall: false,
    install: () => void executables.add('/usr/bin/chromium'),
    waitForOthers: () => {},
    report: (line) => void said.push(line),
    ...over,
  };
  return { environment, said };
}

describe('findChromium', () => {
  it('takes CHROMIUM_PATH before anything on PATH', () => {
    const { environment, said } = machine({
      env: { PATH: '/usr/bin', CHROMIUM_PATH: '/my/chrome' },
      executables: ['/usr/bin/chromium', '/my/chrome'],
    });
    expect(findChromium(environment)).toBe('/my/chrome');
    expect(said).toEqual(['Chromium: /my/chrome (CHROMIUM_PATH)']);
  });

  it('fails when CHROMIUM_PATH names nothing that runs, instead of taking another one', () => {
    const { environment } = machine({
      env: { PATH: '/usr/bin', CHROMIUM_PATH: '/my/chrome' },
      executables: ['/usr/bin/chromium'],
    });
    expect(() => findChromium(environment)).toThrow('current value is /my/chrome');
  });

  it.each(['chromium', 'chromium-browser', 'google-chrome'])('finds %s on PATH', (command) => {
    const { environment, said } = machine({ executables: [`/usr/bin/${command}`] });
    expect(findChromium(environment)).toBe(`/usr/bin/${command}`);
    expect(said).toEqual([`Chromium: /usr/bin/${command} (on PATH)`]);
  });

  it('installs the package where it may, and says so', () => {
    const { environment, said } = machine({ mayInstall: true });
    expect(findChromium(environment)).toBe('/usr/bin/chromium');
    expect(said).toEqual([
      'Chromium: none on PATH, installing the Debian package chromium',
      'Chromium: /usr/bin/chromium (installed)',
    ]);
  });

  it('takes what another process has just installed', () => {
    const executables: string[] = [];
    const { environment, said } = machine({
      isExecutable: (path) => executables.includes(path),
      waitForOthers: () => void executables.push('/usr/bin/chromium'),
    });
    expect(findChromium(environment)).toBe('/usr/bin/chromium');
    expect(said).toEqual(['Chromium: /usr/bin/chromium (on PATH)']);
  });

  it('says what to install where it may not', () => {
    expect(() => findChromium(machine({}).environment)).toThrow(
      /apt-get install chromium.*CHROMIUM_PATH/,
    );
  });

  it('says what to install when the installation brought nothing', () => {
    const { environment } = machine({ mayInstall: true, install: () => {} });
    expect(() => findChromium(environment)).toThrow(/apt-get install chromium/);
  });
});
