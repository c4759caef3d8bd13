import { describeSeeds } from './check-seeds.js';

describeSeeds('at-most-once');
