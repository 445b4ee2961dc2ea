// Keep what is shown fresh: fetch this page again every few seconds and put its main part in place of the old one.
// Without script the page is the same, only not live. A hidden page, and one in which somebody has opened details,
// selected text, moved the focus or typed something, or that answers a form with a problem, is left alone.
const EVERY_MS = 3000;

function busy(main) {
  const inside = main.contains(document.activeElement);
  const selected = !getSelection().isCollapsed && main.contains(getSelection().anchorNode);
  const typed = [...main.querySelectorAll("input, textarea")].some((field) => field.value !== field.defaultValue);
  return document.hidden || inside || selected || typed || main.querySelector("details[open], .problem") !== null;
}

// Where the chart of the years is wider than its window, today is in the middle of what is seen.
function showToday() {
  for (const chart of document.querySelectorAll(".chart")) {
    const line = chart.querySelector(".today")?.getBoundingClientRect();
    if (line) chart.scrollLeft += line.left - chart.getBoundingClientRect().left - chart.clientWidth / 2;
  }
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
  showToday();
}

async function live() {
  try {
    await refresh();
  } catch {
    // The server is away for the moment; the page stays as it is and we ask again.
  }
  setTimeout(live, EVERY_MS);
}

showToday();
setTimeout(live, EVERY_MS);
