// The editor of rules and concepts, for those who have scripts: suggestions under the query, headlines taken
// over as examples, and a word when the service does not answer. Without it the buttons of the form do the same.
"use strict";
(() => {
  const silence = document.getElementById("no-answer");
  document.addEventListener("htmx:afterSettle", () => { silence.hidden = true; });
  for (const failed of ["htmx:sendError", "htmx:responseError", "htmx:timeout"])
    document.addEventListener(failed, () => { silence.hidden = false; });

  const query = document.querySelector("[data-complete]");
  if (!query) return;
  const list = document.getElementById("suggestions");
  const said = document.getElementById("suggestions-said");
  let waiting = 0, asking = null, active = -1, putOff = false;

  // A textarea is no combobox to ARIA, but any text box may have suggestions and an active one among them.
  for (const [name, value] of [["autocomplete", "list"], ["haspopup", "listbox"], ["controls", list.id]])
    query.setAttribute(`aria-${name}`, value);
  query.setAttribute("autocomplete", "off");

  const isOpen = () => !list.hidden;

  function close() {
    clearTimeout(waiting);
    asking?.abort();
    list.hidden = true;
    active = -1;
    said.textContent = "";
    query.removeAttribute("aria-activedescendant");
    if (putOff) query.dispatchEvent(new Event("look", { bubbles: true }));
    putOff = false;
  }

  // While a name is being chosen it is no error that half of it means nothing yet.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isOpen() || active < 0) return;
    event.preventDefault();
    putOff = true;
  });

  function mark(number) {
    active = number;
    [...list.children].forEach((option, at) => option.setAttribute("aria-selected", at === number));
    if (number < 0) return query.removeAttribute("aria-activedescendant");
    query.setAttribute("aria-activedescendant", list.children[number].id);
    list.children[number].scrollIntoView({ block: "nearest" });
  }

  function show(html) {
    list.innerHTML = html;
    const count = list.children.length;
    if (!count) return close();
    list.hidden = false;
    mark(list.children[0].hasAttribute("data-sure") ? 0 : -1);
    said.textContent = `${count} suggestion${count > 1 ? "s" : ""}: arrow keys choose, Enter takes, Escape closes.`;
  }

  async function ask() {
    asking?.abort();
    if (query.selectionStart !== query.selectionEnd) return close();
    asking = new AbortController();
    const at = [...query.value.slice(0, query.selectionStart)].length; // the service counts code points
    const wanted = new URLSearchParams({ q: query.value, at });
    try {
      const answer = await fetch(`${query.dataset.complete}?${wanted}`, { signal: asking.signal, redirect: "error" });
      answer.ok ? show(await answer.text()) : close();
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  function put(field, from, to, text) {
    field.focus();
    field.setSelectionRange(from, to);
    // The one way that leaves undo as it was; what replaces it does not.
    if (document.execCommand?.("insertText", false, text)) return;
    field.setRangeText(text, from, to, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function take(option) {
    const { typed, text } = option.dataset;
    const caret = query.selectionStart;
    const goesOn = /[:(]$/.test(text) || /^[\s)]/.test(query.value.slice(caret));
    put(query, caret - typed.length, caret, text + (goesOn ? "" : " "));
    close();
    if (text.endsWith(":")) ask();
  }

  query.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 120);
  });
  query.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.code === "Space") {
      event.preventDefault();
      return ask();
    }
    if (!isOpen() || event.isComposing) return;
    const count = list.children.length;
    if (event.key === "ArrowDown") mark((active + 1) % count);
    else if (event.key === "ArrowUp") mark((Math.max(active, 0) + count - 1) % count);
    else if (event.key === "Escape") close();
    else if ((event.key === "Enter" || event.key === "Tab") && active >= 0 && !event.shiftKey) take(list.children[active]);
    else {
      if (/^(Arrow|Home|End|Page|Tab|Enter)/.test(event.key)) close();
      return;
    }
    event.preventDefault();
  });
  query.addEventListener("blur", close);
  query.addEventListener("click", close);
  list.addEventListener("mousedown", (event) => {
    event.preventDefault(); // the query keeps the focus
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });

  // A headline becomes an example where it stands; its button would send the form for that.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[name^=example_]");
    if (!button) return;
    event.preventDefault();
    const field = document.getElementById(button.name.slice("example_".length));
    const lines = field.value.split("\n").map((line) => line.trim());
    if (!lines.includes(button.value)) {
      field.value = [field.value.trimEnd(), button.value].filter(Boolean).join("\n");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    said.textContent = `Added to: ${field.labels[0].textContent}`;
    button.disabled = true;
  });

  document.addEventListener("htmx:afterSettle", () => {
    const fault = document.getElementById("query-fault");
    fault ? query.setAttribute("aria-invalid", "true") : query.removeAttribute("aria-invalid");
    query.setAttribute("aria-describedby", fault ? "query-fault query-hint" : "query-hint");
  });
})();
