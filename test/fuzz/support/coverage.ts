import { Session, type Profiler } from 'node:inspector';

/** V8's own counts of which blocks of the library were run: what tells an input that is new. */
export class Coverage {
  private readonly session = new Session();
  private readonly seen = new Set<string>();

  constructor() {
    this.session.connect();
    this.session.post('Profiler.enable');
    this.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Blocks that were run at some time. */
  get size(): number {
    return this.seen.size;
  }

  /** Blocks run since the last call that never were before. */
  takeNew(): Set<string> {
    const fresh = new Set<string>();
    for (const block of this.take()) {
      if (this.seen.has(block)) continue;
      this.seen.add(block);
      fresh.add(block);
    }
    return fresh;
  }

  /** Blocks run since the last call. */
  take(): string[] {
    const blocks: string[] = [];
    this.session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error) throw error;
      for (const script of result) if (isProduct(script.url)) blocks.push(...blocksOf(script));
    });
    return blocks;
  }

  stop(): void {
    this.session.post('Profiler.stopPreciseCoverage');
    this.session.disconnect();
  }
}

function blocksOf({ url, functions }: Profiler.ScriptCoverage): string[] {
  return functions.flatMap(({ ranges }) =>
    ranges
      .filter(({ count }) => count > 0)
      .map(({ startOffset, endOffset }) => `${url}:${startOffset}-${endOffset}`),
  );
}

function isProduct(url: string): boolean {
  return /\/libs\/[^/]+\/src\//.test(url) && !/testing-fixtures|\.spec\./.test(url);
}
