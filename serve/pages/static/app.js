// Keys and the list that keeps itself fresh. Everything also works by form and link without this file.
"use strict";

const list = document.getElementById("list");
let choosing = false;

function typing(target) {
  return target.closest("input, textarea, select, [contenteditable]") !== null;
}

function move(step) {
  const rows = [...document.querySelectorAll("#list li a")];
  if (!rows.length) return;
  const here = rows.findIndex((row) => row.hasAttribute("aria-current"));
  const there = rows[Math.max(0, Math.min(rows.length - 1, here + step))];
  if (there) there.click();
}

function submit(key) {
  const form = document.querySelector(`form[data-key="${key}"]`);
  if (form) form.requestSubmit();
}

function choose(on) {
  const form = document.querySelector("form.correct");
  choosing = on && form !== null;
  if (form) form.classList.toggle("choosing", choosing);
}

// A double click or a held key must not send a form twice.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
  if (choosing) {
    const button = document.querySelector(`form.correct button[data-letter="${CSS.escape(event.key)}"]`);
    choose(false);
    if (button) button.click();
    event.preventDefault();
    return;
  }
  const onControl = event.target.closest("button, a, summary") !== null;
  const does = {
    j: () => move(1),
    k: () => move(-1),
    c: () => choose(true),
    a: () => submit("a"),
    u: () => submit("u"),
    "?": () => document.getElementById("keys").showModal(),
  }[event.key];
  if (does) does();
  else if (event.key === "Enter" && !onControl) submit("Enter");
  else return;
  event.preventDefault();
});

async function refresh() {
  if (document.hidden || list.contains(document.activeElement)) return;
  const answer = await fetch(`/queue/list?message=${encodeURIComponent(list.dataset.message)}`, { redirect: "error" });
  if (!answer.ok) return;
  const html = await answer.text();
  if (html !== list.dataset.html) {
    list.dataset.html = html;
    list.innerHTML = html; // from our own server, escaped there
  }
}

// A draft is kept while it is written, and its preview follows. Without this, the Preview button does both.
const waiting = new Map();

async function keepDraft(form) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  if (form.dataset.sent) return;
  const said = form.querySelector("[data-kept]");
  const turn = (form.dataset.turn = String(Number(form.dataset.turn || 0) + 1));
  try {
    const answer = await fetch(`${form.getAttribute("action")}/draft`, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    const html = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (form.dataset.turn !== turn) return; // a later answer is on its way
    for (const part of form.querySelectorAll("[data-live]")) {
      const fresh = html.querySelector(`[data-live="${part.dataset.live}"]`);
      if (fresh) part.replaceWith(fresh);
    }
    showCopyButtons(form);
    said.textContent = "Draft kept";
  } catch {
    said.textContent = "Not kept just now. It is still here; Preview keeps it, and asks you to sign in if need be.";
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (!form) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => keepDraft(form), 600));
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (form) keepDraft(form);
});

function showCopyButtons(where) {
  if (navigator.clipboard) for (const button of where.querySelectorAll("[data-copy]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const box = button.closest(".preview, .by-hand");
  const text = box.querySelector("pre, [data-field='description'], [data-field$='text']");
  await navigator.clipboard.writeText(text.textContent);
  button.textContent = "copied";
});

showCopyButtons(document);

if (list) {
  setInterval(() => refresh().catch(() => {}), 1500);
  const current = list.querySelector("[aria-current]");
  if (current) current.scrollIntoView({ block: "nearest" });
}
