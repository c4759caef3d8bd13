import { ClientError, type ClientState, type LeanClient } from 'nestwire/client';
import type {
  InspectorContract,
  RowOf,
  Tab,
  Tick,
  View,
  Window,
} from '../contract/inspector-contract.js';
import type { Column } from './column.js';
import { COLUMNS } from './columns.js';
import { element, setAttribute, setText } from './dom.js';
import { Drawer } from './drawer.js';
import { count, duration, visible } from './format.js';
import { FilterBar, type Filters } from './filter-bar.js';
import { Grid, type GridModel } from './grid.js';
import { TabBar } from './tab-bar.js';
import { TABS, TAB_NAMES } from './tabs.js';
import { Tiles } from './tiles.js';

/** Milliseconds that scrolling and writing wait for more of the same. */
const PATIENCE = 80;

type AnyRow = RowOf[Tab];

/** The page: what is shown, what is asked for. */
export class App {
  readonly root: HTMLElement;
  readonly #client: LeanClient<InspectorContract>;
  readonly #tiles = new Tiles();
  readonly #drawer: Drawer;
  readonly #grid: Grid<AnyRow>;
  readonly #node = element('bdi', { class: 'node' });
  readonly #who = element('bdi', { class: 'who' });
  readonly #status = element('p', { class: 'status', role: 'status' }, ['Connecting…']);
  readonly #pace = element('p', { class: 'pace' });
  readonly #tabs = new TabBar((tab) => this.#show(tab));
  readonly #search = element('input', { type: 'search', class: 'search', maxlength: 200 });
  readonly #filters = new FilterBar(() => this.#ask());
  readonly #shown = element('p', { class: 'shown', 'aria-live': 'polite' });
  readonly #pause = element(
    'button',
    { type: 'button', class: 'button', 'aria-pressed': 'false' },
    ['Pause'],
  );
  readonly #panel: HTMLElement;
  #tab: Tab = 'connections';
  #sort = 'age';
  #descending = true;
  #isPaused = false;
  #asking: ReturnType<typeof setTimeout> | undefined;

  constructor(client: LeanClient<InspectorContract>) {
    this.#client = client;
    this.#drawer = new Drawer({
      closed: () => this.#drawerClosed(),
      follow: (id) => this.#follow(id),
      disconnect: (connection) =>
        this.#act(client.call('disconnect', { connection }, { queue: false }), 'Disconnecting…'),
      leave: (connection, room) =>
        this.#act(
          client.call('leave', { connection, room }, { queue: false }),
          'Taken out of the room.',
        ),
    });
    this.#grid = new Grid<AnyRow>(modelOf('connections'), {
      wanted: () => this.#ask(),
      sorted: (column) => this.#sortBy(column),
      opened: (row) => this.#opened(row),
    });
    this.#panel = element('div', { class: 'panel', id: 'panel', role: 'tabpanel' }, [
      element('div', { class: 'tools' }, [
        this.#search,
        this.#filters.root,
        this.#shown,
        this.#pause,
      ]),
      element('div', { class: 'grid-box' }, [this.#grid.root, this.#grid.empty]),
    ]);
    this.root = element('div', { class: 'app' }, [
      element('header', { class: 'bar' }, [
        element('h1', {}, ['Inspector']),
        this.#node,
        element('div', { class: 'bar-end' }, [this.#pace, this.#who, this.#status]),
      ]),
      element('main', { class: 'main' }, [
        this.#tiles.root,
        this.#tabs.root,
        element('div', { class: 'content' }, [this.#panel, this.#drawer.root]),
      ]),
    ]);
    this.#listen();
    const [, wanted] = /^#(\w+)$/.exec(location.hash) ?? [];
    this.#show(TAB_NAMES.find((name) => name === wanted) ?? 'connections');
  }

  #listen(): void {
    const client = this.#client;
    this.#search.addEventListener('input', () => this.#ask());
    this.#pause.addEventListener('click', () => this.#setPaused(!this.#isPaused));
    document.addEventListener('keydown', (event) => this.#key(event));
    client.onState((state) => this.#stateChanged(state));
    client.on('tick', (tick) => this.#ticked(tick));
    client.on('frames', (frames) => this.#drawer.frames(frames));
  }

  #stateChanged(state: ClientState): void {
    setText(this.#status, textOf(state));
    setAttribute(this.#status, 'data-state', state.name);
    document.body.classList.toggle('away', state.name !== 'open');
    if (state.name !== 'open') {
      this.#drawer.stopped();
      return;
    }
    void this.#client.call('rights').then((rights) => {
      setText(this.#who, visible(rights.who));
      this.#drawer.allow(rights);
    }, ignored);
    this.#ask();
  }

  #show(tab: Tab, filtered: Filters = {}): void {
    const { title, search, empty, sort } = TABS[tab];
    this.#tab = tab;
    this.#sort = sort;
    this.#descending = isDescending(tab, sort);
    this.#search.value = '';
    setAttribute(this.#search, 'placeholder', search);
    setAttribute(this.#search, 'aria-label', search);
    document.title = `${title} – Inspector`;
    history.replaceState(null, '', `#${tab}`);
    this.#tabs.show(tab);
    this.#filters.show(tab === 'connections' ? filtered : undefined);
    setAttribute(this.#panel, 'aria-labelledby', `tab-${tab}`);
    this.#setPaused(false);
    this.#grid.become(modelOf(tab), empty);
    this.#grid.sortedBy(this.#sort, this.#descending);
    this.#ask();
  }

  get #view(): View {
    return {
      tab: this.#tab,
      sort: this.#sort,
      descending: this.#descending,
      search: this.#search.value,
      ...this.#grid.range,
      ...this.#filters.filters,
      ...(this.#drawer.id !== '' && { open: this.#drawer.id }),
    };
  }

  /** Soon: whoever scrolls or writes will do so again. */
  #ask(): void {
    if (this.#asking !== undefined) return;
    this.#asking = setTimeout(() => {
      this.#asking = undefined;
      if (this.#client.state.name !== 'open') return;
      this.#client.call('look', this.#view, { queue: false }).then((tick) => {
        if (tick !== null) this.#apply(tick, true);
      }, ignored);
    }, PATIENCE);
  }

  #ticked(tick: Tick): void {
    this.#tiles.show(tick.summary);
    this.#apply(tick, !this.#isPaused);
  }

  #apply({ summary, window: shown, details }: Tick, isWanted: boolean): void {
    setText(this.#node, visible(summary.name));
    document.body.classList.toggle('draining', summary.draining);
    if (this.#client.state.name === 'open') {
      setText(this.#status, summary.draining ? 'Shutting down' : 'Live');
    }
    const isSlow = summary.interval > 1_500;
    setText(this.#pace, isSlow ? `every ${duration(summary.interval)}` : '');
    if (this.#drawer.id !== '') this.#drawer.show(details);
    if (!isWanted || shown.tab !== this.#tab) return;
    const { rows, from, total } = rowsOf(shown);
    this.#grid.show(rows, from, total);
    setText(this.#shown, `${count(total)} ${total === 1 ? 'row' : 'rows'}`);
  }

  #sortBy({ key, descending = false }: Column<AnyRow>): void {
    this.#descending = key === this.#sort ? !this.#descending : descending;
    this.#sort = key;
    this.#grid.sortedBy(key, this.#descending);
    this.#ask();
  }

  #opened(row: AnyRow): void {
    if ('members' in row) this.#show('connections', { room: row.name });
    else if ('spark' in row) this.#look(row.id);
    else if ('kind' in row) {
      if (row.connection !== '') this.#look(row.connection);
    } else if ('connections' in row && !('here' in row))
      this.#show('connections', { user: row.id });
  }

  #look(id: string): void {
    this.#drawer.open(id);
    this.#grid.choose(id);
    this.#ask();
  }

  #drawerClosed(): void {
    this.#grid.choose('');
    this.#grid.root.focus();
    this.#ask();
  }

  async #follow(connection: string): Promise<boolean> {
    try {
      const { done } = await this.#client.call('tail', { connection }, { queue: false });
      return done;
    } catch {
      return false;
    }
  }

  /** @returns what came of it, for people */
  async #act(answer: Promise<{ done: boolean }>, done: string): Promise<string> {
    try {
      return (await answer).done ? done : 'There was nothing to do: it has closed, or left.';
    } catch (error) {
      return error instanceof ClientError ? `Not done: ${error.message}` : 'Not done';
    }
  }

  #setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    setText(this.#pause, isPaused ? 'Go on' : 'Pause');
    setAttribute(this.#pause, 'aria-pressed', String(isPaused));
  }

  #key(event: KeyboardEvent): void {
    const isWriting = event.target instanceof HTMLInputElement;
    if (event.key === '/' && !isWriting) {
      event.preventDefault();
      this.#search.focus();
    } else if (event.key === 'Escape' && !isWriting) this.#drawer.close();
  }
}

function modelOf(tab: Tab): GridModel<AnyRow> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- rows of a tab are shown with its columns alone
  const columns = COLUMNS[tab] as unknown as readonly Column<AnyRow>[];
  const key = (row: AnyRow): string => {
    if ('connection' in row) return row.connection;
    return 'spark' in row ? row.id : '';
  };
  return { label: TABS[tab].title, columns, key, opens: tab !== 'events' && tab !== 'cluster' };
}

function isDescending(tab: Tab, sort: string): boolean {
  const columns: readonly { key: string; descending?: boolean }[] = COLUMNS[tab];
  return columns.find(({ key }) => key === sort)?.descending === true;
}

function rowsOf(shown: Window): { rows: readonly AnyRow[]; from: number; total: number } {
  return shown;
}

function textOf(state: ClientState): string {
  switch (state.name) {
    case 'open':
      return 'Live';
    case 'connecting':
      return 'Connecting…';
    case 'waiting':
      return `Away, next try in ${duration(state.in)}`;
    case 'signed-out':
      return 'Your session has ended: load the page again';
    case 'refused':
      return `Refused: ${state.message}`;
  }
  return 'Closed: load the page again';
}

function ignored(): void {}
