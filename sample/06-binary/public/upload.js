import { showState } from '../../shared/public/connection-state.js';
import { byId as $, element } from '../../shared/public/dom.js';
import { Uploader } from './uploader.js';

const LISTED = 8;

const uploader = new Uploader({
  state: showState,
  limits({ maxFile }) {
    $('max').textContent = size(maxFile);
  },
  received({ name, size: bytes, sha256 }) {
    const line = element('li');
    const hash = element('code', '', sha256.slice(0, 16));
    hash.title = sha256;
    line.append(element('span', '', `${name}, ${size(bytes)}`), hash);
    $('received').prepend(line);
    while ($('received').children.length > LISTED) $('received').lastElementChild.remove();
    $('nothing').hidden = true;
  },
});

/** One after another: the server takes four at a time, and one already fills the line. */
let queue = Promise.resolve();
function add(files) {
  for (const file of files) {
    const row = new Row(file);
    queue = queue.then(() => row.send());
  }
}

class Row {
  #stopping = new AbortController();

  constructor(file) {
    this.file = file;
    this.element = $('upload').content.firstElementChild.cloneNode(true);
    this.bar = this.element.querySelector('.bar');
    this.element.querySelector('.name').textContent = file.name;
    this.element.querySelector('button').addEventListener('click', () => this.#stopping.abort());
    this.#say('Waiting', 'waiting');
    $('uploads').prepend(this.element);
  }

  async send() {
    const { signal } = this.#stopping;
    try {
      if (signal.aborted) throw new Error('Stopped');
      const { sha256 } = await uploader.send(this.file, (sent) => this.#progress(sent), signal);
      const same = sha256 === (await hashOf(this.file));
      if (!same) throw new Error('The server has received something else');
      this.#progress(this.file.size);
      this.#say(
        `${size(this.file.size)}, same SHA-256 on both ends: ${sha256.slice(0, 16)}…`,
        'done',
      );
    } catch (error) {
      this.#say(error.message, 'failed');
    }
    this.element.querySelector('button').hidden = true;
  }

  #progress(sent) {
    const part = this.file.size === 0 ? 100 : Math.floor((100 * sent) / this.file.size);
    this.bar.setAttribute('aria-valuenow', String(part));
    this.bar.firstElementChild.style.width = `${part}%`;
    this.#say(`${size(sent)} of ${size(this.file.size)}`, 'sending');
  }

  #say(text, state) {
    this.element.dataset.state = state;
    this.element.querySelector('.note').textContent = text;
  }
}

async function hashOf(file) {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1).replace('.0', '')} MiB`;
}

$('files').addEventListener('change', () => {
  add($('files').files);
  $('files').value = '';
});
for (const [event, over] of [
  ['dragover', true],
  ['dragleave', false],
  ['drop', false],
]) {
  $('drop').addEventListener(event, (dragged) => {
    dragged.preventDefault();
    $('drop').classList.toggle('over', over);
    if (event === 'drop') add(dragged.dataTransfer.files);
  });
}
