import type { Summary } from '../contract/inspector-contract.js';
import { element, setText } from './dom.js';
import { brief, bytes, count } from './format.js';
import { Spark } from './spark.js';

/** Seconds of the lines. */
const HISTORY = 60;

interface Tile {
  readonly label: string;
  readonly figure: (summary: Summary) => string;
  readonly beside: (summary: Summary) => string;
  /** What its line is of; without one there is none. */
  readonly value?: (summary: Summary) => number;
  readonly isBad?: (summary: Summary) => boolean;
}

const TILES: readonly Tile[] = [
  {
    label: 'Connections',
    figure: ({ connections }) => count(connections),
    beside: ({ limit, connections }) =>
      limit === 0 ? 'no limit' : `${Math.round((connections / limit) * 100)} % of ${count(limit)}`,
    value: ({ connections }) => connections,
    isBad: ({ limit, connections }) => limit > 0 && connections >= limit,
  },
  {
    label: 'Messages in',
    figure: ({ received }) => `${brief(received.messages)}/s`,
    beside: ({ received }) => `${bytes(received.bytes)}/s`,
    value: ({ received }) => received.messages,
  },
  {
    label: 'Messages out',
    figure: ({ sent }) => `${brief(sent.messages)}/s`,
    beside: ({ sent }) => `${bytes(sent.bytes)}/s`,
    value: ({ sent }) => sent.messages,
  },
  {
    label: 'Waiting',
    figure: ({ queue }) => bytes(queue),
    beside: ({ waiting }) => `${count(waiting)} slow`,
    value: ({ queue }) => queue,
    isBad: ({ waiting }) => waiting > 0,
  },
  {
    label: 'Users',
    figure: ({ users }) => count(users),
    beside: ({ rooms }) => `${count(rooms)} rooms`,
    value: ({ users }) => users,
  },
  {
    label: 'Broker',
    figure: ({ link }) => (link === 'alone' ? 'none' : link),
    beside: ({ link, nodes, outbox }) =>
      link === 'alone' ? 'one node' : `${count(nodes)} nodes, ${count(outbox)} waiting`,
    isBad: ({ link }) => link === 'down' || link === 'connecting',
  },
];

/** The figures of the whole process, with their last minute. */
export class Tiles {
  readonly root: HTMLElement;
  readonly #tiles = TILES.map((tile) => ({
    tile,
    figure: element('span', { class: 'figure' }, ['–']),
    beside: element('span', { class: 'beside' }, ['\u00A0']),
    spark: tile.value === undefined ? undefined : new Spark(120, 28),
    history: [] as number[],
    root: element('li', { class: 'tile' }),
  }));

  constructor() {
    for (const { root, tile, figure, beside, spark } of this.#tiles) {
      root.append(element('span', { class: 'label' }, [tile.label]), figure, beside);
      if (spark !== undefined) root.append(spark.svg);
    }
    this.root = element(
      'ul',
      { class: 'tiles', 'aria-label': 'This process' },
      this.#tiles.map(({ root }) => root),
    );
  }

  show(summary: Summary): void {
    for (const { root, tile, figure, beside, spark, history } of this.#tiles) {
      setText(figure, tile.figure(summary));
      setText(beside, tile.beside(summary));
      root.classList.toggle('bad', tile.isBad?.(summary) === true);
      if (tile.value === undefined) continue;
      history.push(tile.value(summary));
      if (history.length > HISTORY) history.shift();
      spark?.draw(history, HISTORY);
    }
  }
}
