// Moments shown short, in UTC like everything that is compared with them; the reader's own time is the title of each.
// What arrives later is shown likewise.

const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: "UTC" };
const thisDay = new Intl.DateTimeFormat("en-GB", clock);
const thisYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", ...clock });
const otherYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", ...clock });
const own = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

function short(element) {
  const at = new Date(element.dateTime);
  if (element.title || Number.isNaN(at.getTime()) || "utc" in element.dataset) return;
  const now = new Date();
  const format = at.toISOString().slice(0, 10) === now.toISOString().slice(0, 10) ? thisDay
    : at.getUTCFullYear() === now.getUTCFullYear() ? thisYear : otherYear;
  element.title = `${own.format(at)} where you are`;
  element.textContent = `${format.format(at)} UTC`;
}

export function shortTimes(root) {
  for (const element of root.querySelectorAll("time[datetime]")) short(element);
}

shortTimes(document);
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) {
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      if (node.matches("time[datetime]")) short(node);
      shortTimes(node);
    }
  }
}).observe(document.body, { childList: true, subtree: true });
