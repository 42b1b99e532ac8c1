/* A link with data-dialog opens the question here; without script it leads to the page that asks the same. */

export function openDialogs(): void {
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const opened = find(event.target.closest<HTMLElement>("[data-dialog]")?.dataset.dialog);
    const closed = closing(event.target);
    if (opened === null && closed === null) return;
    event.preventDefault();
    opened?.showModal();
    closed?.close();
  });
}

function find(id: string | undefined): HTMLDialogElement | null {
  const found = id === undefined ? null : document.getElementById(id);
  return found instanceof HTMLDialogElement ? found : null;
}

/** What keeps things as they are: the button that says so, or a touch beside the question. */
function closing(target: Element): HTMLDialogElement | null {
  if (target instanceof HTMLDialogElement) return target;
  return target.closest("[data-close]")?.closest("dialog") ?? null;
}
