import { Injectable } from '@nestjs/common';

export interface Results {
  question: string;
  options: { name: string; votes: number }[];
  /** People who are here, whether they have voted or not. */
  people: number;
}

/** One poll. A voice counts as long as whoever raised it is here. */
@Injectable()
export class Poll {
  private readonly question = 'When shall we meet?';
  private readonly options = ['Monday', 'Wednesday', 'Friday'];
  private readonly voices = new Map<object, string | undefined>();
  private readonly log: string[] = [];

  /** The last choices, oldest first. */
  get history(): readonly string[] {
    return this.log;
  }

  has(option: string): boolean {
    return this.options.includes(option);
  }

  enter(voter: object): void {
    this.voices.set(voter, undefined);
  }

  vote(voter: object, option: string): void {
    this.voices.set(voter, option);
    this.log.push(option);
    if (this.log.length > 20) this.log.shift();
  }

  leave(voter: object): void {
    this.voices.delete(voter);
  }

  results(): Results {
    const voices = [...this.voices.values()];
    const options = this.options.map((name) => ({
      name,
      votes: voices.filter((voice) => voice === name).length,
    }));
    return { question: this.question, options, people: this.voices.size };
  }
}
