// Sorts and filters the list of files. Without this script the list reads as well.
"use strict";

const list = document.getElementById("list");
const body = list.tBodies[0];
const rows = [...body.rows];
const plain = (text) => text.toLowerCase().replace(/\s+/g, " ");
const texts = rows.map((row) => plain(row.textContent));

function valueOf(row, column) {
  const cell = row.cells[column];
  return "value" in cell.dataset ? Number(cell.dataset.value) : plain(cell.textContent).trim();
}

function sortBy(head, column) {
  const down = head.getAttribute("aria-sort") === "ascending";
  for (const each of head.parentNode.cells) each.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const keyed = rows.map((row) => [valueOf(row, column), row]);
  keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1));
  body.append(...keyed.map(([, row]) => row));
}

[...list.tHead.rows[0].cells].forEach((head, column) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = head.textContent;
  button.addEventListener("click", () => sortBy(head, column));
  head.replaceChildren(button);
});

const form = document.getElementById("filter");
const field = document.getElementById("words");
const told = document.getElementById("told");
const all = told.textContent;
form.hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
field.addEventListener("input", () => {
  const words = plain(field.value).split(" ").filter(Boolean);
  let shown = 0;
  rows.forEach((row, place) => {
    row.hidden = !words.every((word) => texts[place].includes(word));
    shown += row.hidden ? 0 : 1;
  });
  told.textContent = words.length === 0 ? all
    : shown ? `${shown} of ${rows.length} files` : "No file has all these words.";
});
