// Now, live: what arrives is put on top, unless the reader is busy further down or has paused; then it is counted.
// Rows are made by the server. While many arrive they are fetched together, and a hidden page fetches none.

const list = document.getElementById("changes");
const live = document.getElementById("live");
const pause = document.getElementById("pause");
const show = document.getElementById("show");
const said = document.getElementById("told");
const state = live.querySelector(".state");

const MOST = Number(list.dataset.most); // rows on the page
const AT_ONCE = 25; // rows a request
const FEW = 4; // requests within a second before the next one waits
const BUSY_MS = 100; // so long, at least
const AWAY_MS = 2000; // before a request that failed is made again
const SAY_MS = 3000; // between two announcements
const RENEW_MS = 60000; // between two loads of the page

const waiting = new Map(); // change id → place in the log, oldest first
let paused = false;
let fetching = false;
const fetches = []; // when the last requests began
let took = 0; // ms, the last of them
let last = ""; // id of the last event
let arrived = 0;
let saying = 0;

const counted = (n) => `${n} new ${n === 1 ? "change" : "changes"}`;

function isAway() {
  const selection = document.getSelection();
  return paused || document.hidden || window.scrollY > 200 || list.contains(document.activeElement)
    || (selection && !selection.isCollapsed && list.contains(selection.anchorNode));
}

function tell() {
  show.hidden = waiting.size === 0 || !(paused || isAway());
  show.textContent = `Show ${counted(waiting.size)}${waiting.size >= MOST ? " or more" : ""}`;
}

// Once in a while, not for each: a burst must not talk over the reader.
function announce() {
  if (saying) return;
  saying = setTimeout(() => {
    saying = 0;
    const words = [];
    if (arrived) words.push(`${counted(arrived)} on top of the list`);
    if (waiting.size && !fetching) words.push(`${counted(waiting.size)} waiting`);
    said.textContent = words.join(", ");
    arrived = 0;
  }, SAY_MS);
}

function sectionOf(row) {
  const first = list.querySelector("section.day");
  if (first && first.dataset.day === row.dataset.day) return first;
  const known = list.querySelector(`section.day[data-day="${CSS.escape(row.dataset.day)}"]`);
  if (known) return known;
  const section = document.createElement("section");
  section.className = "day";
  section.dataset.day = row.dataset.day;
  const heading = document.createElement("h2");
  heading.textContent = row.dataset.dayName;
  section.append(heading, document.createElement("ol"));
  list.prepend(section);
  return section;
}

function put(row, place) {
  if (document.getElementById(row.id)) return;
  row.dataset.place = place;
  row.classList.add("arrived");
  sectionOf(row).querySelector("ol").prepend(row);
  arrived += 1;
}

// The page stays small, and "older" goes on where it ends now.
function trim() {
  const rows = list.querySelectorAll("li.change");
  for (let n = rows.length - 1; n >= MOST; n -= 1) {
    const section = rows[n].closest("section.day");
    rows[n].remove();
    if (!section.querySelector("li.change")) section.remove();
  }
  const last = rows[Math.min(rows.length, MOST) - 1];
  if (rows.length > MOST && last.dataset.place) {
    const older = document.getElementById("older");
    const address = new URL(older.href);
    address.searchParams.set("before", last.dataset.place);
    older.href = address.href;
    older.closest("nav").hidden = false;
  }
}

// At once while few arrive. While many do, together, and the less often the longer the server takes for an answer; a
// full queue is worked off without a pause.
function pauseBefore() {
  const now = performance.now();
  while (fetches.length && fetches[0] < now - 1000) fetches.shift();
  return fetches.length < FEW || waiting.size >= AT_ONCE ? 0 : Math.min(Math.max(BUSY_MS, 5 * took), AWAY_MS);
}

async function fetchRows() {
  if (fetching || waiting.size === 0) return;
  fetching = true;
  const pausing = pauseBefore();
  if (pausing) await new Promise((done) => { setTimeout(done, pausing); });
  fetches.push(performance.now());
  const ids = [...waiting.keys()].slice(0, AT_ONCE);
  try {
    const answer = await fetch(list.dataset.row.replace("/-/", `/${ids.join(",")}/`), { credentials: "same-origin" });
    if (answer.ok) {
      const rows = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("li.change");
      document.getElementById("none")?.remove();
      for (const row of rows) put(document.adoptNode(row), waiting.get(row.id) ?? row.dataset.place);
      trim();
    } else if (answer.status !== 404) {
      throw new Error(`status ${answer.status}`);
    }
    for (const id of ids) waiting.delete(id);
    took = performance.now() - fetches.at(-1);
  } catch {
    await new Promise((done) => { setTimeout(done, AWAY_MS); });
  }
  fetching = false;
  arrivals();
}

function arrivals() {
  if (!isAway()) fetchRows();
  tell();
  announce();
}

function shown() {
  window.scrollTo({ top: 0 });
  document.activeElement?.blur();
  fetchRows().then(tell);
}

function stand(name, words) {
  state.dataset.state = name;
  state.textContent = words;
}

// A gap in what came: the page is made anew, but not over and over where every stream begins with one.
function renew() {
  setTimeout(() => location.reload(), Math.max(0, RENEW_MS - performance.now()));
}

function join() {
  const address = new URL(list.dataset.stream, location.href);
  if (last) address.searchParams.set("after", last);
  const stream = new EventSource(address);
  stream.addEventListener("open", () => stand(paused ? "paused" : "live", paused ? "Paused" : "Live"));
  stream.addEventListener("error", () => {
    stand("away", "Reconnecting");
    // Refused for good (signed out, too many): look again in a while.
    if (stream.readyState === EventSource.CLOSED) setTimeout(join, 5 * AWAY_MS);
  });
  const take = (event) => {
    last = event.lastEventId || last;
    const { id } = JSON.parse(event.data);
    if (document.getElementById(id)) return;
    waiting.set(id, event.lastEventId);
    if (waiting.size > MOST) waiting.delete(waiting.keys().next().value);
    arrivals();
  };
  stream.addEventListener("change", take);
  stream.addEventListener("message", take);
  stream.addEventListener("gone", renew);
}

pause.addEventListener("click", () => {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  stand(paused ? "paused" : "live", paused ? "Paused" : "Live");
  arrivals();
});
show.addEventListener("click", shown);
document.addEventListener("visibilitychange", arrivals);
document.addEventListener("scroll", () => { if (waiting.size && !isAway()) arrivals(); }, { passive: true });
document.addEventListener("focusin", tell);

stand("joining", "Connecting");
live.hidden = false;
join();
