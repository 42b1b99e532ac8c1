/* A form is sent once, and its button says that the answer is on its way. */

const BUSY = "aria-busy";
const PATIENCE_MS = 20_000; // then the network has lost it: the person may send again

export function sendOnce(): void {
  document.addEventListener("submit", onSubmit);
  document.addEventListener("htmx:beforeRequest", onRequest);
  document.addEventListener("htmx:afterRequest", (event) => release(event.target));
  // the page may come back from the browser's memory as it was left
  window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach(release));
}

function onSubmit(event: SubmitEvent): void {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || event.defaultPrevented || !changesSomething(form, event)) return;
  if (form.hasAttribute(BUSY)) event.preventDefault();
  else hold(form, event.submitter);
}

function onRequest(event: Event): void {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  if (form.hasAttribute(BUSY)) event.preventDefault();
  else hold(form, form.querySelector("button[type=submit]"));
}

/** A search may be sent again, and an answer that opens elsewhere or downloads leaves this page as it is. */
function changesSomething(form: HTMLFormElement, event: SubmitEvent): boolean {
  const method = event.submitter?.getAttribute("formmethod") ?? form.method;
  return method !== "get" && form.target !== "_blank" && form.dataset.again === undefined;
}

function hold(form: HTMLFormElement, submitter: Element | null): void {
  form.setAttribute(BUSY, "true");
  if (submitter instanceof HTMLElement) say(submitter, submitter.dataset.busy);
  window.setTimeout(() => release(form), PATIENCE_MS);
}

/** The button keeps its size and its place in the form's data: it is not disabled, which would drop its value. */
function say(button: HTMLElement, words: string | undefined): void {
  const text = button.querySelector("span") ?? button;
  button.style.minInlineSize = `${button.offsetWidth}px`;
  button.setAttribute(BUSY, "true");
  if (words === undefined) return;
  button.dataset.idle = text.textContent ?? "";
  text.textContent = words;
}

function release(target: EventTarget | null): void {
  if (!(target instanceof HTMLFormElement) || !target.hasAttribute(BUSY)) return;
  target.removeAttribute(BUSY);
  for (const button of target.querySelectorAll<HTMLElement>(`[${BUSY}]`)) {
    button.removeAttribute(BUSY);
    const text = button.querySelector("span") ?? button;
    if (button.dataset.idle !== undefined) text.textContent = button.dataset.idle;
    delete button.dataset.idle;
  }
}
