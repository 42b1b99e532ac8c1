/* A scanner that plays keyboard: letters faster than any hand, then Enter (V40). Pure, so that tests can type. */

const GAP_MS = 90; // one slow key does not make a hand
const MEAN_MS = 45; // but all together are faster than one
const FEWEST = 8;
const TELLING = 3; // so many fast letters are no typing any more

export class Burst {
  #text = "";
  #firstAt = 0;
  #lastAt = Number.NEGATIVE_INFINITY;

  /** One letter at `now` (milliseconds); true when it is the first of a new row. */
  push(letter: string, now: number): boolean {
    const fresh = now - this.#lastAt > GAP_MS;
    if (fresh) {
      this.#text = "";
      this.#firstAt = now;
    }
    this.#text += letter;
    this.#lastAt = now;
    return fresh;
  }

  isRunning(now: number): boolean {
    return this.#text.length >= TELLING && now - this.#lastAt <= GAP_MS && this.#isFast();
  }

  /** At Enter: what a scanner wrote, or null when a hand did. The row is over either way. */
  take(now: number): string | null {
    const text = this.#text;
    const scanned = text.length >= FEWEST && now - this.#lastAt <= GAP_MS && this.#isFast();
    this.#text = "";
    return scanned ? text : null;
  }

  #isFast(): boolean {
    return this.#lastAt - this.#firstAt <= MEAN_MS * (this.#text.length - 1);
  }
}
