/* <video-upload>: sends a master in numbered parts, and gives the form the upload's id in place of the file.
 *
 * The server says how long a part is, which have arrived, and where each one goes: to a bucket by a signed address, or
 * to the server itself. Nobody has to remember anything here: who picks the same file again, after a reload or on
 * another day, goes on where he was. At most PARALLEL parts are read from the disk at a time.
 */
(() => {
  const PARALLEL = 3;
  // How often a part is tried, the first pause (milliseconds, doubled each time), and what counts as hanging.
  const ATTEMPTS = 8;
  const PAUSE = 500;
  const LONGEST_PAUSE = 20_000;
  const HANGS = 60_000;
  const ROUNDS = 3;
  // Answers of our own server after which trying again may help.
  const PASSING = [408, 503];
  const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

  /** The server's own words for what cannot be mended by trying again. */
  class Refused extends Error {
    constructor(detail, missing = []) {
      super(detail);
      this.missing = missing;
    }
  }

  class VideoUpload extends HTMLElement {
    connectedCallback() {
      // While the page is read, what stands in the element is not there yet.
      if (document.readyState !== 'loading') this.prepare();
      else document.addEventListener('DOMContentLoaded', () => this.prepare(), { once: true });
    }

    prepare() {
      if (this.input) return;
      this.input = this.querySelector('input[type=file]');
      this.hiddenId = this.querySelector('input[type=hidden]');
      this.box = this.querySelector('.video-upload__state');
      this.title_ = this.querySelector('.video-upload__title');
      this.bar = this.querySelector('progress');
      this.words = this.querySelector('.video-upload__words');
      this.error = this.querySelector('[role=alert]');
      this.spoken = this.querySelector('[role=status]');
      this.again = this.querySelector('[data-again]');
      this.cancelButton = this.querySelector('[data-cancel]');
      this.texts = JSON.parse(this.dataset.texts);
      this.language = document.documentElement.lang || 'en';
      this.state = 'empty';
      // The file itself never goes with the form.
      this.input.removeAttribute('name');
      this.input.addEventListener('change', () => this.input.files.length && this.start(this.input.files[0]));
      this.again.addEventListener('click', () => this.start(this.file));
      this.cancelButton.addEventListener('click', () => this.cancel());
      // First of all listeners: who waits for a form that is sent must not see it yet.
      this.input.form.addEventListener('submit', (event) => this.holdBack(event), true);
      this.leaving = (event) => this.state === 'sending' && event.preventDefault();
      window.addEventListener('beforeunload', this.leaving);
      if (this.hiddenId.value) this.showComplete(Number(this.hiddenId.dataset.size));
    }

    disconnectedCallback() {
      window.removeEventListener('beforeunload', this.leaving);
      this.stop?.abort();
    }

    async start(file) {
      this.stop?.abort();
      const stop = new AbortController();
      const { signal } = stop;
      this.stop = stop;
      this.file = file;
      this.hiddenId.value = '';
      this.state = 'sending';
      this.arrivedBytes = 0;
      this.onTheWay = new Map();
      this.toldPercent = 0;
      this.title_.textContent = file.name;
      this.error.textContent = '';
      this.words.textContent = '';
      this.again.hidden = true;
      this.box.hidden = false;
      this.bar.hidden = false;
      this.bar.value = 0;
      this.cancelButton.textContent = this.texts.cancel;
      this.say(this.texts.begins);
      try {
        const upload = await this.insist(signal, () => this.ask('POST', this.dataset.uploadsUrl, signal, {
          title: file.name, size_bytes: file.size, changed_at: file.lastModified,
        }));
        signal.throwIfAborted();
        this.address = `${this.dataset.uploadsUrl}${upload.id}/`;
        if (upload.state === 'receiving') await this.sendAll(upload, signal);
        signal.throwIfAborted();
        this.hiddenId.value = upload.id;
        this.showComplete(file.size);
        if (this.wanted) this.input.form.requestSubmit();
      } catch (error) {
        if (signal.aborted) return;
        // Parts that are still on their way stop too.
        stop.abort();
        this.fail(error);
      }
    }

    async sendAll(upload, signal) {
      const all = Array.from({ length: upload.part_count }, (_, index) => index + 1);
      const there = new Set(upload.arrived);
      let missing = all.filter((number) => !there.has(number));
      const sizeOf = (number) => Math.min(upload.part_bytes, this.file.size - (number - 1) * upload.part_bytes);
      for (let round = 1; ; round += 1) {
        this.arrivedBytes = this.file.size - missing.reduce((sum, number) => sum + sizeOf(number), 0);
        this.began = { at: performance.now(), bytes: this.arrivedBytes };
        this.show();
        const waiting = missing.values();
        const worker = async () => {
          for (const number of waiting) {
            await this.insist(signal, () => this.sendPart(upload, number, signal));
            this.onTheWay.delete(number);
            this.arrivedBytes += sizeOf(number);
            this.show();
          }
        };
        await Promise.all(Array.from({ length: PARALLEL }, worker));
        this.words.textContent = this.texts.joining;
        try {
          await this.insist(signal, () => this.ask('POST', `${this.address}complete/`, signal));
          return;
        } catch (error) {
          if (!error.missing?.length || round === ROUNDS) throw error;
          missing = error.missing;
        }
      }
    }

    async sendPart(upload, number, signal) {
      const { url } = await this.ask('POST', `${this.address}parts/${number}/`, signal);
      const start = (number - 1) * upload.part_bytes;
      const part = this.file.slice(start, Math.min(start + upload.part_bytes, this.file.size));
      try {
        await this.put(url, number, part, signal);
      } catch (error) {
        await part.slice(0, 1).arrayBuffer().catch(() => { throw new Refused(this.texts.changed); });
        throw error;
      }
    }

    put(url, number, part, signal) {
      return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        const own = new URL(url, window.location).origin === window.location.origin;
        let watch;
        const stir = () => {
          clearTimeout(watch);
          watch = setTimeout(() => request.abort(), HANGS);
        };
        const over = (settle, value) => {
          clearTimeout(watch);
          signal.removeEventListener('abort', end);
          settle(value);
        };
        const end = () => request.abort();
        request.open('PUT', url);
        if (own) this.ownHeaders().forEach(([name, value]) => request.setRequestHeader(name, value));
        request.upload.onprogress = (event) => {
          stir();
          this.onTheWay.set(number, event.loaded);
          this.show();
        };
        request.onload = () => {
          if (request.status >= 200 && request.status < 300) over(resolve);
          else if (own) over(reject, this.problem(request.status, request.responseText));
          // The bucket's words are for machines; a new address may help.
          else over(reject, new Error(this.texts.unreachable));
        };
        request.onerror = () => over(reject, new Error(this.texts.unreachable));
        request.onabort = request.onerror;
        signal.addEventListener('abort', end);
        stir();
        request.send(part);
      });
    }

    /** Asks our server. Its answer; raises Refused, or Error where trying again may help. */
    async ask(method, url, signal, content) {
      let response;
      try {
        response = await fetch(url, {
          method, signal, redirect: 'manual', body: content && JSON.stringify(content), headers: this.ownHeaders(),
        });
      } catch {
        throw new Error(this.texts.unreachable);
      }
      const text = await response.text();
      if (!response.ok) throw this.problem(response.status, text);
      return text ? JSON.parse(text) : {};
    }

    ownHeaders() {
      const token = this.input.form.querySelector('[name=csrfmiddlewaretoken]').value;
      return [['X-CSRFToken', token], ['X-Requested-With', 'XMLHttpRequest'], ['Accept', 'application/json']];
    }

    problem(status, text) {
      let answer = {};
      try {
        answer = JSON.parse(text);
      } catch {
        // Not one of our own answers: somebody before us gave it.
      }
      if (answer.detail && !PASSING.includes(status)) return new Refused(answer.detail, answer.missing);
      // 0: sent on to the page for logging in.
      if (status === 0 || status === 401 || status === 403) return new Refused(this.texts.logged_out);
      return new Error(answer.detail || this.texts.unreachable);
    }

    /** Tries until it works, with growing pauses; while there is no network, no try is counted. */
    async insist(signal, act) {
      for (let attempt = 1; ; attempt += 1) {
        signal.throwIfAborted();
        try {
          return await act();
        } catch (error) {
          if (signal.aborted || error instanceof Refused) throw error;
          if (attempt >= ATTEMPTS && navigator.onLine) throw error;
          await this.pause(Math.min(PAUSE * 2 ** attempt, LONGEST_PAUSE), signal);
          if (!navigator.onLine) {
            this.words.textContent = this.texts.paused;
            this.say(this.texts.paused);
            await new Promise((resolve) => window.addEventListener('online', resolve, { once: true, signal }));
            attempt = 0;
          }
        }
      }
    }

    pause(milliseconds, signal) {
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
      });
    }

    async cancel() {
      const wasSending = this.state !== 'complete';
      const address = this.address ?? (this.hiddenId.value && `${this.dataset.uploadsUrl}${this.hiddenId.value}/`);
      this.stop?.abort();
      this.state = 'empty';
      this.wanted = false;
      this.address = null;
      this.hiddenId.value = '';
      this.input.value = '';
      this.box.hidden = true;
      this.input.focus();
      this.say(wasSending ? this.texts.cancelled : this.texts.removed);
      // Should it not arrive, the server forgets the upload by itself.
      if (address) await this.ask('DELETE', address, new AbortController().signal).catch(() => {});
    }

    holdBack(event) {
      if (this.state !== 'sending' && this.state !== 'failed') return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (this.state === 'sending') {
        this.wanted = true;
        this.say(this.texts.waits);
        this.show();
      } else {
        this.again.focus();
      }
    }

    fail(error) {
      if (this.state === 'failed') return;
      this.state = 'failed';
      this.wanted = false;
      this.words.textContent = '';
      this.error.textContent = this.fill(this.texts.failed, { reason: error.message });
      this.again.hidden = false;
    }

    show() {
      if (this.state !== 'sending') return;
      const onTheWay = [...this.onTheWay.values()].reduce((sum, bytes) => sum + bytes, 0);
      const done = Math.min(this.arrivedBytes + onTheWay, this.file.size);
      const part = done / this.file.size;
      const percent = new Intl.NumberFormat(this.language, { style: 'percent' }).format(Math.floor(part * 100) / 100);
      const values = { done: this.size(done), size: this.size(this.file.size), percent, time: this.timeLeft(done) };
      this.bar.value = part;
      const words = this.fill(values.time ? this.texts.left : this.texts.sending, values);
      this.words.textContent = this.wanted ? `${words} ${this.texts.waits}` : words;
      if (part * 100 >= this.toldPercent + 10) {
        this.toldPercent = Math.floor(part * 10) * 10;
        this.say(this.fill(this.texts.spoken, values));
      }
    }

    showComplete(size) {
      this.state = 'complete';
      this.box.hidden = false;
      this.bar.hidden = true;
      this.error.textContent = '';
      this.words.textContent = this.fill(this.texts.complete, { size: this.size(size) });
      this.cancelButton.textContent = this.texts.remove;
      this.say(this.words.textContent);
    }

    /** Time that is left, once it can be told; in words. */
    timeLeft(done) {
      const seconds = (performance.now() - this.began.at) / 1000;
      if (seconds < 3 || done <= this.began.bytes) return '';
      const left = ((this.file.size - done) * seconds) / (done - this.began.bytes);
      const [unit, number] = left < 90 ? ['second', left] : left < 5400 ? ['minute', left / 60] : ['hour', left / 3600];
      const options = { style: 'unit', unit, unitDisplay: 'long' };
      return new Intl.NumberFormat(this.language, options).format(Math.ceil(number));
    }

    size(bytes) {
      const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
      const options = { style: 'unit', unit: UNITS[power], maximumFractionDigits: power > 2 ? 2 : 0 };
      return new Intl.NumberFormat(this.language, options).format(bytes / 1000 ** power);
    }

    say(text) {
      this.spoken.textContent = text;
    }

    fill(text, values) {
      return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
    }
  }

  // The chooser's window loads this file anew each time it opens.
  if (!customElements.get('video-upload')) customElements.define('video-upload', VideoUpload);
})();
