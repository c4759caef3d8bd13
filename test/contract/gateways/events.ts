export enum Event {
  Tree = 'tree',
}

const WOOD = 'wood';
export const PREFIX = 'a' + '/b';
export const EVENTS = { forest: `${WOOD}s` } as const;
