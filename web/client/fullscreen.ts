/* The button that gives the whole screen to what is shown; it stays hidden where a browser cannot. */

export function offerFullscreen(): void {
  if (!document.fullscreenEnabled) return;
  for (const button of document.querySelectorAll<HTMLElement>("[data-fullscreen]")) {
    button.hidden = false;
    button.addEventListener("click", toggle);
  }
}

function toggle(): void {
  if (document.fullscreenElement === null) void document.documentElement.requestFullscreen();
  else void document.exitFullscreen();
}
