import type { KeyboardEvent } from 'react';
import type { Card } from '../src/board.contract.js';
import { AttachmentRow, type Attaching } from './attachment-row.js';

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

interface ColumnListProps {
  readonly title: string;
  readonly cards: readonly Card[];
  /** Which ways there is another column. */
  readonly ways: { readonly left: boolean; readonly right: boolean };
  /** One column to the left, or to the right. */
  readonly onMove: (card: Card, steps: number) => void;
  readonly onDrop: (id: string) => void;
  readonly attaching: Attaching;
}

/** One column. Cards are dragged, moved by the arrow keys, or by their buttons. */
export function ColumnList({ title, cards, ways, onMove, onDrop, attaching }: ColumnListProps) {
  function keyDown(event: KeyboardEvent, card: Card): void {
    const steps = STEPS[event.key];
    if (steps === undefined) return;
    event.preventDefault();
    onMove(card, steps);
  }

  return (
    <section
      aria-label={title}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        onDrop(event.dataTransfer.getData('text/plain'));
      }}
    >
      <h2>
        {title} <span className="muted">{cards.length}</span>
      </h2>
      <ul>
        {cards.map((card) => (
          <li
            key={card.id}
            id={`card-${card.id}`}
            className="task"
            tabIndex={0}
            draggable
            aria-label={`${card.title}, by ${card.by}`}
            aria-keyshortcuts="ArrowLeft ArrowRight"
            onKeyDown={(event) => keyDown(event, card)}
            onDragStart={(event) => event.dataTransfer.setData('text/plain', card.id)}
          >
            <p>{card.title}</p>
            <p className="muted">{card.by}</p>
            <div className="moves">
              <button
                type="button"
                disabled={!ways.left}
                aria-label={`Move ${card.title} left`}
                onClick={() => onMove(card, -1)}
              >
                ←
              </button>
              <button
                type="button"
                disabled={!ways.right}
                aria-label={`Move ${card.title} right`}
                onClick={() => onMove(card, 1)}
              >
                →
              </button>
            </div>
            <AttachmentRow card={card} attaching={attaching} />
          </li>
        ))}
      </ul>
    </section>
  );
}
