"use strict";
// Filters and the focus of the topology. Without this script, the page shows everything.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const environment = document.getElementById("environment");
  const clear = document.getElementById("clear-pair");
  let pair = null;

  const elsewhere = (node) =>
    environment.value !== "" && node.dataset.environments !== undefined && !node.dataset.environments.split(" ").includes(environment.value);

  function applyTable(table) {
    const fields = all(`[data-filters="${table.id}"]`);
    const differing = document.querySelector(`[data-differing="${table.id}"]`);
    const rows = all("tbody > tr", table);
    let shown = 0;
    for (const row of rows) {
      const hidden = elsewhere(row)
        || (differing !== null && differing.checked && row.dataset.same === "true")
        || (table.id === "pairs-table" && pair !== null && (row.dataset.from !== pair[0] || row.dataset.to !== pair[1]))
        || fields.some((field) => {
          const place = field.dataset.column === undefined ? row : row.cells[Number(field.dataset.column)];
          return !place.textContent.toLowerCase().includes(field.value.trim().toLowerCase());
        });
      row.hidden = hidden;
      shown += hidden ? 0 : 1;
    }
    for (const output of all(`[data-counts="${table.id}"]`)) output.textContent = `${shown} of ${rows.length} rows`;
  }

  function apply() {
    for (const node of all("figure, td[data-environments], th[data-environments]")) {
      const matrix = node.closest("#matrix") !== null;
      const target = matrix ? node.querySelector("button") : node;
      if (target !== null) target.hidden = elsewhere(node);
    }
    const figures = all("figure");
    // Without a choice, one drawing is enough: the others differ in details.
    if (environment.value === "") figures.forEach((figure, index) => { figure.hidden = index > 0; });
    all("table").filter((table) => table.id !== "matrix").forEach(applyTable);
  }

  function focus(name) {
    const panel = document.getElementById("focus");
    panel.replaceChildren();
    panel.hidden = name === null;
    for (const svg of all("svg")) {
      svg.classList.toggle("focused", name !== null);
      const near = new Set([name]);
      for (const edge of all(".edge", svg)) {
        const close = name !== null && (edge.dataset.source === name || edge.dataset.target === name);
        edge.classList.toggle("near", close);
        if (close) { near.add(edge.dataset.source); near.add(edge.dataset.target); }
      }
      for (const box of all(".box", svg)) {
        box.classList.toggle("near", near.has(box.dataset.name));
        if (box.dataset.name === name) box.setAttribute("aria-current", "true");
        else box.removeAttribute("aria-current");
      }
    }
    if (name === null) return;
    const shown = all("figure").find((figure) => !figure.hidden);
    const lines = all(".edge.near title", shown).map((title) => title.textContent);
    const head = document.createElement("p");
    const box = all(".box", shown).find((one) => one.dataset.name === name);
    const link = document.createElement("a");
    link.href = box ? box.getAttribute("href") : "#topology";
    link.textContent = box ? box.querySelector("text").textContent : name;
    head.append(link, `: ${lines.length} connections`);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Show all";
    button.addEventListener("click", () => focus(null));
    head.append(button);
    const list = document.createElement("ul");
    for (const line of lines) {
      const item = document.createElement("li");
      item.textContent = line;
      list.append(item);
    }
    panel.append(head, list);
  }

  function choosePair(button) {
    const same = button === null || button.getAttribute("aria-pressed") === "true";
    all("#matrix button").forEach((one) => one.setAttribute("aria-pressed", String(one === button && !same)));
    pair = same ? null : [button.dataset.from, button.dataset.to];
    clear.hidden = pair === null;
    apply();
  }

  environment.addEventListener("change", () => { focus(null); apply(); });
  for (const field of all("[data-filters], [data-differing]")) field.addEventListener("input", apply);
  all("#matrix button").forEach((button) => {
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => choosePair(button));
  });
  clear.addEventListener("click", () => choosePair(null));
  for (const box of all(".box")) {
    box.addEventListener("click", (event) => {
      event.preventDefault();
      focus(box.hasAttribute("aria-current") ? null : box.dataset.name);
    });
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") focus(null); });

  const today = new Date().toISOString().slice(0, 10);
  for (const time of all("time")) {
    if (time.dateTime <= today) {
      time.classList.add("expired");
      time.append(" (expired)");
    }
  }
  let opened = [];
  addEventListener("beforeprint", () => { opened = all("details:not([open])"); opened.forEach((one) => { one.open = true; }); });
  addEventListener("afterprint", () => { opened.forEach((one) => { one.open = false; }); });
  apply();
})();
