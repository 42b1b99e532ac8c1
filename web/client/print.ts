/* A page that is made to be printed says so with a button; without script the browser's own menu does it. */

export function offerPrint(): void {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-print]") : null;
    if (button !== null) window.print();
  });
}
