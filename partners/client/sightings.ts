/* A camera reports the same code many times a second: one that stays in sight is told once. */

const AWAY_MS = 2_500; // out of sight for so long, it is shown again on purpose
const CARD = "PL1C";
const CARD_SIGNS = 28; // prefix, version and card: what follows changes each minute

export class Sightings {
  #code = "";
  #seenAt = Number.NEGATIVE_INFINITY;

  /** Whether this sight is worth an answer; `now` in milliseconds of any steady clock. */
  isNew(payload: string, now: number): boolean {
    const code = lasting(payload);
    const known = code === this.#code && now - this.#seenAt < AWAY_MS;
    this.#code = code;
    this.#seenAt = now;
    return !known;
  }

  /** The answer went away while the phone may still lie before the lens. */
  still(now: number): void {
    this.#seenAt = now;
  }
}

/** What stays the same while somebody holds one thing up: a card's code is new each minute. */
function lasting(payload: string): string {
  return payload.startsWith(CARD) ? payload.slice(0, CARD_SIGNS) : payload;
}
