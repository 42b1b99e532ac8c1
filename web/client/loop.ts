/* One field that never loses the focus: each scan gets its key here, is kept until it is answered, and is sent alone,
   after the one before it, so that a card is known before what follows it. */
import { Camera } from "../../partners/client/camera.ts";
import { type Detector, findDetector } from "../../partners/client/detector.ts";
import { Sightings } from "../../partners/client/sightings.ts";
import { type Kind, readySound, signal } from "../../partners/client/signals.ts";
import { listenToWedges } from "../../partners/client/wedge.ts";
import { type Kept, KeptScans } from "./kept-scans.ts";

const AGAIN_MS = 3_000;
const PATIENCE_MS = 10_000;
const TOKEN = "csrf_token";
const LOOP = "/comptoir/guichet";
const OUR_SIGN = "PL1";

export function startLoop(): void {
  const root = document.querySelector<HTMLElement>("[data-loop]");
  const form = document.querySelector<HTMLFormElement>("form.scan");
  const field = form?.querySelector<HTMLInputElement>("input[name=code]");
  if (root === null || !form || !field) return;
  new Loop(root, form, field).start();
}

/** What became of a question: answered, sent elsewhere, at the door, lost, or not understood. */
type Outcome =
  | { kind: "panel"; panel: HTMLElement }
  | { kind: "elsewhere"; address: string }
  | { kind: "door" }
  | { kind: "lost" }
  | { kind: "broken" };

class Loop {
  readonly #kept: KeptScans;
  #sending = false;
  #timer = 0;
  /** What stood in the field when Enter was pressed there. */
  #typed = "";
  /** What the answer in sight leaves to somebody, once another one takes its place. */
  #unseen: string | null = null;

  constructor(
    readonly root: HTMLElement,
    readonly form: HTMLFormElement,
    readonly field: HTMLInputElement,
  ) {
    this.#kept = new KeptScans(root.dataset.clerk ?? "", localStorage);
  }

  start(): void {
    readySound();
    if (document.activeElement === document.body) this.field.focus({ preventScroll: true });
    document.addEventListener("keydown", (event) => this.#noteTyped(event), true);
    listenToWedges((text) => this.#onWedge(text));
    this.form.addEventListener("submit", (event) => this.#onSubmit(event));
    document.addEventListener("submit", (event) => this.#onAgain(event), true);
    window.addEventListener("online", () => void this.#send());
    window.addEventListener("beforeunload", (event) => this.#kept.first && event.preventDefault());
    this.#part("[data-retry]")?.addEventListener("click", () => void this.#send());
    this.#part("[data-seen]")?.addEventListener("click", () => this.#forgetUnseen());
    this.#offerCamera();
    if (this.#kept.first) void this.#send();
  }

  scan(code: string): void {
    const text = clean(code);
    if (text === "") return;
    const who = this.#kept.first ? null : this.#who();
    this.#kept.add({ key: newKey(), code: text, who, at: hour() });
    void this.#send();
  }

  #noteTyped(event: KeyboardEvent): void {
    if (event.key === "Enter") this.#typed = event.target === this.field ? this.field.value : "";
  }

  /** A slow machine tears a scan's keys apart and accents are no keys: then the field has more of it than the burst.
      Where the focus came into the field in the middle of a scan, the burst has more. */
  #onWedge(burst: string): void {
    this.scan(this.#typed.length < burst.length ? burst : this.#typed);
    if (this.#typed !== "") this.field.value = "";
  }

  #onSubmit(event: SubmitEvent): void {
    event.preventDefault();
    this.scan(this.field.value);
    this.field.value = "";
    this.field.focus();
  }

  /** "Donner quand même" and its like: a scan with more said, answered in the same place. */
  #onAgain(event: SubmitEvent): void {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset.scanAgain === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    void this.#ask(fieldsOf(form)).then((outcome) => this.#follow(outcome));
  }

  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    window.clearTimeout(this.#timer);
    while (this.#kept.first) {
      this.#kept.settle(this.#who());
      if (!(await this.#sendOne(this.#kept.first))) break;
    }
    this.#sending = false;
    if (this.#kept.first) this.#timer = window.setTimeout(() => void this.#send(), AGAIN_MS);
    this.field.focus({ preventScroll: true });
  }

  /** False: there was no answer, it stays the first. */
  async #sendOne(scan: Kept): Promise<boolean> {
    const fields = fieldsOf(this.form);
    fields.set("code", scan.code);
    fields.set("key", scan.key);
    fields.set("qui", scan.who ?? "");
    const outcome = await this.#ask(fields);
    this.#show("[data-door]", outcome.kind === "door");
    if (outcome.kind === "lost" || outcome.kind === "door") {
      this.#tellKept(outcome.kind === "lost");
      return false;
    }
    this.#kept.answered(scan.key);
    if (broughtNobody(outcome)) this.#kept.settle("");
    this.#tellKept(this.#kept.first !== undefined);
    if (outcome.kind === "broken")
      this.#list(`${scan.at} ${shown(scan.code)} · ${this.root.dataset.broken ?? ""}`);
    this.#follow(outcome, scan);
    return outcome.kind !== "elsewhere";
  }

  #follow(outcome: Outcome, scan?: Kept): void {
    if (outcome.kind === "elsewhere") location.assign(outcome.address);
    if (outcome.kind !== "panel") return;
    const place = this.#part("[data-panel]");
    place?.replaceChildren(outcome.panel);
    this.#setWho(outcome.panel.dataset.who ?? "");
    const kind = outcome.panel.dataset.signal as Kind | undefined;
    if (kind) signal(kind);
    if (this.#unseen !== null) this.#list(this.#unseen);
    this.#unseen = scan && kind && kind !== "yes" ? told(outcome.panel, scan) : null;
    window.scrollTo({ top: 0 });
  }

  async #ask(fields: URLSearchParams): Promise<Outcome> {
    let outcome = await post(this.form.action, fields);
    if (outcome.kind === "lost") return outcome;
    if (outcome.kind === "door") {
      const token = await freshToken(this.root.dataset.clerk);
      if (token === null) return outcome;
      for (const field of document.querySelectorAll<HTMLInputElement>(`input[name=${TOKEN}]`))
        field.value = token;
      fields.set(TOKEN, token);
      outcome = await post(this.form.action, fields);
    }
    if (outcome.kind !== "elsewhere" || !outcome.address.startsWith(LOOP)) return outcome;
    return read(await fetched(outcome.address, {}));
  }

  #who(): string {
    return this.form.querySelector<HTMLInputElement>("input[name=qui]")?.value ?? "";
  }

  #setWho(who: string): void {
    const field = this.form.querySelector<HTMLInputElement>("input[name=qui]");
    if (field) field.value = who;
    const address = who === "" ? LOOP : `${LOOP}?qui=${encodeURIComponent(who)}`;
    history.replaceState(null, "", address);
  }

  /** What waits, in words and one by one; nothing where nothing does. */
  #tellKept(seen: boolean): void {
    const all = this.#kept.all;
    this.#show("[data-kept]", seen && all.length > 0);
    const words = this.#part("[data-kept] [data-words]");
    if (words) {
      const text = all.length === 1 ? words.dataset.one : words.dataset.many;
      words.textContent = (text ?? "").replace("{count}", String(all.length));
    }
    this.#part("[data-waiting]")?.replaceChildren(
      ...all.map((scan) => item(`${scan.at} ${shown(scan.code)}`)),
    );
  }

  #list(text: string): void {
    this.#part("[data-list]")?.prepend(item(text));
    this.#show("[data-unseen]", true);
  }

  #forgetUnseen(): void {
    this.#part("[data-list]")?.replaceChildren();
    this.#show("[data-unseen]", false);
    this.field.focus();
  }

  #offerCamera(): void {
    const video = this.root.querySelector("video");
    const button = this.#part("[data-lens]");
    if (video === null || button === null || navigator.mediaDevices === undefined) return;
    let reader: Promise<Detector> | null = null;
    const sightings = new Sightings();
    const detector = (): Promise<Detector> => {
      reader ??= findDetector(this.root.dataset.reader ?? "", this.root.dataset.wasm ?? "");
      return reader;
    };
    const camera = new Camera(
      video,
      detector,
      (text) => sightings.isNew(text, performance.now()) && this.scan(text),
      () => this.#show("[data-view]", camera.isOpen),
    );
    button.hidden = false;
    button.addEventListener("click", () => {
      camera.open().then(
        () => this.#show("[data-blind]", false),
        () => this.#show("[data-blind]", true),
      );
    });
  }

  #part(what: string): HTMLElement | null {
    return this.root.querySelector<HTMLElement>(what);
  }

  #show(what: string, seen: boolean): void {
    this.#part(what)?.toggleAttribute("hidden", !seen);
  }
}

function fieldsOf(form: HTMLFormElement): URLSearchParams {
  return new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
}

async function post(action: string, body: URLSearchParams): Promise<Outcome> {
  return read(await fetched(action, { method: "POST", body }));
}

/** null: no network, nobody who answers, or a club that asks to come again. */
const COME_AGAIN = [429, 502, 503, 504];

async function fetched(address: string, how: RequestInit): Promise<Response | null> {
  const patience = new AbortController();
  const timer = window.setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const headers = { "HX-Request": "true" };
    const answer = await fetch(address, { ...how, headers, signal: patience.signal });
    return COME_AGAIN.includes(answer.status) ? null : answer;
  } catch {
    return null;
  } finally {
    window.clearTimeout(timer);
  }
}

async function read(answer: Response | null): Promise<Outcome> {
  if (answer === null) return { kind: "lost" };
  const address = answer.headers.get("hx-redirect");
  if (address !== null)
    return address.startsWith("/connexion") ? { kind: "door" } : { kind: "elsewhere", address };
  const page = new DOMParser().parseFromString(await answer.text().catch(() => ""), "text/html");
  const panel = page.querySelector<HTMLElement>("#guichet");
  if (panel !== null) return { kind: "panel", panel: document.importNode(panel, true) };
  return {
    kind: answer.status === 401 || answer.status === 403 ? "door" : answer.status < 400 ? "lost" : "broken",
  };
}

/** What waits behind a card that was refused is not for who stood there before. */
function broughtNobody(outcome: Outcome): boolean {
  return outcome.kind !== "panel" || outcome.panel.dataset.nobody === "yes";
}

/** The page outlived its token; null where its clerk is not signed in any more: a colleague sends none of their scans. */
async function freshToken(clerk: string | undefined): Promise<string | null> {
  try {
    const answer = await fetch(LOOP, { redirect: "manual" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page.querySelector<HTMLElement>("[data-loop]")?.dataset.clerk !== clerk) return null;
    return page.querySelector<HTMLInputElement>(`form.scan input[name=${TOKEN}]`)?.value ?? null;
  } catch {
    return null;
  }
}

/** Without what a hand had begun to type before the scan. */
function clean(typed: string): string {
  return typed.slice(Math.max(0, typed.lastIndexOf(OUR_SIGN))).trim();
}

/** 128 bits; crypto.randomUUID is missing on older browsers. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

function hour(): string {
  return new Date().toLocaleTimeString("fr", {
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "Europe/Paris",
  });
}

/** A card's code means nothing to eyes, and is nobody's to read over a shoulder. */
function shown(code: string): string {
  return code.length > 20 ? "▮▮▮" : code;
}

/** The answer in one line, for the list. */
function told(panel: HTMLElement, scan: Kept): string {
  const words = panel.querySelector("[data-say]")?.textContent ?? "";
  const more = panel.querySelector(".said p")?.textContent ?? "";
  return `${scan.at} ${shown(scan.code)} · ${squeezed(words)}. ${squeezed(more)}`;
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function item(text: string): HTMLLIElement {
  const line = document.createElement("li");
  line.textContent = text;
  return line;
}
