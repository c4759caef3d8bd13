// Everything that touches the document.
import { byId as $, element, timeOfDay } from '../../shared/public/dom.js';
import { showItems } from '../../shared/public/keyed-list.js';

/** Lines kept on the page; older ones are removed, so that a long day does not fill the memory. */
const SHOWN_LINES = 500;
/** Lines of one person within this time stand together under one name. */
const GROUP_WITHIN = 5 * 60_000;

function keyOf({ from, text, at }) {
  return JSON.stringify([at, from, text]);
}

function avatar(name) {
  // A color of one's own, the same on every page: FNV-1a spreads similar names over the circle.
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193);
  const node = element('span', 'avatar', Array.from(name)[0].toUpperCase());
  node.style.setProperty('--hue', (hash >>> 0) % 360);
  node.setAttribute('aria-hidden', 'true');
  return node;
}

export function showError(id, text) {
  $(id).hidden = !text;
  const target = id === 'send-error' ? $('send-error-text') : $(id);
  target.textContent = text ?? '';
}

let countdown;

/** Shows where the client stands; see ClientState of nestwire/client. */
export function showStatus({ name, until, why }) {
  const texts = { connecting: 'Connecting…', open: 'Connected', waiting: 'Disconnected' };
  // Only written when it changes: a screen reader announces each write.
  if ($('status').dataset.state !== name) {
    $('status').dataset.state = name;
    $('app').dataset.state = name;
    $('status-text').textContent = texts[name] ?? '';
  }
  $('send').disabled = name !== 'open';
  clearInterval(countdown);
  // While a try is under way after a loss the notice stays, so that nothing jumps about.
  if (name === 'open') $('offline').hidden = true;
  if (name === 'waiting') {
    $('offline').hidden = false;
    const tick = () => {
      const seconds = Math.max(1, Math.ceil((until - Date.now()) / 1_000));
      $('offline-text').textContent = `${why.message}. Trying again in ${seconds} s.`;
    };
    countdown = setInterval(tick, 1_000);
    tick();
  }
  if (name === 'connecting' && !$('offline').hidden) {
    $('offline-text').textContent = 'Trying again…';
  }
}

export function showPeople(names, me) {
  $('people-count').textContent = names.length;
  $('people-count-button').textContent = names.length;
  $('people').replaceChildren(
    ...names.map((name) => {
      const item = element('li');
      item.append(avatar(name), element('span', 'label', name));
      if (name === me) item.append(element('span', 'you', '(you)'));
      return item;
    }),
  );
}

/** `rooms`: [{ room, people }]; `open(room)` is called when one is chosen. */
export function showRooms(rooms, current, open) {
  showItems($('rooms'), rooms, {
    key: ({ room }) => room,
    make: ({ room }) => roomItem(room, open),
    update(item, { room, people }) {
      const button = item.firstElementChild;
      button.querySelector('.count').hidden = people === 0;
      button.querySelector('.number').textContent = people;
      button.querySelector('.visually-hidden').textContent = people === 1 ? ' person' : ' people';
      if (room === current) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    },
  });
}

function roomItem(room, open) {
  const button = element('button');
  button.type = 'button';
  button.dataset.room = room;
  button.addEventListener('click', () => open(room));
  const hash = element('span', 'hash', '#');
  hash.setAttribute('aria-hidden', 'true');
  const count = element('span', 'count');
  count.append(element('span', 'number'), element('span', 'visually-hidden'));
  button.append(hash, element('span', 'label', room), count);
  const item = element('li');
  item.append(button);
  return item;
}

/** Whether the last line is in sight; read before the pane changes, so that it can stay so. */
let atEnd = true;

export function setUpScrolling() {
  const pane = $('scroll');
  pane.addEventListener('scroll', () => {
    atEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 60;
    if (atEnd) $('newer').hidden = true;
  });
  // A notice above or a longer draft below takes its room from the pane, not from the last line.
  new ResizeObserver(() => {
    if (atEnd) scrollToEnd();
  }).observe(pane);
  $('newer').addEventListener('click', scrollToEnd);
}

function scrollToEnd() {
  $('scroll').scrollTop = $('scroll').scrollHeight;
  $('newer').hidden = true;
  atEnd = true;
}

/** The list of what was said, with joins and leaves between. */
export class Conversation {
  #last = null;
  #shown = new Set();
  #maybeShown = 0;

  constructor(me, room) {
    this.me = me;
    $('messages').replaceChildren();
    $('room-title').textContent = room;
    $('empty-room').textContent = `#${room}`;
    document.title = `#${room} – Nestwire chat`;
    $('newer').hidden = true;
    $('empty').hidden = true;
  }

  /** In the room. After a loss the last lines follow, of which some may be here already. */
  entered(lastLines) {
    this.#maybeShown = lastLines;
    this.#showEmpty();
    scrollToEnd();
  }

  said({ from, text, at }) {
    const key = keyOf({ from, text, at });
    this.#maybeShown -= 1;
    if (this.#maybeShown >= 0 && this.#shown.has(key)) return;
    this.#shown.add(key);
    if (this.#shown.size > SHOWN_LINES) this.#shown.delete(this.#shown.values().next().value);

    const time = new Date(at);
    const follows = this.#last?.from === from && time - this.#last.time < GROUP_WITHIN;
    this.#last = { from, time };

    const item = element('li', 'message');
    item.classList.toggle('mine', from === this.me);
    item.classList.toggle('follows', follows);
    const meta = element('div', 'meta');
    const stamp = element('time', '', timeOfDay(time));
    stamp.dateTime = at;
    stamp.title = time.toLocaleString();
    meta.append(element('span', 'from', from), stamp);
    item.append(avatar(from), meta, element('div', 'text', text));
    this.#add(item, from === this.me);
  }

  note(text) {
    this.#last = null;
    this.#add(element('li', 'note', text), false);
  }

  /** Whoever scrolled up to read is left in peace, and told that there is more. */
  #add(item, mine) {
    $('messages').append(item);
    while ($('messages').children.length > SHOWN_LINES) $('messages').firstElementChild.remove();
    this.#showEmpty();
    if (atEnd || mine) scrollToEnd();
    else $('newer').hidden = false;
  }

  #showEmpty() {
    $('empty').hidden = $('messages').querySelector('.message') !== null;
  }
}

/** Below 860 px the side panels slide over the conversation, one at a time. */
export function setUpPanels() {
  const pairs = [
    [$('show-rooms'), $('rooms-panel')],
    [$('show-people'), $('people-panel')],
  ];
  const close = () => {
    const shown = pairs.find(([, panel]) => panel.classList.contains('shown'));
    for (const [button, panel] of pairs) {
      panel.classList.remove('shown');
      button.setAttribute('aria-expanded', 'false');
    }
    $('scrim').hidden = true;
    shown?.[0].focus();
  };
  for (const [button, panel] of pairs) {
    button.addEventListener('click', () => {
      panel.classList.add('shown');
      button.setAttribute('aria-expanded', 'true');
      $('scrim').hidden = false;
      panel.querySelector('[data-close]').focus();
    });
  }
  for (const button of document.querySelectorAll('[data-close]')) {
    button.addEventListener('click', close);
  }
  $('scrim').addEventListener('click', close);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !$('scrim').hidden) close();
  });
  return { close };
}
