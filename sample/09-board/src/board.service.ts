import { Injectable, NotFoundException } from '@nestjs/common';
import { Attachments } from './attachments.service.js';
import type { Card, Column } from './board.contract.js';

/** More cards than anybody wants to see in this sample; the oldest go first. */
const CAPACITY = 30;

@Injectable()
export class Board {
  private readonly cards = new Map<string, Card>();
  private lastId = 0;

  constructor(private readonly attachments: Attachments) {
    const first: readonly [Column, string][] = [
      ['todo', 'Invite the team'],
      ['todo', 'Write the first test'],
      ['doing', 'Draw the login page'],
      ['done', 'Choose a framework'],
    ];
    for (const [column, title] of first) this.put(column, title, 'ada');
  }

  get all(): readonly Card[] {
    return [...this.cards.values()];
  }

  add(title: string, by: string): Card {
    return this.put('todo', title, by);
  }

  /** @throws {NotFoundException} when there is no such card. */
  move(id: string, column: Column): Card {
    return this.change({ ...this.find(id), column });
  }

  /** @throws {NotFoundException} when there is no such card. */
  attach(id: string, name: string, bytes: Buffer): Card {
    const card = this.find(id);
    this.attachments.drop(card.attachment);
    return this.change({ ...card, attachment: this.attachments.keep(name, bytes) });
  }

  /** @throws {NotFoundException} when there is no such card. */
  find(id: string): Card {
    const card = this.cards.get(id);
    if (card === undefined) throw new NotFoundException('The card is gone');
    return card;
  }

  private change(card: Card): Card {
    this.cards.set(card.id, card);
    return card;
  }

  private put(column: Column, title: string, by: string): Card {
    const card = { id: String((this.lastId += 1)), title, column, by };
    this.cards.set(card.id, card);
    const [oldest] = this.cards.values();
    if (this.cards.size > CAPACITY && oldest !== undefined) {
      this.cards.delete(oldest.id);
      this.attachments.drop(oldest.attachment);
    }
    return card;
  }
}
