/** Asks the server: for clips, for the frame that a text means, and how far the clips in the list are. */
const PAUSE = 1000;

/** An answer that is no: `errors`, a sentence for each field, and the server's own words for the whole. */
export class Refused extends Error {
  constructor(detail, errors = {}) {
    super(detail);
    this.errors = errors;
  }
}

export class Server {
  constructor(addresses, texts, token) {
    this.addresses = addresses;
    this.texts = texts;
    this.token = token;
  }

  /** The frame that a text means. `name`: of the point. Raises Refused. */
  async frameOf(name, text) {
    const answer = await this.ask('GET', `${this.addresses.point}?${new URLSearchParams({ name, text })}`);
    return answer.frame;
  }

  /** Have a clip made; whether there was none yet. Raises Refused. */
  async order(wish) {
    const answer = await this.ask('POST', this.addresses.order, wish);
    return answer.is_new;
  }

  async ask(method, url, content) {
    let response;
    let answer = {};
    try {
      const headers = { 'X-CSRFToken': this.token, 'X-Requested-With': 'XMLHttpRequest', Accept: 'application/json' };
      response = await fetch(url, { method, headers, redirect: 'manual', body: content && JSON.stringify(content) });
      const text = await response.text();
      if (text) answer = JSON.parse(text);
    } catch {
      // No answer, or none of ours: somebody before the server gave it.
    }
    if (response?.ok) return answer;
    if (answer.errors || answer.detail) throw new Refused(answer.detail ?? '', answer.errors);
    const isOut = response && [0, 401, 403].includes(response.status);
    throw new Refused(isOut ? this.texts.logged_out : this.texts.unreachable);
  }
}

/** The table of clips, kept up to date while one of them is under way. `say`: tells who cannot see it. */
export class ClipList {
  constructor(element, server, frames, say) {
    this.element = element;
    this.server = server;
    this.frames = frames;
    this.say = say;
    this.#name(element);
    this.#wait();
  }

  async refresh() {
    clearTimeout(this.timer);
    try {
      const answer = await fetch(this.server.addresses.clips, { headers: { 'X-Requested-With': 'XMLHttpRequest' }, redirect: 'manual' });
      if (answer.ok) this.#show(await answer.text());
    } catch {
      // The server is away for a moment: ask again.
    }
    this.#wait();
  }

  #wait() {
    clearTimeout(this.timer);
    if (this.element.querySelector('[data-unfinished]')) this.timer = setTimeout(() => this.refresh(), PAUSE);
  }

  /** What did not change stays: nobody's button is taken away under his hands. */
  #show(html) {
    const fresh = document.createElement('div');
    fresh.innerHTML = html;
    this.#name(fresh);
    const focused = document.activeElement?.id;
    const [rows, before] = [[...fresh.querySelectorAll('tbody tr')], this.element.querySelector('tbody')];
    for (const row of rows) {
      const known = this.element.querySelector(`#${CSS.escape(row.id)}`);
      this.#tell(known, row);
      if (known?.isEqualNode(row)) row.replaceWith(known);
    }
    if (before && rows.length) before.replaceChildren(...fresh.querySelector('tbody').children);
    else this.element.replaceChildren(...fresh.children);
    if (!focused || document.activeElement?.id === focused) return;
    // A button that is gone was pressed, or its clip is over: go on with what there is now in the same row.
    const row = document.getElementById(`clip-${focused.replace(/^[a-z]+-/, '')}`);
    (document.getElementById(focused) ?? row?.querySelector('a, button'))?.focus();
  }

  #tell(known, row) {
    if (!known || known.dataset.state === row.dataset.state) return;
    const words = { ready: this.server.texts.ready, failed: this.server.texts.failed }[row.dataset.state];
    if (words) this.say(words.replace('{name}', row.dataset.name));
  }

  /** Points as the timeline names them. */
  #name(part) {
    for (const points of part.querySelectorAll('[data-from]')) {
      const [start, end] = [points.dataset.from, points.dataset.to].map((frame) => this.frames.clamp(Number(frame)));
      points.textContent = `${this.frames.nameOf(start)} – ${this.frames.nameOf(end)}`;
      const row = points.closest('tr');
      row.dataset.name = points.textContent;
    }
  }
}
