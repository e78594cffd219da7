/* Our half of living in Salesforce's frame: the session token stays in memory, goes out with every htmx request and is
   renewed by every answer; no cookie, no storage, no token in an address. And quick hands: no click and no entry is lost
   between two answers. Needs htmx; knows no screen. */
(() => {
  "use strict";

  const AGAIN_AFTER = 10000;
  const PARENT_ANSWERS = 8000;
  const HEADER = "Session-Token";
  const meta = document.querySelector('meta[name="session-token"]');
  let token = meta ? meta.content : "";
  let parentOrigin = "";
  let instance = "";
  let door = "";
  let sequence = 0;
  let askedAt = -AGAIN_AFTER;
  let sentHeight = 0;
  if (meta) meta.remove();

  /* Requests that run side by side may arrive in another order: by this the server knows which was entered last. */
  const PAGE = crypto.getRandomValues(new Uint32Array(1))[0].toString(16);
  let entered = 0;

  /* A form that the browser sent by itself would arrive without the token, and take the page with it. */
  document.addEventListener("submit", (event) => event.preventDefault(), true);

  /* Salesforce's Canvas protocol: JSON texts to the page around us, which answers by loading us again or by resizing. */
  const tellParent = (message) => {
    if (!parentOrigin || window.parent === window) return 0;
    const client = { oauthToken: "null", instanceId: instance, targetOrigin: parentOrigin };
    const text = JSON.stringify({
      seq: sequence += 1, src: "client", clientVersion: "66.0", parentVersion: "66.0", targetModule: "Canvas",
      body: { accessToken: "null", config: { client }, ...message },
    });
    window.parent.postMessage(text, parentOrigin);
    return sequence;
  };

  /* What the page around us answers, by the number of the message. */
  const answered = (number) => new Promise((resolve, reject) => {
    const hear = ({ origin, source, data }) => {
      if (origin !== parentOrigin || source !== window.parent || typeof data !== "string") return;
      let message;
      try { message = JSON.parse(data); } catch { return; }
      if (message.targetModule !== "Canvas" || message.type !== "callback" || message.seq !== number) return;
      window.removeEventListener("message", hear);
      resolve(message);
    };
    window.addEventListener("message", hear);
    setTimeout(() => { window.removeEventListener("message", hear); reject(new Error("no answer")); }, PARENT_ANSWERS);
  });

  /* A session that ended goes on with a fresh launch, so that nothing typed is lost; many requests wait for one. */
  let renewal = null;
  const renewed = async () => {
    const number = tellParent({ type: "refresh" });
    if (!number || !door) return false;
    const { status, payload } = await answered(number);
    if (status !== 200) return false;
    const answer = await fetch(`${door}/renew`, {
      method: "POST", credentials: "omit", headers: { Authorization: `Bearer ${token}` },
      body: new URLSearchParams({ signed_request: payload.response }),
    });
    if (!answer.ok) return false;
    token = answer.headers.get(HEADER);
    return true;
  };
  const renewOnce = () => {
    renewal ||= renewed().catch(() => false).finally(() => { renewal = null; });
    return renewal;
  };

  /* Sends once more what was refused because the session is over. Nothing was done the first time. */
  const withSession = (send) => async (address, request) => {
    const answer = await send(address, request);
    if (!answer.headers.get("Session-Over") || !(await renewOnce())) return answer;
    request.headers.Authorization = `Bearer ${token}`;
    return send(address, request);
  };

  const launchAgain = () => {
    if (performance.now() - askedAt < AGAIN_AFTER) return;
    askedAt = performance.now();
    tellParent({ type: "repost", refresh: true });
  };

  /* Smaller only with a new screen: a frame that shrinks under a person scrolls the page around it, and what was just aimed
     at is somewhere else. */
  const fit = (anew) => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if ((anew ? Math.abs(height - sentHeight) : height - sentHeight) < 8) return;
    sentHeight = height;
    tellParent({ type: "resize", size: { height: `${Math.max(height, 400)}px` } });
  };

  /* htmx puts an answer on the page and listens to it only when it has settled, a timer later: no click may fall between. */
  htmx.config.defaultSettleDelay = 0;

  /* What moves or goes away between press and release gets no click. So an answer waits until the finger is up; and where
     the page around us moved us meanwhile, we click for the finger that did not move. The click comes after the release,
     by touch a little later; some releases are never told, so that no press holds for ever. */
  const PRESSED = "a, button, input, label, summary";
  const LONGEST_PRESS = 3000;
  const CLICK_COMES_WITHIN = 60;
  const STILL = 4;
  let press = null;
  const endPress = (ending, within) => setTimeout(() => {
    if (press === ending) press = null;
    if (ending) ending.end();
  }, within);

  document.addEventListener("pointerdown", (event) => {
    const on = event.target.closest(PRESSED);
    if (!event.isPrimary || event.button !== 0 || !on) return;
    press = { on, x: event.screenX, y: event.screenY };
    press.over = new Promise((resolve) => { press.end = resolve; });
    endPress(press, LONGEST_PRESS);
  }, true);
  document.addEventListener("pointerup", (event) => {
    if (!press || event.pointerType !== "mouse" || press.on.contains(event.target)) return;
    const moved = Math.hypot(event.screenX - press.x, event.screenY - press.y);
    if (moved <= STILL && press.on.isConnected) setTimeout((on) => on.click(), 0, press.on);
  }, true);
  document.addEventListener("click", () => endPress(press, 0), true);
  for (const name of ["pointerup", "pointercancel"])
    document.addEventListener(name, () => endPress(press, CLICK_COMES_WITHIN), true);

  const whenReleased = (send) => async (address, request) => {
    const answer = await send(address, request);
    const text = await answer.text();
    while (press) await press.over;
    request.signal.throwIfAborted(); /* a newer request may have taken its place meanwhile */
    answer.text = async () => text;
    return answer;
  };

  const originOf = (address) => (URL.canParse(address) ? new URL(address).origin : "");

  const isPoll = (ctx) => ctx.sourceEvent && ctx.sourceEvent.type === "every";

  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (token) ctx.request.headers.Authorization = `Bearer ${token}`;
    ctx.request.credentials = "omit";
    ctx.request.headers.Entered = `${PAGE} ${entered += 1}`;
    ctx.fetch = whenReleased(withSession(ctx.fetch));
    delete ctx.request.headers["HX-Current-URL"];
  });

  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    const { headers, status } = ctx.response;
    token = headers.get(HEADER) || token;
    if (headers.get("Session-Over")) launchAgain();
    if (status < 400 && !isPoll(ctx)) document.getElementById("notice").replaceChildren();
  });

  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    const target = ctx.target;
    if (!target) return;
    /* First of all: behind an open dialog nothing can be focused. */
    if (ctx.sourceElement && ctx.sourceElement.closest("[data-closes-dialog]")) closeDialog();
    if (target.id === "app") {
      const find = (what) => target.querySelector(what);
      const place = find('[aria-invalid="true"]') || find('[role="alert"]') || find("h1");
      if (place) place.focus();
      window.scrollTo(0, 0);
      fit(true);
    }
    if (document.querySelector("[data-relaunch]")) launchAgain();
    const next = document.querySelector("[data-focus]"); /* browsers block autofocus in a frame of another site */
    if (next) {
      delete next.dataset.focus;
      next.focus();
    }
    if (target.id === "dialog") {
      const dialog = target.querySelector("dialog");
      if (dialog) dialog.showModal();
    }
  });

  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    if (ctx && isPoll(ctx)) return;
    const box = document.createElement("div");
    box.className = "slds-notify slds-notify_alert slds-alert_error rm-notice__box";
    box.textContent = "Real Magnet could not be reached. Check your network, then try again.";
    document.getElementById("notice").replaceChildren(box);
  });

  const closeDialog = () => {
    const dialog = document.querySelector("#dialog dialog");
    if (dialog && dialog.open) dialog.close();
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-dialog]")) closeDialog();
    const skip = event.target.closest(".rm-skip");
    if (skip) {
      event.preventDefault();
      document.getElementById("main").focus();
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    ({ parentOrigin = "", instance = "", door = "" } = document.body.dataset);
    /* A page that no launch brought knows neither; what it tells its parent is no secret. */
    parentOrigin ||= (location.ancestorOrigins && location.ancestorOrigins[0]) || originOf(document.referrer);
    instance ||= window.name.replace(/^canvas-frame-/, "");
    new ResizeObserver(() => fit(false)).observe(document.body);
    if (document.body.dataset.launchAgain) launchAgain();
  });
})();
