import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';

/** One file of a page, as it is answered. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

const SAMPLES = new URL('../../', import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** The public files of one sample and of `shared`. */
export class PageFiles {
  private readonly files = new Map<string, PageFile>();

  constructor(private readonly sample: string) {
    // Read once: what is asked for is looked up among these names, and never becomes a path.
    for (const folder of [sample, 'shared']) this.read(folder);
  }

  get page(): PageFile | undefined {
    return this.find(this.sample, 'index.html');
  }

  find(folder: string, name: string): PageFile | undefined {
    return this.files.get(`${folder}/${name}`);
  }

  private read(folder: string): void {
    const place = new URL(`${folder}/public/`, SAMPLES);
    for (const name of readdirSync(place)) {
      const type = TYPES[extname(name)];
      if (type === undefined) continue;
      this.files.set(`${folder}/${name}`, { type, bytes: readFileSync(new URL(name, place)) });
    }
  }
}
