/* An open voucher asks each second whether it was used, with a question that costs next to nothing: the mark of what
   is shown goes out, and 304 without a body comes back until it changes. Asking again and again is what a bad network
   stands best: a lost question is followed by the next one, where a held-open connection dies without saying so, and
   a server keeps nothing for those who only look. A page that is not seen asks nothing. */
import { keepShown } from "./offline.ts";

const EVERY_MS = 1000;
const PATIENCE_MS = 8000;
const GONE = [0, 401, 403, 404]; // 0: sent elsewhere, to sign in

export function watchVoucher(): void {
  const place = document.querySelector<HTMLElement>("[data-watch]");
  if (place !== null) void new Watching(place).run();
}

class Watching {
  constructor(private place: HTMLElement) {}

  async run(): Promise<void> {
    while (this.place.dataset.watch !== undefined) {
      if (document.visibilityState === "visible") await this.ask(this.place.dataset.watch);
      await pause(EVERY_MS);
    }
  }

  private async ask(url: string): Promise<void> {
    const answer = await this.fetched(url);
    say(answer === null || answer.status >= 500 ? "offline" : "online");
    if (answer === null) return;
    if (GONE.includes(answer.status)) location.reload();
    if (answer.status === 200) this.show(await answer.text());
    if (answer.ok || answer.status === 304) stampSeen();
  }

  /** null: no network, or none that answers. */
  private async fetched(url: string): Promise<Response | null> {
    const stop = new AbortController();
    const timer = window.setTimeout(() => stop.abort(), PATIENCE_MS);
    const mark = this.place.dataset.mark ?? "";
    const headers = { "If-None-Match": `"${mark}"` };
    try {
      return await fetch(url, { headers, cache: "no-store", redirect: "manual", signal: stop.signal });
    } catch {
      return null;
    } finally {
      window.clearTimeout(timer);
    }
  }

  private show(html: string): void {
    const drawn = document.createRange().createContextualFragment(html).querySelector<HTMLElement>("#bon");
    if (drawn === null) return;
    this.place.replaceWith(drawn);
    this.place = drawn;
    for (const act of document.querySelectorAll<HTMLElement>("[data-while-open]")) {
      act.hidden = drawn.dataset.open === undefined;
    }
    for (const place of document.querySelectorAll<HTMLElement>("[data-say]")) {
      place.textContent = drawn.dataset[place.dataset.say ?? ""] ?? "";
    }
    keepShown({ again: true });
  }
}

/** Which of the two sentences under the code is true now. */
function say(now: "online" | "offline"): void {
  for (const line of document.querySelectorAll<HTMLElement>("[data-when]"))
    line.hidden = line.dataset.when !== now;
}

function stampSeen(): void {
  const now = new Date().toLocaleTimeString("fr", {
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "Europe/Paris",
  });
  for (const seen of document.querySelectorAll("[data-seen]")) seen.textContent = now;
}

function pause(ms: number): Promise<void> {
  return new Promise((resume) => window.setTimeout(resume, ms));
}
