/* "Me prévenir ici": the form asks the browser after the tap, never before, and goes with what it answers. The worker
   of entry-worker.ts then shows what comes. Where a browser cannot, the form stays hidden and a sentence says so. */
import { bytes, text } from "./base64url.ts";
import { WORKER } from "./offline.ts";

export function offerPush(): void {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return;
  const form = document.querySelector<HTMLFormElement>("form[data-push]");
  if (form !== null) offer(form);
  document.querySelector("[data-push-here]")?.addEventListener("submit", (event) => void end(event));
}

function offer(form: HTMLFormElement): void {
  form.hidden = false;
  for (const line of document.querySelectorAll<HTMLElement>("[data-push-none]")) line.hidden = true;
  form.addEventListener("submit", (event) => {
    if (field(form, "endpoint").value !== "") return;
    event.preventDefault();
    void subscribe(form);
  });
}

async function subscribe(form: HTMLFormElement): Promise<void> {
  const failed = form.querySelector<HTMLElement>("[data-push-failed]");
  try {
    if ((await Notification.requestPermission()) !== "granted") throw new Error("refused");
    await navigator.serviceWorker.register(WORKER);
    const { pushManager } = await navigator.serviceWorker.ready;
    // another person's, or one made with a key the club no longer has
    await (await pushManager.getSubscription())?.unsubscribe();
    const applicationServerKey = bytes(field(form, "ours").value);
    write(form, await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey }));
    form.requestSubmit();
  } catch {
    if (failed !== null) failed.hidden = false; // the person said no, or the service does not answer
  }
}

function write(form: HTMLFormElement, subscription: PushSubscription): void {
  field(form, "endpoint").value = subscription.endpoint;
  for (const name of ["p256dh", "auth"] as const) {
    const key = subscription.getKey(name);
    if (key === null) throw new Error(`no ${name}`);
    field(form, name).value = text(key);
  }
}

/** The browser lets go too; whatever it says, the club forgets it. */
async function end(event: Event): Promise<void> {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.dataset.ended !== undefined) return;
  event.preventDefault();
  form.dataset.ended = "";
  const registration = await navigator.serviceWorker.getRegistration().catch(() => undefined);
  const subscription = await registration?.pushManager.getSubscription().catch(() => null);
  await subscription?.unsubscribe().catch(() => false);
  form.requestSubmit();
}

function field(form: HTMLFormElement, name: string): HTMLInputElement {
  const found = form.elements.namedItem(name);
  if (!(found instanceof HTMLInputElement)) throw new Error(`the form has no field ${name}`);
  return found;
}
