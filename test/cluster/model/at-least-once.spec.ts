import { describeSeeds } from './check-seeds.js';

describeSeeds('at-least-once');
