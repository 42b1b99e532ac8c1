/* The scan page: three ways in, the camera, a keyboard scanner, the typed code; one way out, an answer. */
import { Answers } from "./answers.ts";
import { Camera } from "./camera.ts";
import { bare, isRight, looksTyped } from "./check-symbol.ts";
import { type Detector, findDetector } from "./detector.ts";
import { Sightings } from "./sightings.ts";
import { readySound } from "./signals.ts";
import { listenToWedges } from "./wedge.ts";

export function startScanner(): void {
  const scanner = document.querySelector<HTMLElement>("[data-scanner]");
  const place = document.querySelector<HTMLElement>("[data-answers]");
  const lost = document.querySelector<HTMLTemplateElement>("template[data-lost]");
  const form = document.querySelector<HTMLFormElement>("form[data-typed]");
  if (!scanner || !place || !lost || !form) return;
  const page = new ScanPage(scanner, form);
  page.serve(new Answers({ place, scanner, lost, onScanner: (inSight) => page.follow(inSight) }));
}

/** 128 bits; crypto.randomUUID is missing on older iPhones. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

class ScanPage {
  readonly #sightings = new Sightings();
  readonly #typed: HTMLDetailsElement | null;
  readonly #field: HTMLInputElement | null;
  readonly #camera: Camera | null;
  #answers: Answers | null = null;
  #detector: Promise<Detector> | null = null;

  constructor(
    readonly scanner: HTMLElement,
    readonly form: HTMLFormElement,
  ) {
    this.#typed = form.closest("details");
    this.#field = form.querySelector<HTMLInputElement>("input[name=code]");
    this.#camera = this.#makeCamera();
  }

  serve(answers: Answers): void {
    this.#answers = answers;
    readySound();
    listenToWedges((text) => this.scan(text));
    this.form.addEventListener("submit", (event) => this.#onTyped(event));
    this.#typed?.addEventListener("toggle", () => this.#onToggle());
    this.#watchNetwork();
    if (this.#camera !== null) this.#offerCamera(this.#camera);
  }

  /** One code, one key: made here, at the scan, so that whatever is sent twice counts once. */
  scan(text: string): void {
    const fields = new URLSearchParams(new FormData(this.form) as unknown as Record<string, string>);
    fields.set("code", text);
    fields.set("key", newKey());
    void this.#answers?.ask({ action: this.form.action, fields });
  }

  follow(inSight: boolean): void {
    if (!inSight) {
      this.#camera?.pause();
      return;
    }
    this.#sightings.still(performance.now());
    this.#camera?.resume();
    this.form.reset();
    this.#complain(false);
    if (this.#camera?.isOpen) this.#explain("");
    if (this.#camera?.isOpen) this.#typed?.removeAttribute("open");
    else if (this.#typed?.open) this.#field?.focus();
  }

  #makeCamera(): Camera | null {
    const video = this.scanner.querySelector("video");
    if (video === null || navigator.mediaDevices === undefined) return null;
    return new Camera(
      video,
      () => this.#reader(),
      (text) => this.#onSight(text),
      () => this.#draw(),
    );
  }

  #onSight(text: string): void {
    if (this.#sightings.isNew(text, performance.now())) this.scan(text);
  }

  #offerCamera(camera: Camera): void {
    this.#showCamera(true);
    this.#typed?.removeAttribute("open");
    const open = (): void => void this.#open(camera);
    this.scanner.querySelector("[data-open]")?.addEventListener("click", open);
    this.scanner.querySelector("[data-torch]")?.addEventListener("click", () => void camera.light());
    this.#draw();
    // who allowed it before is not asked again; where nobody knows, a touch opens it (iOS)
    const asked = navigator.permissions?.query({ name: "camera" as PermissionName });
    asked?.then(
      (permission) => permission.state === "granted" && open(),
      () => undefined,
    );
  }

  async #open(camera: Camera): Promise<void> {
    try {
      await camera.open();
      void this.#reader().catch(() => this.#giveUp("reader"));
    } catch (error) {
      this.#giveUp(error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "missing");
    }
  }

  /** No camera: the field at once, with the cursor in it, and the reason in words (V40). */
  #giveUp(reason: string): void {
    this.#explain(reason);
    this.#showCamera(reason === "reader");
    if (this.#typed) this.#typed.open = true;
    this.#field?.focus();
  }

  #explain(reason: string): void {
    for (const words of this.scanner.querySelectorAll<HTMLElement>("[data-why]"))
      words.hidden = words.dataset.why !== reason;
  }

  #reader(): Promise<Detector> {
    const { reader = "", wasm = "" } = this.scanner.dataset;
    this.#detector ??= findDetector(reader, wasm).catch((error: unknown) => {
      this.#detector = null;
      throw error;
    });
    return this.#detector;
  }

  #draw(): void {
    const camera = this.#camera;
    this.#show("[data-open]", camera?.isOpen !== true);
    this.#show("[data-aim]", camera?.isOpen === true);
    this.#show("[data-torch]", camera?.canLight === true);
    this.scanner.querySelector("[data-torch]")?.setAttribute("aria-pressed", String(camera?.isLit === true));
  }

  /** A slip of the finger is told here, before any network; what looks like no typed code goes to the club. */
  #onTyped(event: SubmitEvent): void {
    const code = bare(this.#field?.value ?? "");
    const slip = code === "" || (looksTyped(code) && !isRight(code));
    this.#complain(slip);
    event.preventDefault();
    if (slip) this.#field?.focus();
    else this.scan(this.#field?.value ?? "");
  }

  #complain(wrong: boolean): void {
    this.#show("[data-slip]", wrong);
    this.form.querySelector(".field")?.classList.toggle("bad", wrong);
    if (wrong) this.#field?.setAttribute("aria-invalid", "true");
    else this.#field?.removeAttribute("aria-invalid");
  }

  #onToggle(): void {
    this.scanner.classList.toggle("typing", this.#typed?.open === true);
    if (this.#typed?.open) this.#field?.focus();
  }

  #watchNetwork(): void {
    const draw = (): void => {
      this.#show("[data-online]", navigator.onLine);
      this.#show("[data-offline]", !navigator.onLine);
    };
    window.addEventListener("online", draw);
    window.addEventListener("offline", draw);
    draw();
  }

  #showCamera(seen: boolean): void {
    this.#show("[data-cam]", seen);
    this.#show("[data-no-cam]", !seen);
  }

  #show(what: string, seen: boolean): void {
    for (const part of document.querySelectorAll(what)) part.toggleAttribute("hidden", !seen);
  }
}
