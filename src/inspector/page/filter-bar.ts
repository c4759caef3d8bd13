import type { View } from '../contract/inspector-contract.js';
import { element } from './dom.js';
import { visible } from './format.js';

/** What of the connections is left out. */
export interface Filters {
  readonly room?: NonNullable<View['room']>;
  readonly user?: NonNullable<View['user']>;
  readonly slow?: true;
}

/** The filters of the list of connections, each to be taken back. */
export class FilterBar {
  readonly root = element('div', { class: 'filters' });
  readonly #changed: () => void;
  #filters: Filters | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get filters(): Filters {
    return this.#filters ?? {};
  }

  /** @param filters undefined for a list that has none */
  show(filters: Filters | undefined): void {
    this.#filters = filters;
    if (filters === undefined) {
      this.root.replaceChildren();
      return;
    }
    const { room, user, slow } = filters;
    this.root.replaceChildren(
      ...(room === undefined ? [] : [this.#chip('room', `Room ${visible(room)}`)]),
      ...(user === undefined ? [] : [this.#chip('user', `User ${visible(user)}`)]),
      element(
        'button',
        { type: 'button', class: 'button', 'aria-pressed': String(slow === true) },
        ['Slow only'],
        { click: () => (slow === true ? this.#without('slow') : this.#with({ slow: true })) },
      ),
    );
  }

  #chip(name: keyof Filters, text: string): HTMLElement {
    return element(
      'button',
      { type: 'button', class: 'button filter', title: `${text}: click to show all` },
      [element('bdi', {}, [text]), ' ✕'],
      { click: () => this.#without(name) },
    );
  }

  #with(more: Filters): void {
    this.show({ ...this.#filters, ...more });
    this.#changed();
  }

  #without(name: keyof Filters): void {
    const { [name]: _gone, ...left } = this.filters;
    this.show(left);
    this.#changed();
  }
}
