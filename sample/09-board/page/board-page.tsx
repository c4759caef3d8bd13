import { useCallback, useEffect, useRef, useState, type FormEvent } from 'react';
import type { ClientError, ClientState } from 'nestwire/client';
import type { Card, Column } from '../src/board.contract.js';
import type { Attaching } from './attachment-row.js';
import { ColumnList } from './column-list.js';
import { useBoard } from './use-board.js';

const COLUMNS: readonly { readonly name: Column; readonly title: string }[] = [
  { name: 'todo', title: 'To do' },
  { name: 'doing', title: 'Doing' },
  { name: 'done', title: 'Done' },
];
/** What is said of an upload that came to nothing; else the error says it. */
const FAILURES: Readonly<Record<string, string>> = {
  ABORTED: 'The upload was stopped',
  LIMIT_EXCEEDED: 'The file is too large: 2 MiB is the most',
};
const TEXTS: Readonly<Record<ClientState['name'], string>> = {
  connecting: 'Connecting',
  open: 'Connected',
  waiting: 'Connection lost, trying again',
  refused: 'Refused',
  'signed-out': 'Signed out',
  closed: 'Closed',
};

interface BoardPageProps {
  readonly token: string;
  readonly onEnd: (why: string) => void;
}

export function BoardPage({ token, onEnd }: BoardPageProps) {
  const [notice, setNotice] = useState('');
  const notify = useCallback((text: string) => setNotice(text), []);
  const { cards, state, people, add, move, attach } = useBoard(token, notify);
  const [receiver, setReceiver] = useState('');
  // A card that moves is another element in another list: it keeps the focus.
  const moved = useRef('');

  useEffect(() => {
    if (state.name === 'signed-out') onEnd('Your session has ended: sign in again');
  }, [state, onEnd]);
  useEffect(() => {
    document.getElementById(`card-${moved.current}`)?.focus();
    moved.current = '';
  }, [cards]);

  function moveBy(card: Card, steps: number): void {
    const at = COLUMNS.findIndex(({ name }) => name === card.column);
    const to = COLUMNS[at + steps];
    if (to === undefined) return;
    moved.current = card.id;
    move(card, to.name);
    setNotice(`“${card.title}” is in ${to.title} now`);
  }

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    const title = new FormData(form).get('title');
    if (typeof title !== 'string' || title.trim() === '') return;
    if (await add(title.trim())) form.reset();
  }

  const attaching: Attaching = {
    to: attach.status === 'pending' ? receiver : undefined,
    progress: attach.progress,
    onStop: attach.abort,
    onAttach(card, file) {
      setReceiver(card.id);
      attach.run(file, { id: card.id, name: file.name }).then(
        () => setNotice(`“${card.title}” has ${file.name} now`),
        ({ code, message }: ClientError) => setNotice(FAILURES[code] ?? message),
      );
    },
  };

  return (
    <main className="board">
      <header className="row">
        <div className="logo" aria-hidden="true">
          <span />
          <span />
          <span />
        </div>
        <div className="grow">
          <h1>Board</h1>
          <p className="status" role="status" data-state={state.name}>
            {TEXTS[state.name]}
          </p>
        </div>
        <ul className="people" aria-label="Here now">
          {people.map((name) => (
            <li key={name}>{name}</li>
          ))}
        </ul>
        <button type="button" className="quiet" onClick={() => onEnd('')}>
          Sign out
        </button>
      </header>
      <form className="row add" onSubmit={(event) => void submit(event)}>
        <label htmlFor="title" className="visually-hidden">
          New card
        </label>
        <input id="title" name="title" maxLength={80} placeholder="What is to be done?" />
        <button type="submit" className="primary">
          Add
        </button>
      </form>
      <p className="notice" aria-live="polite" data-empty={notice === ''}>
        {notice}
      </p>
      <div className="columns">
        {COLUMNS.map(({ name, title }, at) => (
          <ColumnList
            key={name}
            title={title}
            ways={{ left: at > 0, right: at < COLUMNS.length - 1 }}
            cards={inOrder(cards.filter(({ column }) => column === name))}
            onMove={moveBy}
            attaching={attaching}
            onDrop={(id) => {
              const card = cards.find((each) => each.id === id);
              if (card !== undefined && card.column !== name) move(card, name);
            }}
          />
        ))}
      </div>
    </main>
  );
}

/** As they were written, wherever they have been meanwhile: so it is in every page. */
function inOrder(cards: readonly Card[]): Card[] {
  return cards.toSorted((a, b) => Number(a.id) - Number(b.id));
}
