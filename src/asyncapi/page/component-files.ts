import { readFileSync } from 'node:fs';
import { optionalFile } from '../../support/optional-package.js';
import { WsConfigurationError } from '../../support/ws-configuration-error.js';

const PACKAGE = '@asyncapi/react-component';
/** With React in it, and without the parser. */
const SCRIPT = `${PACKAGE}/browser/standalone/without-parser.js`;
const STYLE = `${PACKAGE}/styles/default.min.css`;

/** The component of AsyncAPI, as its package ships it; each file is read when somebody asks for it. */
interface ComponentFiles {
  script(): string;
  style(): string;
}

/** @throws {WsConfigurationError} when the package is not there */
export function componentFiles(): ComponentFiles {
  const [script, style] = [SCRIPT, STYLE].map((name) => optionalFile(name));
  if (script === undefined || style === undefined) {
    throw new WsConfigurationError(
      `Cannot set up the page of AsyncAPI: expected the package ${PACKAGE} 3 beside react and react-dom (npm install ${PACKAGE} react react-dom), or the option ui: false, current value is without it`,
    );
  }
  return { script: () => readFileSync(script, 'utf8'), style: () => readFileSync(style, 'utf8') };
}
