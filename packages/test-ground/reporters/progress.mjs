import { relative } from 'node:path';

/** Milliseconds of silence after which the running files are named: a reader must see that the run goes on. */
const silenceMaxMs = 4_000;
const lookEveryMs = 500;

/**
 * Says which test files are running when none has ended for a while. On a terminal jest shows that by itself.
 *
 * Jest loads reporters untransformed, hence plain JavaScript.
 */
export default class ProgressReporter {
  #rootFolder;
  #startedAtMs = new Map();
  #lastWordAtMs = performance.now();
  #timer;

  constructor(globalConfig) {
    this.#rootFolder = globalConfig.rootDir;
  }

  onRunStart() {
    if (process.stderr.isTTY) return;
    this.#timer = setInterval(() => this.#speakAfterSilence(), lookEveryMs);
    this.#timer.unref();
  }

  onTestFileStart(test) {
    this.#startedAtMs.set(test.path, performance.now());
  }

  onTestFileResult(test) {
    this.#startedAtMs.delete(test.path);
    this.#lastWordAtMs = performance.now();
  }

  onRunComplete() {
    clearInterval(this.#timer);
  }

  #speakAfterSilence() {
    const nowMs = performance.now();
    if (nowMs - this.#lastWordAtMs < silenceMaxMs) return;
    this.#lastWordAtMs = nowMs;
    const running = [...this.#startedAtMs].map(
      ([path, startedAtMs]) => `${relative(this.#rootFolder, path)} (${Math.round((nowMs - startedAtMs) / 1_000)} s)`,
    );
    process.stderr.write(`… ${running.length === 0 ? 'preparing' : running.join(', ')}\n`);
  }
}
