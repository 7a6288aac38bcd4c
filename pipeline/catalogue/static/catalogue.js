// The search of the home page, and Airflow's colours where a page stands in Airflow's frame.
// Without this script every page reads as well, and the home page is an index.
"use strict";

const MOST = 40;

function wearColours() {
  let frame = null;
  try {
    frame = window.parent !== window && window.parent.document.documentElement;
  } catch {
    frame = null; // a frame of another site
  }
  if (!frame || !frame.querySelector("#root")) return;
  const wear = () => {
    document.documentElement.dataset.theme = frame.classList.contains("dark") ? "dark" : "light";
  };
  wear();
  new MutationObserver(wear).observe(frame, { attributeFilter: ["class"] });
}

async function load() {
  try {
    const answer = await fetch("search.json");
    if (answer.ok) return await answer.json();
  } catch {
    // Opened from a folder, where nothing may be fetched: the index on the page will do.
  }
  return [...document.querySelectorAll("#index li")].map((item) => ({
    kind: item.closest("details").querySelector("h3").firstChild.textContent.trim(),
    name: item.querySelector("a").textContent,
    said: item.querySelector("span").textContent,
    address: item.querySelector("a").getAttribute("href"),
  }));
}

const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/[^\p{L}\p{N}]+/gu, " ").trim();

// Smaller is better: the name itself, its beginning, a word's beginning, within it, within what is
// said of it; null where a word of the query is nowhere.
function distance(entry, words) {
  let worst = 0;
  for (const word of words) {
    const at = entry.plainName === words.join(" ") ? 0
      : entry.plainName.startsWith(word) ? 1
      : ` ${entry.plainName}`.includes(` ${word}`) ? 2
      : entry.plainName.includes(word) ? 3
      : ` ${entry.plainSaid}`.includes(` ${word}`) ? 4
      : entry.plainSaid.includes(word) ? 5 : null;
    if (at === null) return null;
    worst = Math.max(worst, at);
  }
  return worst;
}

function marked(text, words) {
  const line = document.createElement("span");
  const lower = text.toLowerCase();
  let from = 0;
  while (from < text.length) {
    const hits = words.map((word) => [lower.indexOf(word, from), word]).filter(([at]) => at >= 0);
    if (!hits.length) break;
    const [at, word] = hits.sort((a, b) => a[0] - b[0])[0];
    line.append(text.slice(from, at));
    const mark = document.createElement("mark");
    mark.textContent = text.slice(at, at + word.length);
    line.append(mark);
    from = at + word.length;
  }
  line.append(text.slice(from));
  return line;
}

function row(entry, words) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = entry.address;
  link.append(marked(entry.name, words));
  const said = document.createElement("small");
  said.append(`${entry.kind} · `, marked(entry.said, words));
  item.append(link, said);
  return item;
}

async function search() {
  const form = document.getElementById("search");
  if (!form) return;
  const field = document.getElementById("q");
  const results = document.getElementById("results");
  form.hidden = false;
  let entries = null;
  const show = async () => {
    const words = plain(field.value).split(" ").filter(Boolean);
    results.hidden = words.length === 0;
    if (!words.length) return;
    entries ??= (await load()).map((one) => ({
      ...one, plainName: plain(one.name), plainSaid: plain(`${one.kind} ${one.said}`),
    }));
    const found = entries
      .map((entry) => [distance(entry, words), entry])
      .filter(([at]) => at !== null)
      .sort((a, b) => a[0] - b[0]);
    document.getElementById("found").replaceChildren(
      ...found.slice(0, MOST).map(([, entry]) => row(entry, words)),
    );
    const many = found.length === 1 ? "1 entry" : `${found.length} entries`;
    document.getElementById("told").textContent =
      found.length > MOST ? `${many}, the nearest ${MOST} of them below` : found.length ? many
      : "Nothing bears that name. Try fewer letters, or look through the index below.";
  };
  field.addEventListener("input", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show();
  });
  field.value = new URLSearchParams(window.location.search).get("q") ?? "";
  if (field.value) await show();
}

wearColours();
search();
