export enum Event {
  Tree = 'tree',
}

const WOOD = 'wood';
const FOLDER = 'a';
export const PREFIX = FOLDER + '/b';
export const EVENTS = { forest: `${WOOD}s` } as const;
