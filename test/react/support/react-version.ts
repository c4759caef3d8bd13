import { createRequire } from 'node:module';
import { jest } from '@jest/globals';
import { openPage } from './dom.js';

/** One version of React, and the hooks upon it. */
export interface Loaded {
  readonly react: typeof import('react');
  readonly dom: typeof import('react-dom/client');
  readonly server: typeof import('react-dom/server');
  readonly hooks: typeof import('nestwire/react');
}

const load = createRequire(import.meta.url);

/** @param suffix `-18` for the packages of that name, `` for those that are installed under their own */
export async function loadReact(suffix: '' | '-18'): Promise<Loaded> {
  openPage();
  const react = load(`react${suffix}`) as Loaded['react'];
  if (suffix !== '') {
    // React DOM asks for it as a module of CommonJS, the hooks as one of ECMAScript.
    jest.mock('react', () => react);
    jest.unstable_mockModule('react', () => ({ ...react, default: react }));
  }
  return {
    react,
    dom: load(`react-dom${suffix}/client`) as Loaded['dom'],
    server: load(`react-dom${suffix}/server`) as Loaded['server'],
    hooks: await import('nestwire/react'),
  };
}
