import type { Tab } from '../contract/inspector-contract.js';
import { element } from './dom.js';
import { TABS, TAB_NAMES } from './tabs.js';

/** Which list is shown. */
export class TabBar {
  readonly root: HTMLElement;
  readonly #chosen: (tab: Tab) => void;
  #tab: Tab = 'connections';

  constructor(chosen: (tab: Tab) => void) {
    this.#chosen = chosen;
    this.root = element('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Lists' }, [], {
      keydown: (event) => this.#key(event),
    });
  }

  show(shown: Tab): void {
    this.#tab = shown;
    const hadFocus = this.root.contains(document.activeElement);
    const buttons = TAB_NAMES.map((tab) => {
      const isShown = tab === shown;
      return element(
        'button',
        {
          type: 'button',
          class: 'tab',
          role: 'tab',
          id: `tab-${tab}`,
          'aria-selected': String(isShown),
          'aria-controls': 'panel',
          tabindex: isShown ? 0 : -1,
        },
        [TABS[tab].title],
        { click: () => this.#chosen(tab) },
      );
    });
    this.root.replaceChildren(...buttons);
    const now = buttons[TAB_NAMES.indexOf(shown)];
    if (hadFocus) now?.focus();
    now?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  #key(event: KeyboardEvent): void {
    const at = TAB_NAMES.indexOf(this.#tab);
    const to: Readonly<Record<string, number>> = {
      ArrowRight: (at + 1) % TAB_NAMES.length,
      ArrowLeft: (at + TAB_NAMES.length - 1) % TAB_NAMES.length,
      Home: 0,
      End: TAB_NAMES.length - 1,
    };
    const tab = TAB_NAMES[to[event.key] ?? -1];
    if (tab === undefined) return;
    event.preventDefault();
    this.#chosen(tab);
  }
}
