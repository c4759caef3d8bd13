import { fitting, type Column } from './column.js';
import { element, setAttribute, setText } from './dom.js';
import { Spark } from './spark.js';

/** Pixels of a row; as in the style sheet. */
const ROW = 36;
const GAP = 12;
const SIDES = 32;
/** Of the lines in it. */
const SECONDS = 40;
/** Rows above and below what is seen that are there already. */
const AHEAD = 12;
/** The longest list a browser can lay out; who wants more of it searches. */
const MAX_ROWS = 800_000;

/** What a grid shows; each tab has one. */
export interface GridModel<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly key: (row: Row) => string;
  /** Whether rows lead anywhere. */
  readonly opens: boolean;
}

interface GridHost<Row> {
  /** Rows are wanted that are not there. */
  wanted(): void;
  sorted(column: Column<Row>): void;
  opened(row: Row): void;
}

interface DrawnRow {
  readonly root: HTMLElement;
  readonly cells: HTMLElement[];
  readonly texts: HTMLElement[];
  readonly sparks: (Spark | undefined)[];
}

/** A list of any length, of which only what is seen exists. */
export class Grid<Row> {
  readonly root: HTMLElement;
  readonly #host: GridHost<Row>;
  readonly #head = element('div', { class: 'grid-head', role: 'rowgroup' });
  readonly #body = element('div', { class: 'grid-body', role: 'rowgroup' });
  readonly #empty = element('p', { class: 'empty' });
  readonly #pool = new Map<number, DrawnRow>();
  #model: GridModel<Row>;
  #columns: Column<Row>[] = [];
  #rows: readonly Row[] = [];
  #from = 0;
  #total = 0;
  #active = 0;
  #chosen = '';
  #sort = '';
  #descending = false;

  constructor(model: GridModel<Row>, host: GridHost<Row>) {
    this.#model = model;
    this.#host = host;
    this.root = element(
      'div',
      { class: 'grid', role: 'grid', tabindex: 0, 'aria-label': model.label },
      [this.#head, this.#body],
      { keydown: (event) => this.#key(event), scroll: () => this.#scrolled() },
    );
    this.#body.addEventListener('click', (event) => this.#clicked(event));
    new ResizeObserver(() => this.#layOut()).observe(this.root);
  }

  /** What is said where there is nothing; shown beside the grid, for a grid has rows alone. */
  get empty(): HTMLElement {
    return this.#empty;
  }

  become(model: GridModel<Row>, empty: string): void {
    this.#model = model;
    setAttribute(this.root, 'aria-label', model.label);
    setText(this.#empty, empty);
    this.#rows = [];
    this.#total = 0;
    this.#active = 0;
    this.#chosen = '';
    this.root.scrollTop = 0;
    this.#columns = [];
    this.#layOut();
  }

  sortedBy(sort: string, descending: boolean): void {
    this.#sort = sort;
    this.#descending = descending;
    this.#drawHead();
  }

  /** The row of this key is marked. */
  choose(key: string): void {
    this.#chosen = key;
    this.#draw();
  }

  show(rows: readonly Row[], from: number, total: number): void {
    this.#rows = rows;
    this.#from = from;
    this.#total = Math.min(total, MAX_ROWS);
    this.#active = Math.min(this.#active, Math.max(0, this.#total - 1));
    this.#draw();
  }

  /** From which row on, and how many, are wanted around what is seen. */
  get range(): { from: number; count: number } {
    const first = Math.floor(this.root.scrollTop / ROW);
    const seen = Math.ceil(this.root.clientHeight / ROW) + 1;
    const from = Math.max(0, first - AHEAD);
    return { from, count: Math.min(200, seen + AHEAD * 2) };
  }

  #layOut(): void {
    const { columns } = this.#model;
    const columnsThatFit = fitting(
      columns.map((column) => ({ ...column, width: column.width + GAP })),
      this.root.clientWidth - SIDES + GAP,
    ).map(({ key }) => key);
    const chosen = columns.filter(({ key }) => columnsThatFit.includes(key));
    const isSame =
      chosen.length === this.#columns.length &&
      chosen.every((column, at) => column === this.#columns[at]);
    if (!isSame) {
      this.#columns = chosen;
      const hasGrowing = chosen.some(({ grow }) => grow !== undefined);
      const template = chosen.map(({ width, grow }) =>
        grow === undefined && hasGrowing ? `${width}px` : `minmax(${width}px, ${grow ?? 1}fr)`,
      );
      this.root.style.setProperty('--columns', template.join(' '));
      for (const { root } of this.#pool.values()) root.remove();
      this.#pool.clear();
      this.#drawHead();
    }
    this.#draw();
    this.#scrolled();
  }

  #drawHead(): void {
    const cells = this.#columns.map((column) => {
      const isSorted = column.key === this.#sort;
      const order = this.#descending ? 'descending' : 'ascending';
      const button = element(
        'button',
        { class: 'sort', type: 'button', 'data-key': column.key },
        [
          column.title,
          isSorted ? element('span', { class: `arrow ${order}`, 'aria-hidden': 'true' }) : null,
        ],
        { click: () => this.#host.sorted(column) },
      );
      return element(
        'div',
        {
          class: `cell ${column.align ?? ''}`,
          role: 'columnheader',
          'aria-sort': isSorted ? order : undefined,
        },
        [button],
      );
    });
    const focused = document.activeElement?.getAttribute('data-key');
    this.#head.replaceChildren(
      element('div', { class: 'row head', role: 'row', 'aria-rowindex': 1 }, cells),
    );
    if (focused != null && this.#head.isConnected) {
      cells
        .find((cell) => cell.firstElementChild?.getAttribute('data-key') === focused)
        ?.querySelector('button')
        ?.focus();
    }
  }

  #draw(): void {
    this.#body.style.height = `${this.#total * ROW}px`;
    setAttribute(this.root, 'aria-rowcount', this.#total + 1);
    setAttribute(this.root, 'aria-colcount', this.#columns.length);
    this.#empty.hidden = this.#total > 0;
    const needed = new Set<number>();
    this.#rows.forEach((row, at) => {
      const index = this.#from + at;
      if (index >= this.#total) return;
      needed.add(index);
      this.#drawRow(index, row);
    });
    for (const [index, { root }] of this.#pool) {
      if (needed.has(index)) continue;
      root.remove();
      this.#pool.delete(index);
    }
    setAttribute(
      this.root,
      'aria-activedescendant',
      needed.has(this.#active) ? rowId(this.#active) : undefined,
    );
  }

  #drawRow(index: number, row: Row): void {
    let drawn = this.#pool.get(index);
    if (drawn === undefined) {
      drawn = this.#make(index);
      this.#pool.set(index, drawn);
      this.#body.append(drawn.root);
    }
    const isChosen = this.#chosen !== '' && this.#model.key(row) === this.#chosen;
    setAttribute(drawn.root, 'aria-selected', this.#model.opens ? String(isChosen) : undefined);
    drawn.root.classList.toggle('active', index === this.#active);
    this.#columns.forEach((column, at) => {
      const text = column.text(row);
      setText(drawn.texts[at]!, text);
      setAttribute(drawn.cells[at]!, 'title', text.length > 12 ? text : undefined);
      setAttribute(
        drawn.cells[at]!,
        'class',
        `cell ${column.align ?? ''} ${column.mood?.(row) ?? ''}`,
      );
      if (column.spark !== undefined) drawn.sparks[at]?.draw(column.spark(row), SECONDS);
    });
  }

  #make(index: number): DrawnRow {
    const texts: HTMLElement[] = [];
    const sparks: (Spark | undefined)[] = [];
    const cells = this.#columns.map((column) => {
      // Isolated: the direction of one text must not turn those beside it.
      const text = element('bdi');
      texts.push(text);
      const spark = column.spark === undefined ? undefined : new Spark(56, 22);
      sparks.push(spark);
      const cell = element('div', { role: 'gridcell' }, [text]);
      if (spark !== undefined) cell.prepend(spark.svg);
      return cell;
    });
    const root = element(
      'div',
      {
        class: this.#model.opens ? 'row opens' : 'row',
        role: 'row',
        id: rowId(index),
        'aria-rowindex': index + 2,
        'data-index': index,
      },
      cells,
    );
    root.style.transform = `translateY(${index * ROW}px)`;
    return { root, cells, texts, sparks };
  }

  #scrolled(): void {
    const first = Math.floor(this.root.scrollTop / ROW);
    const last = Math.min(this.#total, first + Math.ceil(this.root.clientHeight / ROW) + 1);
    if (first >= this.#from && last <= this.#from + this.#rows.length) return;
    this.#host.wanted();
  }

  #clicked({ target }: MouseEvent): void {
    const row = target instanceof Element ? target.closest('.row') : null;
    if (row === null) return;
    this.#active = Number(row.getAttribute('data-index'));
    this.#open();
  }

  #open(): void {
    const row = this.#rows[this.#active - this.#from];
    this.#draw();
    if (row !== undefined && this.#model.opens) this.#host.opened(row);
  }

  #key(event: KeyboardEvent): void {
    // Of the buttons in its head.
    if (event.target !== this.root) return;
    const page = Math.max(1, Math.floor(this.root.clientHeight / ROW) - 2);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active - 1,
      PageDown: this.#active + page,
      PageUp: this.#active - page,
      Home: 0,
      End: this.#total - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.#move(Math.max(0, Math.min(this.#total - 1, to)));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      this.#open();
    }
  }

  #move(to: number): void {
    this.#active = to;
    const { root } = this;
    const head = this.#head.offsetHeight;
    const top = to * ROW;
    if (top < root.scrollTop) root.scrollTop = top;
    else if (top + ROW > root.scrollTop + root.clientHeight - head) {
      root.scrollTop = top + ROW - root.clientHeight + head;
    }
    this.#draw();
    this.#scrolled();
  }
}

function rowId(index: number): string {
  return `row-${index}`;
}
