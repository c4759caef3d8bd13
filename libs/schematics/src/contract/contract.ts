import type { Rule } from '@angular-devkit/schematics';
import { create, placeOf, type FileOptions } from '../project/file-options.js';
import { contractText } from './contract-text.js';

/** `nest g -c nestwire contract chat`: what both ends of a path say, as types. */
export function contract(options: FileOptions): Rule {
  return (tree) => {
    const place = placeOf(tree, options);
    create(tree, place.folder, `${place.name}.contract.ts`, contractText(place));
  };
}
