/* The member card turns its code each minute, on the phone itself: it needs no network (V23).
   The server has drawn the code of this minute; where a browser cannot sign (no https), the page asks for the next. */
import { draw } from "./qr.ts";
import { type Card, payloadOf, secondsLeft, stepAt } from "./rotation.ts";

const TICK_MS = 1000;
const CLOCK_URL = "/health"; // any answer of ours says what time it is
const TRUSTED_SKEW_MS = 5000; // the answer's own journey, and its whole seconds

export function turnCard(): void {
  const place = document.querySelector<HTMLElement>("[data-card-seed]");
  if (place === null) return;
  const card = { head: place.dataset.cardHead ?? "", seed: place.dataset.cardSeed ?? "" };
  new Turning(place, card).start();
}

class Turning {
  private step = 0;
  private skew = 0;
  private readonly left = document.querySelector("[data-card-left]");

  constructor(
    private readonly place: Element,
    private readonly card: Card,
  ) {}

  start(): void {
    if (crypto.subtle === undefined) {
      window.setTimeout(() => location.reload(), secondsLeft(Date.now()) * TICK_MS);
      return;
    }
    this.turn();
    window.setInterval(() => this.turn(), TICK_MS);
    document.addEventListener("visibilitychange", () => this.turn());
    void this.setClock();
    window.addEventListener("online", () => void this.setClock());
  }

  /** A phone whose clock is wrong shows codes of another minute: the club's clock counts when it can be reached. */
  private async setClock(): Promise<void> {
    const answer = await fetch(CLOCK_URL, { cache: "no-store", credentials: "omit" }).catch(() => null);
    const said = Date.parse(answer?.headers.get("date") ?? "");
    const skew = said - Date.now();
    if (Math.abs(skew) > TRUSTED_SKEW_MS) this.skew = skew;
    this.turn();
  }

  private turn(): void {
    const now = Date.now() + this.skew;
    if (this.left !== null) this.left.textContent = String(secondsLeft(now));
    if (stepAt(now) === this.step) return;
    this.step = stepAt(now);
    void payloadOf(this.card, this.step).then((payload) => draw(this.place, payload));
  }
}
