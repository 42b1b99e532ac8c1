/* A voucher held up to somebody must not go dark: the screen stays on while the page is seen, and no longer. */

export function keepAwake(): void {
  if (document.querySelector("[data-awake]") === null || !("wakeLock" in navigator)) return;
  let lock: WakeLockSentinel | null = null;
  const request = async (): Promise<void> => {
    if (document.visibilityState !== "visible" || (lock !== null && !lock.released)) return;
    // a phone low on battery refuses: the voucher still shows
    lock = await navigator.wakeLock.request("screen").catch(() => null);
  };
  document.addEventListener("visibilitychange", request);
  window.addEventListener("pageshow", request);
  window.addEventListener("pagehide", () => void lock?.release());
}
