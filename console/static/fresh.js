// Keep what is shown fresh: fetch this page again every few seconds and put its main part in place of the old one.
// Without script the page is the same, only not live. A hidden page, and one in which somebody has opened details,
// selected text or moved the focus, is left alone.
const EVERY_MS = 3000;

function busy(main) {
  const inside = main.contains(document.activeElement);
  const selected = !getSelection().isCollapsed && main.contains(getSelection().anchorNode);
  return document.hidden || inside || selected || main.querySelector("details[open]") !== null;
}

async function refresh() {
  const main = document.querySelector("main");
  if (busy(main)) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = fresh.querySelector("main");
  if (next === null || busy(main) || next.innerHTML === main.innerHTML) return;
  main.replaceWith(next);
}

async function live() {
  try {
    await refresh();
  } catch {
    // The server is away for the moment; the page stays as it is and we ask again.
  }
  setTimeout(live, EVERY_MS);
}

setTimeout(live, EVERY_MS);
