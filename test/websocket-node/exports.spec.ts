import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import api, * as named from 'nestwire/websocket-node';
import { ROOT } from '../support/sources.js';

const original = createRequire(import.meta.url)('websocket') as Record<string, unknown>;

describe('the names of the package', () => {
  it('are those of the npm package websocket, in its default and by name', () => {
    expect(Object.keys(api).sort()).toEqual(Object.keys(original).sort());
    for (const name of Object.keys(original)) {
      expect(Reflect.get(named, name)).toBe(Reflect.get(api, name));
      expect(typeof Reflect.get(api, name)).toBe(typeof original[name]);
    }
  });

  it.each(['server', 'client', 'router', 'frame', 'request', 'connection', 'w3cwebsocket'])(
    'each public member of %s is there',
    (name) => {
      const theirs = (original[name] as { prototype: object }).prototype;
      const ours = (Reflect.get(api, name) as { prototype: object }).prototype;
      const internal =
        /^(_|handle|process|set.*Timer|clear.*Timer|fragmentAndSend|sendCloseFrame|validate|failH|succeedH|pathToRegExp|findHandlerIndex|constructor$)/;
      const members = Object.getOwnPropertyNames(theirs).filter((member) => !internal.test(member));
      expect(members.filter((member) => !(member in ours))).toEqual([]);
    },
  );

  it('include the version of this package', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(named.version).toBe(manifest.version);
  });
});

describe('package.json', () => {
  it('has the entry for Node, and another for browsers', () => {
    const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      exports: Record<string, Record<string, string>>;
    };
    const entry = exports['./websocket-node'] ?? {};
    expect(Object.keys(entry)).toEqual(['types', 'browser', 'default']);
    expect(entry['browser']).toMatch(/\/browser\.js$/);
  });
});
