import { byId, element } from '../../shared/public/dom.js';

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const SHOWN = 60;

/** What happened, the latest first: what the server tells, and what this page has seen itself. */
export class Happened {
  #list = byId('happened');
  #latest = 0;

  /** Those of the server that are not shown yet. */
  heard(happenings) {
    for (const { number, at, text } of happenings) {
      if (number <= this.#latest) continue;
      this.#latest = number;
      this.#add(text, at);
    }
  }

  /** @param tone good or bad */
  seen(text, tone) {
    this.#add(text, Date.now(), tone);
  }

  #add(text, at, tone) {
    byId('nothing').hidden = true;
    const item = element('li');
    if (tone) item.dataset.tone = tone;
    item.dataset.at = at;
    item.append(element('time', 'muted', clock.format(at)), element('span', '', text));
    // What was told late stands where it belongs.
    const after = [...this.#list.children].find((one) => Number(one.dataset.at) <= at);
    this.#list.insertBefore(item, after ?? null);
    while (this.#list.children.length > SHOWN) this.#list.lastElementChild.remove();
  }
}
