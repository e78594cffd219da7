/* The parent's half of the Canvas wire protocol: answers the framed application's messages, which are JSON strings. */
(() => {
  "use strict";
  const frame = document.querySelector("iframe[data-canvas]");
  if (!frame) return;
  const form = document.getElementById("canvas-launch");
  const { instanceId, renewUrl, appOrigin } = frame.dataset;
  const subscriptions = new Set();
  const log = document.getElementById("canvas-log");
  const RESERVED = ["canvas", "sfdc", "force", "salesforce", "chatter"];

  const note = (text) => { if (log) log.textContent = text; };
  const send = (message) =>
    frame.contentWindow.postMessage(JSON.stringify({ ...message, targetModule: "Canvas" }), appOrigin);
  const callback = (seq, status, statusText, payload) => send({ type: "callback", seq, status, statusText, payload });

  const renew = async () => {
    const answer = await fetch(renewUrl, { method: "POST", credentials: "omit" });
    if (!answer.ok) throw new Error(`the launch was refused (${answer.status})`);
    return answer.json();
  };
  const launch = (signedRequest) => {
    const field = form.elements.signed_request;
    field.value = signedRequest;
    field.disabled = false;
    form.querySelector("[name=_sfdc_canvas_authvalue]")?.remove();
    form.method = "post";
    form.submit();
  };
  const bounded = (value, most) => {
    const pixels = Math.min(parseInt(value, 10), most);
    return Number.isFinite(pixels) && pixels > 0 ? `${pixels}px` : null;
  };

  const answers = {
    resize(body, seq) {
      const height = bounded(body.size && body.size.height, 2000);
      const width = bounded(body.size && body.size.width, 2000);
      if (height) frame.style.height = height;
      if (width) frame.style.width = `min(100%, ${width})`;
      callback(seq, 200, "OK", { ...body.size });
    },
    subscribe(body, seq) {
      const names = Object.keys(body.subscriptions || {});
      names.forEach((name) => subscriptions.add(name));
      callback(seq, 200, "OK", names);
    },
    unsubscribe(body, seq) {
      const names = Object.keys(body.subscriptions || {});
      names.forEach((name) => subscriptions.delete(name));
      callback(seq, 200, "OK", names);
    },
    publish(body, seq) {
      const { name = "", payload = {} } = body.event || {};
      if (!/^[^.]+\..+$/.test(name) || RESERVED.includes(name.split(".")[0])) {
        return callback(seq, 400, "Bad Request", "event names are namespace.event, outside the reserved namespaces");
      }
      if (subscriptions.has(name)) send({ type: "event", payload: { name, method: "onData", payload } });
      return callback(seq, 200, "OK", {});
    },
    async refresh(body, seq) {
      const fresh = await renew();
      callback(seq, 200, "OK", { response: fresh.signed_request });
    },
    async repost(body) {
      launch(body.refresh ? (await renew()).signed_request : form.elements.signed_request.value);
    },
    async ctx(body, seq) {
      callback(seq, 200, "OK", (await renew()).context);
    },
  };

  window.addEventListener("message", async (event) => {
    if (event.source !== frame.contentWindow || event.origin !== appOrigin || typeof event.data !== "string") return;
    let message;
    try { message = JSON.parse(event.data); } catch { return; }
    if (!message || message.targetModule !== "Canvas" || !message.body) return;
    const { body, seq } = message;
    const client = body.config && body.config.client;
    if (client && client.instanceId && client.instanceId !== instanceId) return;
    const answer = answers[body.type];
    note(body.type);
    try {
      if (answer) await answer(body, seq);
      else callback(seq, 404, "Not Found", `no such message: ${body.type}`);
    } catch (problem) {
      callback(seq, 500, "Internal Server Error", String(problem.message || problem));
    }
  });

  window.addEventListener("scroll", () => {
    if (!subscriptions.has("canvas.scroll")) return;
    const place = frame.getBoundingClientRect();
    send({ type: "event", payload: { name: "canvas.scroll", method: "onData",
      payload: { heights: { contentHeight: document.body.scrollHeight, pageHeight: window.innerHeight, scrollTop: window.scrollY },
        topBounds: { top: place.top } } } });
  }, { passive: true });

  const begin = async () => {
    if (form.method === "get" || form.elements.signed_request.value) return form.submit();
    try { launch((await renew()).signed_request); } catch (problem) { note(String(problem.message || problem)); }
    return undefined;
  };

  if (!("lazy" in frame.dataset)) return void begin();
  const watch = new IntersectionObserver((seen) => {
    if (!seen.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    begin();
  });
  watch.observe(frame);
  return undefined;
})();
