/* The voucher waits for this till: a bar and words count down; near the end more time is offered (V13). */

const SOON = 30; // seconds

/** Counts from what the server said was left: the device's clock is not asked. Gives back how to stop. */
export function countDown(root: ParentNode): () => void {
  const hold = root.querySelector<HTMLElement>("[data-hold]");
  if (hold === null) return () => {};
  const total = Number(hold.dataset.hold);
  const until = performance.now() + total * 1000;
  const show = (): void => {
    const left = Math.max(0, Math.ceil((until - performance.now()) / 1000));
    tell(hold, left);
    if (left === 0) window.clearInterval(timer);
  };
  const timer = window.setInterval(show, 1000);
  show();
  return () => window.clearInterval(timer);
}

function tell(hold: HTMLElement, left: number): void {
  const words = hold.querySelector<HTMLElement>("[data-words]");
  const bar = hold.querySelector("progress");
  const more = hold.querySelector<HTMLElement>("[data-more]");
  const text =
    (left === 0 ? words?.dataset.over : words?.dataset.words?.replace("{left}", spoken(left))) ?? "";
  if (words) words.textContent = text;
  if (bar) bar.value = left;
  if (more) more.hidden = left > SOON;
  hold.classList.toggle("soon", left <= SOON);
  if (left === SOON || left === 0) announce(hold, text);
}

/** Said aloud twice, not each second. */
function announce(hold: HTMLElement, text: string): void {
  const voice = hold.querySelector("[role=status]");
  if (voice) voice.textContent = text;
}

export function spoken(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = `${seconds % 60} s`;
  return minutes > 0 ? `${minutes} min ${rest}` : rest;
}
