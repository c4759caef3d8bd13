import { byId, element, timeOfDay } from '../../shared/public/dom.js';

/** Lines kept on the page. */
const SHOWN_LINES = 500;

/** What was said, each line once, and below it what still waits to be. */
export class Conversation {
  #seen = new Set();
  #list = byId('lines');
  #pane = byId('scroll');

  constructor(guest) {
    this.guest = guest;
  }

  /** @returns whether it is new here */
  said({ key, name, node, text, at }) {
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    const mine = key.startsWith(`${this.guest} `);
    const item = element('li', mine ? 'line mine' : 'line');
    const head = element('p', 'head');
    const time = element('time', 'muted', timeOfDay(new Date(at)));
    time.dateTime = at;
    head.append(element('b', 'from', name), element('span', 'via', `node ${node}`), time);
    item.append(head, element('p', 'text', text));
    this.#add(item);
    return true;
  }

  note(text) {
    this.#add(element('li', 'note', text));
  }

  /** Lines of ours that nobody has yet. */
  unsaid(lines) {
    for (const old of this.#list.querySelectorAll('.waiting')) old.remove();
    for (const { text } of lines) {
      const item = element('li', 'line mine waiting');
      item.append(element('p', 'text', text), element('p', 'head muted', 'waits to be sent'));
      this.#list.append(item);
    }
    if (lines.length > 0) this.#toEnd();
  }

  #add(item) {
    const atEnd = this.#pane.scrollHeight - this.#pane.scrollTop - this.#pane.clientHeight < 60;
    const waiting = this.#list.querySelector('.waiting');
    this.#list.insertBefore(item, waiting);
    while (this.#list.children.length > SHOWN_LINES) this.#list.firstElementChild.remove();
    if (atEnd) this.#toEnd();
    byId('empty').hidden = true;
  }

  #toEnd() {
    byId('empty').hidden = true;
    this.#pane.scrollTop = this.#pane.scrollHeight;
  }
}
