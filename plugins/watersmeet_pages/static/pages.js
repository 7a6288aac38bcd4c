// Inside Airflow's frame: wear its colours, and open links to Airflow in its window. The frame's
// sandbox lets no page navigate the window it stands in, but shares its origin.
"use strict";

const framed = window.parent !== window;
const root = document.documentElement;

function wearColours() {
  const dark = framed
    ? window.parent.document.documentElement.classList.contains("dark")
    : window.matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "dark" : "light";
}

wearColours();
if (framed) {
  new MutationObserver(wearColours).observe(window.parent.document.documentElement, {
    attributeFilter: ["class"],
  });
  for (const link of document.querySelectorAll("a[data-airflow]")) {
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      const opened = window.parent.document.createElement("a");
      opened.href = link.href;
      window.parent.document.body.append(opened);
      opened.click();
      opened.remove();
    });
  }
}
