// Keeps a part of a page up to date while there is work under way in it: `data-live` is the address of that part. The
// page's own query, with filters and the like, goes along.
(() => {
  const PAUSE = 2000;

  const follow = (part) => {
    setTimeout(async () => {
      if (!part.querySelector("[data-unfinished]")) return;
      try {
        const answer = await fetch(part.dataset.live + window.location.search, { headers: { "X-Requested-With": "XMLHttpRequest" } });
        // Nobody's button is taken away under his hands.
        if (answer.ok && !part.contains(document.activeElement)) part.innerHTML = await answer.text();
      } catch {
        // The server is away for a moment: ask again.
      }
      follow(part);
    }, PAUSE);
  };

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-live]").forEach(follow));
})();
