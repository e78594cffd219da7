/* The parent's half of the Canvas wire protocol: answers the framed application's messages, which are JSON strings. */
(() => {
  "use strict";
  const frame = document.querySelector("iframe[data-canvas]");
  if (!frame) return;
  const form = document.getElementById("canvas-launch");
  const { instanceId, renewUrl, appOrigin } = frame.dataset;
  const subscriptions = new Set();
  const log = document.getElementById("canvas-log");
  const BY_NAME = ["refresh", "repost", "resize"];
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
  /* A launch is posted with its signed request, or asked for by GET while the user has not let the application act. */
  const launch = ({ signed_request: signedRequest, approval_required: unapproved }) => {
    const field = form.elements.signed_request;
    let approval = form.querySelector("[name=_sfdc_canvas_authvalue]");
    if (unapproved && !approval) {
      approval = Object.assign(document.createElement("input"), { type: "hidden", name: "_sfdc_canvas_authvalue" });
      approval.value = "user_approval_required";
      form.append(approval);
    }
    if (!unapproved) approval?.remove();
    field.value = signedRequest || "";
    field.disabled = Boolean(unapproved);
    form.method = unapproved ? "get" : "post";
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
      if (fresh.approval_required) callback(seq, 401, "Unauthorized", "user_approval_required"); /* assumed: status */
      else callback(seq, 200, "OK", { response: fresh.signed_request });
    },
    async repost(body) {
      const kept = form.elements.signed_request.value;
      launch(body.refresh || !kept ? await renew() : { signed_request: kept });
    },
    async ctx(body, seq) {
      const fresh = await renew();
      if (fresh.approval_required) callback(seq, 401, "Unauthorized", "user_approval_required");
      else callback(seq, 200, "OK", fresh.context);
    },
  };

  window.addEventListener("message", async (event) => {
    if (event.source !== frame.contentWindow || event.origin !== appOrigin || typeof event.data !== "string") return;
    let message;
    try { message = JSON.parse(event.data); } catch { return; }
    if (!message || message.targetModule !== "Canvas" || !message.body) return;
    const { body, seq } = message;
    /* The SDK reads the instance from the name of its window: whoever bears another name, or none, gets no answer. */
    const named = body.config && body.config.client && body.config.client.instanceId;
    if (named ? named !== instanceId : BY_NAME.includes(body.type)) return;
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
    try { launch(await renew()); } catch (problem) { note(String(problem.message || problem)); }
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
