/* What the server answers takes the place of the scanner, which stays as it is behind: swapping a video would kill its
   stream. A lost network loses nothing: the same request, with the same key, waits behind one button. */
import { showAmounts } from "./amounts.ts";
import { bare, looksTyped } from "./check-symbol.ts";
import { countDown } from "./hold.ts";
import { type Kind, signal } from "./signals.ts";

const PATIENCE_MS = 10_000;
const TOKEN = "csrf_token";

export interface Screen {
  place: HTMLElement;
  scanner: HTMLElement;
  lost: HTMLTemplateElement;
  /** The scanner is in sight again, or not. */
  onScanner(inSight: boolean): void;
}

/** Without fields a question, which may be asked of the club again and again. */
interface Request {
  action: string;
  fields: URLSearchParams | null;
}

export class Answers {
  #stop: () => void = () => {};
  #asking = false;
  readonly #plain = { body: document.body.className, title: document.title };

  constructor(readonly screen: Screen) {
    document.addEventListener("submit", (event) => this.#onSubmit(event));
    document.addEventListener("click", (event) => this.#onClick(event));
    window.addEventListener("popstate", () => this.#close());
  }

  get isOpen(): boolean {
    return !this.screen.place.hidden;
  }

  /** Sends once and shows what comes back. A second call while one is on its way does nothing. */
  async ask(request: Request): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    document.body.setAttribute("aria-busy", "true");
    const answer = await exchange(request);
    document.body.removeAttribute("aria-busy");
    this.#asking = false;
    if (answer === null) this.#tellLost(request);
    else this.#show(answer);
  }

  /** Back to the scanner. The browser's own way back does the same. */
  next(): void {
    if (history.state?.answer) history.back();
    else this.#close();
  }

  #show(answer: HTMLElement): void {
    const { place, scanner } = this.screen;
    this.#stop();
    refresh(answer);
    place.replaceChildren(answer);
    place.hidden = false;
    scanner.hidden = true;
    document.body.className = answer.dataset.body ?? "";
    document.title = answer.dataset.title ?? this.#plain.title;
    if (!history.state?.answer) history.pushState({ answer: true }, "");
    window.scrollTo(0, 0);
    focusOn(place);
    if (answer.dataset.signal) signal(answer.dataset.signal as Kind);
    showAmounts(place);
    this.#stop = countDown(place);
    this.screen.onScanner(false);
  }

  #close(): void {
    if (!this.isOpen) return;
    this.#stop();
    this.screen.place.hidden = true;
    this.screen.place.replaceChildren();
    this.screen.scanner.hidden = false;
    document.body.className = this.#plain.body;
    document.title = this.#plain.title;
    this.screen.onScanner(true);
  }

  /** The whole request stays behind "Réessayer": if its answer alone was lost, the same key gives it again. */
  #tellLost(request: Request): void {
    const copy = this.screen.lost.content.cloneNode(true) as DocumentFragment;
    const answer = copy.querySelector<HTMLElement>(".answer");
    if (answer === null) return;
    keepCode(answer, request.fields?.get("code") ?? "");
    answer.querySelector("[data-retry]")?.addEventListener("click", () => void this.ask(request));
    this.#show(answer);
  }

  #onSubmit(event: SubmitEvent): void {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset.answer === undefined || event.defaultPrevented)
      return;
    event.preventDefault();
    sayBusy(event.submitter);
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form, event.submitter)) fields.set(name, String(value));
    void this.ask({ action: form.action, fields });
  }

  #onClick(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a") : null;
    if (link === null || !this.isOpen) return;
    if (link.dataset.next !== undefined) this.next();
    else if (link.dataset.answer !== undefined) void this.ask({ action: link.href, fields: null });
    else return;
    event.preventDefault();
  }
}

/** The answer's root, or null when the network, and not the club, had the last word. */
async function exchange(request: Request): Promise<HTMLElement | null> {
  const answer = await send(request);
  if (request.fields === null || answer?.dataset.slug !== "form_too_old") return answer;
  // the page outlived its token: a fresh one, and the same request under the same key
  const token = await freshToken();
  if (token === null) return answer;
  request.fields.set(TOKEN, token);
  for (const field of document.querySelectorAll<HTMLInputElement>(`input[name=${TOKEN}]`))
    field.value = token;
  return send(request);
}

async function send({ action, fields }: Request): Promise<HTMLElement | null> {
  const how: RequestInit = fields === null ? {} : { method: "POST", body: fields };
  const page = await read(action, { ...how, headers: { "HX-Request": "true" } });
  const answer = page?.querySelector<HTMLElement>(".answer") ?? null;
  return answer && document.importNode(answer, true);
}

async function freshToken(): Promise<string | null> {
  const page = await read(location.href, {});
  return page?.querySelector<HTMLInputElement>(`input[name=${TOKEN}]`)?.value ?? null;
}

/** A page of somebody else's, as a hotel's network gives, has no answer in it and counts as lost. */
async function read(address: string, how: RequestInit): Promise<Document | null> {
  const patience = new AbortController();
  const timer = window.setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const response = await fetch(address, { ...how, signal: patience.signal });
    return new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    return null;
  } finally {
    window.clearTimeout(timer);
  }
}

/** On a PC the price comes next, and Enter confirms; on a phone a field would raise the keyboard over the terms. */
function focusOn(place: HTMLElement): void {
  const field = matchMedia("(pointer: fine)").matches
    ? place.querySelector<HTMLElement>("[data-price]")
    : null;
  (field ?? place.querySelector<HTMLElement>("h1"))?.focus({ preventScroll: true });
}

/** A typed code is shown, so that nobody types it twice; a scanned one means nothing to eyes. */
function keepCode(answer: HTMLElement, code: string): void {
  const place = answer.querySelector<HTMLElement>("[data-kept]");
  if (place === null) return;
  place.hidden = !looksTyped(bare(code));
  const words = place.querySelector("[data-code]");
  if (words) words.textContent = code;
}

/** Parts of the scanner's own page that an answer brings up to date: the count of the day. */
function refresh(answer: HTMLElement): void {
  for (const part of answer.querySelectorAll<HTMLElement>("[data-fresh]")) {
    const old = document.querySelector(`[data-part="${part.dataset.fresh}"]`);
    old?.replaceChildren(...part.childNodes);
    part.remove();
  }
}

function sayBusy(button: HTMLElement | null): void {
  if (button === null) return;
  button.setAttribute("aria-busy", "true");
  const words = button.querySelector("span") ?? button;
  if (button.dataset.busy) words.textContent = button.dataset.busy;
}
