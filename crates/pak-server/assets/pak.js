// Live updates of a page that can be read without them.
//
// A page that changes by itself names its stream: <body data-live="/deployments/7/events">. Facts make the page's own
// regions (<… id="x" data-region>) come again from the server, so that there is one place that decides how things look;
// progress, which is not kept anywhere, moves the bar of its step at once.
(() => {
  "use strict";
  const stream = document.body.dataset.live;
  if (!stream || !window.EventSource) return;

  const words = document.getElementById("live-words");
  const state = document.getElementById("live-state");
  let due = 0;
  let busy = false;
  let again = false;
  let failures = 0;

  const say = (text) => { if (words && text && words.textContent !== text) words.textContent = text; };
  const connected = (text) => { if (state) state.textContent = text; };

  const renew = async () => {
    due = 0;
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const region of document.querySelectorAll("[data-region]")) {
        const next = fresh.getElementById(region.id);
        if (!next || next.outerHTML === region.outerHTML) continue;
        const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
        const log = region.querySelector(".log");
        const atEnd = log && log.scrollHeight - log.scrollTop - log.clientHeight < 40;
        const top = log ? log.scrollTop : 0;
        region.replaceWith(next);
        const nextLog = next.querySelector(".log");
        if (nextLog) nextLog.scrollTop = atEnd ? nextLog.scrollHeight : top;
        if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
      }
      say(fresh.getElementById("live-words")?.textContent);
      document.title = fresh.title;
      if (!fresh.body.dataset.live) { source.close(); connected(""); }
    } catch {
      // The stream tells when the server is back; nothing on the page is wrong meanwhile, only old.
    }
    busy = false;
    if (again) { again = false; soon(); }
  };
  const soon = () => { if (!due) due = setTimeout(renew, 250); };

  const tick = (event) => {
    const body = event.body?.tick ?? event.tick ?? event;
    const [kind, of] = Object.entries(body)[0] ?? [];
    const row = of?.step && document.querySelector(`[data-step="${CSS.escape(of.step)}"]`);
    if (!row) return;
    const note = row.querySelector(".note");
    if (kind === "progress") {
      const bar = row.querySelector("progress");
      const part = of.total ? Math.min(100, Math.floor((of.done / of.total) * 100)) : 0;
      if (bar) { bar.value = of.done; bar.max = Math.max(of.total, 1); bar.closest(".bar").hidden = false; }
      const percent = row.querySelector(".percent");
      if (percent) percent.textContent = `${part} %`;
      if (note) note.textContent = "";
    } else if (kind === "waiting" && note) {
      note.textContent = `waits ${of.ms < 1000 ? `${of.ms} ms` : `${Math.round(of.ms / 1000)} s`}: ${of.why}`;
    } else if (kind === "retrying" && note) {
      note.textContent = `attempt ${of.attempt}: ${of.why}`;
    }
  };

  const source = new EventSource(stream);
  const read = (message) => {
    let event;
    try { event = JSON.parse(message.data); } catch { soon(); return; }
    if (event.body?.tick || message.type === "tick") { tick(event); return; }
    soon();
  };
  for (const kind of ["message", "fact", "line", "status", "tick"]) source.addEventListener(kind, read);
  source.addEventListener("end", () => { source.close(); connected(""); soon(); });
  source.addEventListener("open", () => { failures = 0; connected("live"); soon(); });
  source.addEventListener("error", () => {
    failures += 1;
    connected("connection lost, trying again");
    if (failures > 20) { source.close(); connected("connection lost; reload the page"); }
  });
})();
