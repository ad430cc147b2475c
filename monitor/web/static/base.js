// Times by the reader's own clock: each <time> keeps UTC as its title. What arrives later is shown likewise.

const sameDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const otherDay = new Intl.DateTimeFormat(undefined, {
  day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const otherYear = new Intl.DateTimeFormat(undefined, {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

function local(element) {
  const at = new Date(element.dateTime);
  if (element.title || Number.isNaN(at.getTime()) || "utc" in element.dataset) return;
  const now = new Date();
  const format = at.toDateString() === now.toDateString() ? sameDay
    : at.getFullYear() === now.getFullYear() ? otherDay : otherYear;
  element.title = element.textContent;
  element.textContent = format.format(at);
}

export function localTimes(root) {
  for (const element of root.querySelectorAll("time[datetime]")) local(element);
}

localTimes(document);
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) {
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      if (node.matches("time[datetime]")) local(node);
      localTimes(node);
    }
  }
}).observe(document.body, { childList: true, subtree: true });
