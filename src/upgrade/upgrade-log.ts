import { Logger } from '@nestjs/common';
import type { Refusal } from '#engine';
import { FewLines } from '../support/few-lines.js';

const logger = new Logger('WsUpgrades');

/**
 * A debug line for each client of a path that was refused: with the status and what this package says of it. Of
 * an exception of the application the name alone: its text may have a token in it.
 */
export class UpgradeLog {
  readonly #path: string;
  readonly #lines = new FewLines((line) => logger.debug(line));

  constructor(path: string) {
    this.#path = path;
  }

  refused(status: number, { message, cause }: Refusal): void {
    this.#lines.write(() => {
      const reason = message ?? (cause instanceof Error ? cause.name : undefined);
      const why = reason === undefined ? '' : ` (${reason})`;
      return `Cannot upgrade on ${this.#path}: ${status}${why}`;
    });
  }
}
