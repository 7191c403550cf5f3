// Keys, decisions without a reload, and the list that keeps itself fresh. Without this file everything works by form and link.
"use strict";

const POLL_MS = 1000;
const ACTIVE_MS = 120000; // a coach who did nothing for longer does not keep a message from the others
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const parse = (html) => new DOMParser().parseFromString(html, "text/html");

let choosing = false;
let busy = false;
let etag = "";
let activeAt = Date.now();
let failures = 0;

// ---- what is typed is kept until it is sent ----

function keepDraft(field) {
  if (field.value) sessionStorage.setItem(`draft:${field.dataset.draft}`, field.value);
  else sessionStorage.removeItem(`draft:${field.dataset.draft}`);
}

function restoreDrafts() {
  for (const field of $$("[data-draft]")) {
    const kept = sessionStorage.getItem(`draft:${field.dataset.draft}`);
    if (!kept || field.value) continue;
    field.value = kept;
    const folded = field.closest("details");
    if (folded) folded.open = true;
  }
}

function dropDrafts(form) {
  for (const field of $$("[data-draft]", form)) sessionStorage.removeItem(`draft:${field.dataset.draft}`);
}

// ---- going somewhere without a reload ----

function tell(words) {
  const said = $("#said");
  if (!said) return;
  const span = document.createElement("span");
  span.textContent = words;
  said.replaceChildren(span);
  showAgain(said);
}

function showAgain(said) {
  for (const leaving of said.getAnimations()) {
    leaving.currentTime = 0; // the ten seconds of the line before are not this one's
    leaving.play();
  }
}

async function go(address, { form = null, submitter = null, push = true } = {}) {
  if (busy) return;
  busy = true;
  choose(false);
  try {
    const body = form ? new URLSearchParams(new FormData(form, submitter)) : undefined;
    const answer = await fetch(address, { method: form ? "POST" : "GET", body, headers: { Accept: "text/html" } });
    const page = parse(await answer.text());
    if (form && answer.ok && new URL(answer.url).pathname !== "/sign-in") dropDrafts(form);
    if ($("#list", page)) show(page, answer.url, push);
    else if (answer.ok) location.assign(answer.url);
    else document.body.replaceWith(page.body);
  } catch {
    tell(form ? "No answer. Try again: what arrived is not done twice, and nothing you wrote is lost." : "No answer. Try again.");
  } finally {
    busy = false;
  }
}

function show(page, address, push) {
  const list = $(".list");
  const open = $(".filters").open;
  const scrolled = list.scrollTop;
  const before = $("#list").dataset.message;
  for (const part of [".top", ".list", "#main", "#said"]) $(part).replaceChildren(...$(part, page).childNodes);
  list.scrollTop = scrolled;
  $(".filters").open = open || $(".filters").open;
  document.title = page.title;
  document.body.className = page.body.className;
  if (push && address !== location.href) history.pushState(null, "", address);
  if (before !== $("#list").dataset.message) $("#main").scrollTop = 0;
  if (document.body.classList.contains("reading")) window.scrollTo(0, 0); // on a phone the page scrolls, not the columns
  showAgain($("#said"));
  etag = "";
  arrange();
  $("#main h1")?.focus({ preventScroll: true });
  backToForm();
}

function arrange() {
  restoreDrafts();
  showCopyButtons(document);
  $("#list [aria-current]")?.scrollIntoView({ block: "nearest" });
  claim();
}

// The message that shows by itself is claimed too, but only where it can be seen.
function claim() {
  const form = $("#claim");
  if (!form || !form.closest("article").getClientRects().length) return;
  fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" }).catch(() => {});
  form.remove();
}

document.addEventListener("click", (event) => {
  activeAt = Date.now();
  if (event.target.closest("#fresh")) return showFresh();
  if (event.target.closest("[data-copy]")) return copy(event.target.closest("[data-copy]"));
  const link = event.target.closest("a[href]");
  const plain = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (!link || plain || !$("#list") || link.origin !== location.origin || link.pathname !== "/queue") return;
  event.preventDefault();
  go(link.href);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog") return;
  if ("plain" in form.dataset) return sessionStorage.clear();
  if ($("#list")) {
    event.preventDefault();
    const address = new URL(form.action);
    if (form.method === "post") return go(address, { form, submitter: event.submitter });
    address.search = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    return go(address);
  }
  // On other pages the browser sends it: a double click or a held key must not send it twice.
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  dropDrafts(form);
});

window.addEventListener("popstate", () => ($("#list") ? go(location.href, { push: false }) : location.reload()));
window.addEventListener("pageshow", () => $$("form[data-sent]").forEach((form) => delete form.dataset.sent));
document.addEventListener("input", (event) => "draft" in event.target.dataset && keepDraft(event.target));

// ---- what is written for a route is kept on the server, and its preview follows ----

const waiting = new WeakMap();

async function keepForm(form) {
  clearTimeout(waiting.get(form));
  const said = $("[data-kept]", form);
  const turn = (form.dataset.turn = String(Number(form.dataset.turn || 0) + 1));
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.keep, { method: "POST", body, redirect: "error" });
    if (!answer.ok) throw new Error("not kept");
    const page = parse(await answer.text());
    if (form.dataset.turn !== turn) return; // a later answer is on its way
    for (const part of $$("[data-live]", form)) {
      const now = $(`[data-live="${part.dataset.live}"]`, page);
      if (now) part.replaceWith(now);
    }
    showCopyButtons(form);
    said.textContent = "Draft kept";
  } catch {
    said.textContent = "Not kept just now. It is still here; Preview keeps it, and asks you to sign in if need be.";
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-keep]");
  if (!form) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => form.isConnected && keepForm(form), 500));
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-keep]");
  if (form) keepForm(form);
});

function showCopyButtons(where) {
  if (navigator.clipboard) for (const button of $$("[data-copy]", where)) button.hidden = false;
}

async function copy(button) {
  const text = $("pre, [data-field='description'], [data-field$='text']", button.closest(".preview, .by-hand"));
  await navigator.clipboard.writeText(text.textContent);
  button.textContent = "copied";
}

// Where a form was sent from is where the coach goes on.
function backToForm() {
  const act = new URLSearchParams(location.search).get("act");
  if (act && /^[a-z_]+$/.test(act)) $(`#act-${act}`)?.scrollIntoView({ block: "start" });
}

// ---- keys ----

function move(step) {
  const rows = $$("#list li a");
  const here = rows.findIndex((row) => row.hasAttribute("aria-current"));
  const there = here < 0 ? rows[0] : rows[here + step];
  if (there) there.click();
  else if (step > 0) $("#list .more")?.click();
}

function submit(key) {
  const one = $$(`[data-key="${key}"]`).find((one) => getComputedStyle(one).visibility !== "hidden");
  if (one instanceof HTMLFormElement) one.requestSubmit();
  else one?.click();
  return one;
}

function choose(on) {
  const form = $("form.correct");
  choosing = Boolean(on && form);
  form?.classList.toggle("choosing", choosing);
  if (choosing) form.scrollIntoView({ block: "nearest" });
}

function press(button) {
  if (button) button.click();
  return button;
}

function write() {
  const folded = $('details[data-opens="n"]');
  if (!folded) return;
  folded.open = true;
  $("textarea", folded).focus();
}

function showKeys() {
  $("#keys-on").checked = !keysOff();
  $("#keys").showModal();
}

function inField(event) {
  if (event.key === "Escape") {
    event.target.blur();
    $("#main h1")?.focus({ preventScroll: true });
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    event.target.form?.requestSubmit($("button", event.target.form));
  }
}

const does = {
  j: () => move(1),
  k: () => move(-1),
  c: () => choose(true),
  a: () => submit("a"),
  s: () => submit("s"),
  d: () => submit("d"),
  b: () => submit("b"),
  t: () => submit("t"),
  g: () => submit("g"),
  n: write,
  r: showFresh,
  u: () => submit("u") || $("form.undo")?.requestSubmit(),
  "/": () => $("#words")?.focus(),
  "?": showKeys,
};

// Whoever dictates, or uses a switch, can turn the single keys off; ? stays.
const keysOff = () => localStorage.getItem("keys") === "off";
document.addEventListener("change", (event) => {
  if (event.target.id === "keys-on") localStorage.setItem("keys", event.target.checked ? "on" : "off");
});

document.addEventListener("keydown", (event) => {
  activeAt = Date.now();
  if (event.target.closest("input, textarea, select")) return inField(event);
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || $("#keys[open]")) return;
  if (keysOff() && event.key !== "?") return;
  if (choosing) {
    choose(false);
    press($(`.actions button[data-letter="${CSS.escape(event.key)}"]`));
  } else if (does[event.key]) does[event.key]();
  else if (/^[1-9]$/.test(event.key)) press($(`form.correct button[data-digit="${event.key}"]`));
  else if (event.key === "Enter" && !event.target.closest("button, a, summary")) submit("Enter");
  else return;
  event.preventDefault();
});

// ---- the list keeps itself fresh ----

async function refresh() {
  const list = $("#list");
  if (!list || document.hidden || busy) return;
  const query = new URLSearchParams(list.dataset.query);
  query.set("message", list.dataset.message);
  if (Date.now() - activeAt < ACTIVE_MS) query.set("active", "true");
  const headers = etag ? { "If-None-Match": etag } : {};
  const answer = await fetch(`/queue/list?${query}`, { headers, redirect: "manual", cache: "no-store" });
  if (answer.type === "opaqueredirect") return tell("Your sign-in has ended. What you wrote stays here; sign in in another tab and go on.");
  if (answer.status === 304) return;
  if (!answer.ok) throw new Error("the list does not come");
  const html = await answer.text();
  if (busy || list !== $("#list")) return; // the coach went on meanwhile
  etag = answer.headers.get("ETag") || "";
  merge(list, parse(html).body);
}

let fresh = null; // a newer list that waits to be shown

function merge(list, next) {
  const shown = new Map($$("li[id]", list).map((row) => [row.id, row]));
  const coming = new Map($$("li[id]", next).map((row) => [row.id, row]));
  // A row that another one's leaving brought onto the page is not new; a message takes a moment from receipt to commit.
  const since = Date.parse($(".totals", list).dataset.now) - 60000;
  const arrived = [...coming.values()].filter((row) => !shown.has(row.id) && Date.parse($("time", row).dateTime) >= since);
  const raised = [...coming.values()].filter((row) => row.closest(".now") && !shown.get(row.id)?.closest(".now"));
  if (!shown.size || raised.length) {
    announce(raised.length ? "A message needs a human now." : arrived.length ? `${arrived.length} new.` : "");
    return replace(list, next);
  }
  for (const [id, row] of shown) {
    const now = coming.get(id);
    row.classList.toggle("gone", !now);
    if (now && $("a", row).innerHTML !== $("a", now).innerHTML) $("a", row).innerHTML = $("a", now).innerHTML; // from our own server, escaped there
  }
  for (const heading of $$("h2[id] span", next)) {
    const old = $(`#${heading.parentElement.id} span`, list);
    if (old) old.textContent = heading.textContent;
  }
  $(".totals span", list).textContent = $(".totals span", next).textContent;
  fresh = arrived.length ? next : null;
  const button = $("#fresh", list);
  const words = `${arrived.length} new`;
  button.hidden = !arrived.length;
  if (button.textContent !== words && arrived.length) announce(words);
  button.textContent = words;
}

function replace(list, next) {
  const scroller = list.parentElement;
  const offset = () => $("[aria-current]", list)?.getBoundingClientRect().top;
  const before = offset();
  const focused = list.contains(document.activeElement) ? document.activeElement.closest("li")?.id : null;
  list.replaceChildren(...next.childNodes);
  fresh = null;
  const after = offset();
  if (before !== undefined && after !== undefined) scroller.scrollTop += after - before; // what is read does not move
  if (focused) $(`#${focused} a`)?.focus({ preventScroll: true });
  if ($("#main .blank") && $("li", list) && !document.body.classList.contains("reading")) go(`/queue${list.dataset.query}`, { push: false });
}

function showFresh() {
  if (!fresh) return;
  const list = $("#list");
  replace(list, fresh);
  list.parentElement.scrollTop = 0;
}

function announce(words) {
  const news = $("#news");
  if (news && words) news.textContent = words;
}

function poll() {
  refresh()
    .then(() => (failures = 0))
    .catch(() => ++failures === 3 && tell("The list cannot be refreshed just now. What you see may be old; it goes on by itself."))
    .finally(() => setTimeout(poll, POLL_MS * Math.min(10, failures + 1)));
}

arrange();
if ($("#list")) poll();

// Parts of a page that keep themselves fresh, and sliders that say their value.
for (const part of document.querySelectorAll("[data-refresh]")) {
  setInterval(async () => {
    if (document.hidden || part.contains(document.activeElement)) return;
    const answer = await fetch(part.dataset.refresh, { redirect: "error" }).catch(() => null);
    if (!answer || !answer.ok) return;
    const html = await answer.text();
    if (html.trim() !== part.innerHTML.trim()) part.innerHTML = html; // from our own server, escaped there
  }, 5000);
}
for (const slider of document.querySelectorAll("input[type=range]")) {
  const output = document.querySelector(`output[for="${slider.id}"]`);
  slider.addEventListener("input", () => { output.textContent = `${slider.value}%`; });
}
