/* Down from the counter's field into the list, up and down in it: what is marked data-row is chosen by arrows. */

export function walkRows(): void {
  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || !(event.target instanceof HTMLElement)) return;
    const stops = [...document.querySelectorAll<HTMLElement>("[data-key='F2'], [data-row]")];
    const at = event.target === document.body ? 0 : stops.indexOf(event.target);
    const next = stops[at + step];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    next.focus();
  });
}
