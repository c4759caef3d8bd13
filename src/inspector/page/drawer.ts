import type { Details, Rights, TailFrames } from '../contract/inspector-contract.js';
import { element, setText } from './dom.js';
import { bytes, count, duration, latency, time, visible } from './format.js';

/** Frames that are kept of a tail. */
const MAX_FRAMES = 400;
/** Milliseconds in which a second click means it. */
const SURE = 4_000;

interface DrawerHost {
  closed(): void;
  /** @param id '' to stop */
  follow(id: string): Promise<boolean>;
  /** @returns what came of it, for people */
  disconnect(id: string): Promise<string>;
  leave(id: string, room: string): Promise<string>;
}

/** One connection, closely: who it is, where it is, and what goes over it. */
export class Drawer {
  readonly root: HTMLElement;
  readonly #host: DrawerHost;
  readonly #title = element('h2', { id: 'drawer-title', tabindex: -1 });
  readonly #state = element('p', { class: 'drawer-state', role: 'status' });
  readonly #facts = element('dl', { class: 'facts' });
  readonly #rooms = element('ul', { class: 'chips' });
  readonly #roomCount = element('h3');
  readonly #actions = element('div', { class: 'actions' });
  readonly #follow = element('button', {
    type: 'button',
    class: 'button',
    'aria-pressed': 'false',
  });
  readonly #frames = element('ol', { class: 'frames', tabindex: 0, 'aria-label': 'Messages' });
  readonly #note = element('p', { class: 'note' });
  #rights: Rights = { payloads: false, actions: false, who: '' };
  #id = '';
  #isFollowing = false;
  #drawnRooms = '';
  #skipped = 0;

  constructor(host: DrawerHost) {
    this.#host = host;
    const close = element(
      'button',
      { type: 'button', class: 'button icon', 'aria-label': 'Close details', title: 'Close (Esc)' },
      ['✕'],
      { click: () => this.close() },
    );
    this.#follow.addEventListener('click', () => void this.#toggle());
    this.root = element(
      'section',
      { class: 'drawer', 'aria-labelledby': 'drawer-title', hidden: true },
      [
        element('header', { class: 'drawer-head' }, [this.#title, close]),
        element('div', { class: 'drawer-body' }, [
          this.#state,
          this.#facts,
          this.#roomCount,
          this.#rooms,
          this.#actions,
          element('div', { class: 'tail-head' }, [element('h3', {}, ['Messages']), this.#follow]),
          this.#note,
          this.#frames,
        ]),
      ],
      { keydown: (event) => event.key === 'Escape' && this.close() },
    );
  }

  /** '' while nothing is open. */
  get id(): string {
    return this.#id;
  }

  get following(): boolean {
    return this.#isFollowing;
  }

  allow(rights: Rights): void {
    this.#rights = rights;
    this.#drawnRooms = '';
    this.#drawActions();
  }

  open(id: string): void {
    if (this.#isFollowing) this.stopped();
    this.#id = id;
    setText(this.#title, `Connection ${id}`);
    setText(this.#state, 'Looking…');
    this.#facts.replaceChildren();
    this.#rooms.replaceChildren();
    setText(this.#roomCount, '');
    this.#drawnRooms = '';
    this.#frames.replaceChildren();
    this.#skipped = 0;
    this.#drawActions();
    this.#drawFollow();
    this.root.hidden = false;
    this.#title.focus();
  }

  close(): void {
    if (this.#id === '') return;
    if (this.#isFollowing) void this.#host.follow('');
    this.#isFollowing = false;
    this.#id = '';
    this.root.hidden = true;
    this.#host.closed();
  }

  /** @param details null when the connection is not there any more */
  show(details: Details | null): void {
    if (this.#id === '') return;
    if (details === null) {
      setText(
        this.#state,
        'This connection has closed. What stands below is the last that was known.',
      );
      this.#state.className = 'drawer-state bad';
      this.#drawActions(true);
      return;
    }
    if (details.id !== this.#id) return;
    setText(this.#state, `Open for ${duration(Date.now() - details.connectedAt)}`);
    this.#state.className = 'drawer-state good';
    this.#drawFacts(details);
    this.#drawRooms(details);
  }

  frames({ connection, frames, skipped, ended }: TailFrames): void {
    if (connection !== this.#id) return;
    const list = this.#frames;
    const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 40;
    for (const { at, direction, bytes: size, binary, event, payload } of frames) {
      const isIn = direction === 'in';
      list.append(
        element('li', { class: `frame ${direction}` }, [
          element('span', { class: 'frame-time' }, [time(at, true)]),
          element('span', { class: 'frame-way' }, [isIn ? '↑ in' : '↓ out']),
          element('bdi', { class: 'frame-event' }, [binary ? 'binary' : visible(event) || 'text']),
          element('span', { class: 'frame-size' }, [bytes(size)]),
          payload === undefined
            ? null
            : element('pre', {}, [element('bdi', {}, [visible(payload)])]),
        ]),
      );
    }
    this.#skipped += skipped;
    while (list.childElementCount > MAX_FRAMES) list.firstElementChild?.remove();
    if (isAtEnd) list.scrollTop = list.scrollHeight;
    if (ended) this.stopped();
    else this.#drawFollow();
  }

  /** Nobody follows any more: the connection has closed, or that to the server. */
  stopped(): void {
    this.#isFollowing = false;
    this.#drawFollow();
  }

  async #toggle(): Promise<void> {
    this.#isFollowing = !this.#isFollowing;
    this.#drawFollow();
    const wanted = this.#isFollowing ? this.#id : '';
    const done = await this.#host.follow(wanted);
    if (!done && wanted !== '' && this.#id === wanted) this.stopped();
  }

  #drawFollow(): void {
    setText(this.#follow, this.#isFollowing ? 'Stop' : 'Follow');
    this.#follow.setAttribute('aria-pressed', String(this.#isFollowing));
    const hidden = this.#rights.payloads ? '' : 'Payloads are hidden. ';
    const skipped = this.#skipped === 0 ? '' : `${count(this.#skipped)} were too many to show. `;
    setText(this.#note, hidden + skipped);
  }

  #drawFacts(details: Details): void {
    const { received, sent, tags } = details;
    const facts: readonly (readonly [string, string])[] = [
      ['User', details.user === null ? 'anonymous' : visible(details.user)],
      ['Path', visible(details.path)],
      ['Protocol', visible(details.protocol)],
      ['Address', visible(details.ip)],
      ['Origin', visible(details.origin)],
      ['Client', visible(details.agent)],
      ['Since', `${time(details.connectedAt)}, idle for ${duration(details.idle)}`],
      ['Latency', details.latency < 0 ? 'not measured yet' : latency(details.latency)],
      ['Received', `${count(received.messages)} messages, ${bytes(received.bytes)}`],
      ['Sent', `${count(sent.messages)} messages, ${bytes(sent.bytes)}`],
      ['Waiting', `${bytes(details.queue)}, ${count(details.dropped)} dropped`],
      ['Tags', tags.map(visible).join(', ')],
    ];
    const told = facts.filter(([, text]) => text !== '');
    const { children } = this.#facts;
    if (children.length !== told.length) {
      this.#facts.replaceChildren(
        ...told.map(([name]) =>
          element('div', {}, [element('dt', {}, [name]), element('dd', {}, [element('bdi')])]),
        ),
      );
    }
    told.forEach(([name, text], at) => {
      const fact = children[at]!;
      setText(fact.firstElementChild!, name);
      setText(fact.querySelector('bdi')!, text);
    });
  }

  #drawRooms({ rooms, roomCount }: Details): void {
    setText(this.#roomCount, roomCount === 0 ? 'No rooms' : `${count(roomCount)} rooms`);
    const key = JSON.stringify(rooms);
    if (key === this.#drawnRooms) return;
    this.#drawnRooms = key;
    this.#rooms.replaceChildren(
      ...rooms.map((room) =>
        element('li', { class: 'chip' }, [
          element('bdi', { title: visible(room) }, [visible(room)]),
          this.#rights.actions ? this.#leaveButton(room) : null,
        ]),
      ),
    );
  }

  #leaveButton(room: string): HTMLElement {
    const id = this.#id;
    return sureButton('✕', `Take out of room ${visible(room)}`, 'Sure?', async () => {
      setText(this.#state, await this.#host.leave(id, room));
    });
  }

  #drawActions(isClosed = false): void {
    const isWanted = this.#rights.actions && !isClosed && this.#id !== '';
    if (isWanted === this.#actions.hasChildNodes()) return;
    const id = this.#id;
    this.#actions.replaceChildren(
      ...(isWanted
        ? [
            sureButton('Disconnect', undefined, 'Click again to disconnect', async () => {
              setText(this.#state, await this.#host.disconnect(id));
            }),
          ]
        : []),
    );
  }
}

/** A button that wants to be asked twice: what it does cannot be undone. */
function sureButton(
  text: string,
  label: string | undefined,
  sure: string,
  act: () => Promise<void>,
): HTMLElement {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const button = element(
    'button',
    { type: 'button', class: 'button danger', 'aria-label': label, title: label },
    [text],
  );
  const rest = (): void => {
    clearTimeout(timer);
    timer = undefined;
    button.textContent = text;
    if (label !== undefined) button.setAttribute('aria-label', label);
    button.classList.remove('armed');
  };
  button.addEventListener('click', () => {
    if (timer === undefined) {
      button.textContent = sure;
      if (label !== undefined) button.setAttribute('aria-label', `${label}: sure?`);
      button.classList.add('armed');
      timer = setTimeout(rest, SURE);
      return;
    }
    rest();
    void act();
  });
  return button;
}
